import type { AlertChange, OpenAlert, SinkName } from '@contact-sync/sync';
import { type Moment, stepOf } from './evaluate.ts';
import type { Sender } from './sender.ts';
import { UNKEPT } from './sink.ts';
import type { Verdict } from './verdict.ts';

/** That the ledger is away, which it cannot keep itself: remembered by this process until it is back. */
export class Blackout {
  #alert: OpenAlert | null = null;
  /** Steps were taken that the ledger knows nothing of. */
  #owed = false;
  readonly #told = new Map<SinkName, boolean>();

  /** The ledger answers, and this is what it knows of its own absence. */
  known(alert: OpenAlert | null): void {
    this.#alert = alert;
    this.#owed = false;
    this.#told.clear();
  }

  /** The ledger does not answer. @returns whether it begins to fire */
  step(verdict: Verdict, moment: Moment): boolean {
    const change = stepOf(this.#alert, verdict, moment);
    if (change === null) return false;
    const fires = change.state === 'firing' && change.notices.length > 0;
    for (const { sink } of change.notices) this.#told.set(sink, false);
    this.#owed ||= change.state === 'firing';
    this.#alert = change.state === 'pending' || change.state === 'firing' ? openOf(change, this.#alert) : null;
    return fires;
  }

  /** Tells whoever was not told yet. @returns how many were */
  async tell(senders: readonly Sender[], signal: AbortSignal): Promise<number> {
    const alert = this.#alert;
    if (alert === null) return 0;
    const waiting = senders.filter(({ sink }) => this.#told.get(sink.name) === false);
    const telling = { notice_id: UNKEPT, event: 'firing', alert } as const;
    const came = await Promise.all(
      waiting.map(async (sender) => {
        const { outcome } = await sender.send(telling, signal);
        if (outcome === 'sent') this.#told.set(sender.sink.name, true);
        return outcome;
      }),
    );
    return came.filter((outcome) => outcome === 'sent').length;
  }

  /**
   * What the ledger has yet to be told, in its own time.
   *
   * @param ahead_ms how far its clock is ahead of this process'
   */
  owed(ahead_ms: number): readonly AlertChange[] {
    const alert = this.#alert;
    if (alert === null || !this.#owed) return [];
    const there = (instant: string | null) =>
      instant === null || alert.alert_id !== UNKEPT ? instant : new Date(Date.parse(instant) + ahead_ms).toISOString();
    const { code, subject, severity, message, advice, value, right_since } = alert;
    return [
      {
        ...{ code, subject, severity, message, advice, value, right_since },
        alert_id: alert.alert_id === UNKEPT ? null : alert.alert_id,
        revision: alert.alert_id === UNKEPT ? null : alert.revision,
        state: 'firing',
        since: there(alert.since) ?? alert.since,
        fired_at: there(alert.fired_at),
        resolved_at: null,
        notices: [...this.#told].map(([sink, told]) => ({ sink, told })),
      },
    ];
  }
}

function openOf(change: AlertChange, before: OpenAlert | null): OpenAlert {
  const { notices: _, alert_id, revision, ...rest } = change;
  return {
    acknowledged_by: null,
    acknowledged_at: null,
    silenced_until: null,
    silenced_by: null,
    ...before,
    ...rest,
    alert_id: alert_id ?? UNKEPT,
    revision: revision ?? 0,
    state: change.state === 'pending' ? 'pending' : 'firing',
  };
}
