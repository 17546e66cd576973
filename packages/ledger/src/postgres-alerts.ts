import type { Alert, AlertChange, AlertFilter, AlertLedger, Notice, OpenAlert, SinkName } from '@contact-sync/sync';
import { type Calls, isKey } from './calls.ts';
import { jsonOf } from './plan.ts';

/** People are told within a day, or not at all: nobody wants to hear of last week. */
const PATIENCE = '1 day';
const MOST = 1_000;
const A_YEAR_MIN = 525_600;
const MAX_NAME = 200;

const lasting = (ms: number): string => `${Math.max(0, Math.round(ms))} milliseconds`;

/** Each method calls one function of `sql/16-alerts.sql`. */
export class PostgresAlerts implements AlertLedger {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  alerts(filter: AlertFilter): Promise<readonly Alert[]> {
    const { state = 'open', code = null, limit = 100 } = filter;
    const most = Math.max(1, Math.min(MOST, Math.trunc(limit)));
    return this.#calls.call('alerts($1::jsonb, $2)', [jsonOf({ state, code }), most]);
  }

  openAlerts(): Promise<{ readonly at: string; readonly alerts: readonly OpenAlert[] }> {
    return this.#calls.call('open_alerts()', []);
  }

  async saveAlerts(changes: readonly AlertChange[]): Promise<readonly Alert[]> {
    return changes.length === 0 ? [] : this.#calls.call('save_alerts($1::jsonb)', [jsonOf(changes)]);
  }

  async acknowledgeAlert(alertId: string, by: string): Promise<Alert | null> {
    if (!isKey(alertId)) return null;
    return this.#calls.call('acknowledge_alert($1::bigint, $2)', [alertId, by.slice(0, MAX_NAME)]);
  }

  async silenceAlert(alertId: string, minutes: number, by: string): Promise<Alert | null> {
    if (!isKey(alertId)) return null;
    const silence = lasting(Math.min(A_YEAR_MIN, minutes) * 60_000);
    return this.#calls.call('silence_alert($1::bigint, $2::interval, $3)', [alertId, silence, by.slice(0, MAX_NAME)]);
  }

  claimNotice(sink: SinkName, lease_ms: number): Promise<Notice | null> {
    return this.#calls.call('claim_notice($1, $2::interval, $3::interval)', [sink, lasting(lease_ms), PATIENCE]);
  }

  noticeSent({ notice_id }: Pick<Notice, 'notice_id'>): Promise<void> {
    return this.#calls.call('notice_sent($1::bigint)', [notice_id]);
  }

  noticeFailed(
    { notice_id, attempts }: Pick<Notice, 'notice_id' | 'attempts'>,
    wait_ms: number,
    code: string | null,
  ): Promise<void> {
    return this.#calls.call('notice_failed($1::bigint, $2, $3::interval, $4)', [
      notice_id,
      attempts,
      lasting(wait_ms),
      code,
    ]);
  }
}
