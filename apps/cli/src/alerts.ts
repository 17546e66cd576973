import type { Alert, AlertCode } from '@contact-sync/sync';
import { asker, withHub } from './configuration.ts';
import { printJson, shownTime } from './print.ts';
import type { ExitCode, Surroundings } from './surroundings.ts';
import { colour, duration, table } from './table.ts';

/** Of `alerts list`. */
export interface AlertListOptions {
  readonly all?: true;
  readonly code?: AlertCode;
  readonly limit: number;
  readonly json?: true;
}

interface ChangeOptions {
  readonly by: string;
  readonly json?: true;
}

/** What is wrong, or was. */
export function listAlerts(around: Surroundings, { all, code, limit, json }: AlertListOptions): Promise<ExitCode> {
  return withHub(around, async ({ monitor }) => {
    const state = all ? 'all' : 'open';
    const alerts = await monitor.alerts({ state, limit, ...(code === undefined ? {} : { code }) });
    if (json) printJson(around, alerts);
    else if (alerts.length === 0) around.out(all ? 'no alerts' : 'nothing is wrong');
    else around.out(shown(alerts));
    return 0;
  });
}

/** Somebody has it in hand. */
export function acknowledgeAlert(around: Surroundings, id: string, { by, json }: ChangeOptions): Promise<ExitCode> {
  return withHub(around, async ({ monitor }) => told(around, await monitor.acknowledge(id, asker(by)), json));
}

/** Nothing is sent about it for a while; `for` is in minutes, 0 ends it. */
export function silenceAlert(
  around: Surroundings,
  id: string,
  { by, json, for: minutes }: ChangeOptions & { readonly for: number },
): Promise<ExitCode> {
  return withHub(around, async ({ monitor }) => told(around, await monitor.silence(id, minutes, asker(by)), json));
}

function told(around: Surroundings, alert: Alert, json: true | undefined): ExitCode {
  if (json) printJson(around, alert);
  else around.out(shown([alert]));
  return 0;
}

const shown = (alerts: readonly Alert[]): string =>
  table(
    ['id', 'state', 'code', 'about', 'for', 'what is wrong, and what to do'],
    alerts.map((alert) => [
      alert.alert_id,
      [stateOf(alert), ...handsOf(alert)].join('\n'),
      alert.code,
      alert.subject,
      lasted(alert),
      `${alert.message}\n→ ${alert.advice}`,
    ]),
  );

function stateOf({ state, severity }: Alert): string {
  if (state === 'resolved') return 'over';
  if (state === 'pending') return 'pending';
  return severity === 'critical' ? colour('red', severity) : colour('yellow', severity);
}

/** Who has it in hand, and until when nobody is told. */
function* handsOf({ acknowledged_by, silenced_until, state }: Alert): Iterable<string> {
  if (acknowledged_by !== null) yield `in hand: ${acknowledged_by}`;
  if (state !== 'resolved' && silenced_until !== null && Date.parse(silenced_until) > Date.now())
    yield `silent until ${shownTime(silenced_until)}`;
}

function lasted({ since, resolved_at }: Alert): string {
  const end = resolved_at === null ? Date.now() : Date.parse(resolved_at);
  const lasting = duration(Math.max(0, end - Date.parse(since)) / 1_000);
  return resolved_at === null ? lasting : `${lasting}, until ${shownTime(resolved_at)}`;
}
