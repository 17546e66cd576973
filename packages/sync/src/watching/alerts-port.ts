/** Alerts as the ledger keeps them: their state outlives every process, so that each fires once. */

/** What can be wrong. Stable: people filter by it, and silence it. */
export const ALERTS = [
  'SYNC_FAILING',
  'CONFLICT_OPEN',
  'DRIFT_HIGH',
  'LATENCY_HIGH',
  'STALLED',
  'ECHO_STORM',
  'CLOCK_SKEW',
  'QUEUE_NOT_DURABLE',
  'DEAD_LETTERS_OPEN',
  'LEDGER_DOWN',
  'QUEUES_DOWN',
  'NO_WORKER',
] as const;
/** One of {@link ALERTS}. */
export type AlertCode = (typeof ALERTS)[number];

/** One alert about one thing. */
export interface Alert {
  readonly alert_id: string;
  readonly code: AlertCode;
  /** What it is about: `system:<name>`, `queue:<name>`, `contact:<id>`, or `hub`. With the code it names the alert. */
  readonly subject: string;
  readonly severity: 'critical' | 'warning';
  /** `pending`: wrong, and not for long enough yet. `firing`: told. `resolved`: it was firing, and is over. */
  readonly state: 'pending' | 'firing' | 'resolved';
  /** English, for people; ids, codes and counts only. As it stood when it was looked at last. */
  readonly message: string;
  /** What to do. */
  readonly advice: string;
  /** The number that was too high, in the unit that the message names; `null`: it is no matter of degree. */
  readonly value: number | null;
  /** ISO 8601 instants of the ledger's clock. Since when it is wrong; when it began to fire, and was over. */
  readonly since: string;
  readonly fired_at: string | null;
  readonly resolved_at: string | null;
  /** Somebody has it in hand: it is still shown, and says nothing more until it is resolved. */
  readonly acknowledged_by: string | null;
  readonly acknowledged_at: string | null;
  /** Nothing is sent about it before this instant, whatever it does. */
  readonly silenced_until: string | null;
  readonly silenced_by: string | null;
}

/** Which alerts. Conditions hold together. */
export interface AlertFilter {
  /** `open`: pending or firing, the default; `firing`: those that people were told of; `resolved`: over, newest first. */
  readonly state?: 'open' | 'firing' | 'resolved' | 'all';
  readonly code?: AlertCode;
  /** The most; default 100. */
  readonly limit?: number;
}

/** An alert that is not over, with what its next step depends on. */
export interface OpenAlert extends Alert {
  /** Rises with each step; whoever took the next one first has it. */
  readonly revision: number;
  /** Since when it is right again though it fires still: an ISO 8601 instant; `null`: it is wrong. */
  readonly right_since: string | null;
}

/** Which way people are told. */
export const SINK_NAMES = ['log', 'webhook', 'email'] as const;
/** One of {@link SINK_NAMES}. */
export type SinkName = (typeof SINK_NAMES)[number];

/** What an alert becomes. */
export interface AlertChange {
  /** `null`: it is new. */
  readonly alert_id: string | null;
  /** As it was read; `null`: it is new. */
  readonly revision: number | null;
  readonly code: AlertCode;
  readonly subject: string;
  readonly severity: Alert['severity'];
  /** `gone`: it was pending, and nobody was told. */
  readonly state: Alert['state'] | 'gone';
  readonly message: string;
  readonly advice: string;
  readonly value: number | null;
  /** ISO 8601 instants. */
  readonly since: string;
  readonly fired_at: string | null;
  readonly resolved_at: string | null;
  readonly right_since: string | null;
  /**
   * When it begins to fire: who is to be told; `told`: who was, while nothing could be kept. Else empty: of its end those
   * are told who were to be told of its beginning.
   */
  readonly notices: readonly { readonly sink: SinkName; readonly told: boolean }[];
}

/** Something to tell: that an alert fires, or that it is over. */
export interface Notice {
  readonly notice_id: string;
  readonly event: 'firing' | 'resolved';
  readonly sink: SinkName;
  /** As it stands when it is told. */
  readonly alert: Alert;
  /** How often it was tried, this time among them. */
  readonly attempts: number;
}

/** The ledger's part in alerts. Methods throw as those of `Ledger`. */
export interface AlertLedger {
  /** Newest first: open ones by when it went wrong, those that are over by when they were. */
  alerts(filter: AlertFilter): Promise<readonly Alert[]>;
  /** All that are not over, and the ledger's clock: an ISO 8601 instant. */
  openAlerts(): Promise<{ readonly at: string; readonly alerts: readonly OpenAlert[] }>;
  /**
   * Takes all these steps at once, with a notice for each that has to be told of. One whose alert was moved on by somebody
   * else meanwhile is left out: it is looked at again in the next round.
   * @returns those that were taken
   */
  saveAlerts(changes: readonly AlertChange[]): Promise<readonly Alert[]>;
  /** Of one that is over nothing changes. @returns `null`: never there */
  acknowledgeAlert(alertId: string, by: string): Promise<Alert | null>;
  /** Holds for later alerts of the same name too. @param minutes 0 ends the silence @returns `null`: never there */
  silenceAlert(alertId: string, minutes: number, by: string): Promise<Alert | null>;
  /**
   * The next notice for this sink, which nobody else gets before `lease_ms` are over. What is older than a day is given up.
   * An alert's end is never told before its beginning. @returns `null`: there is none now
   */
  claimNotice(sink: SinkName, lease_ms: number): Promise<Notice | null>;
  noticeSent(notice: Pick<Notice, 'notice_id'>): Promise<void>;
  /** It is tried again after `wait_ms`. @param code of the fault; `null`: it was not tried, and no attempt is counted */
  noticeFailed(notice: Pick<Notice, 'notice_id' | 'attempts'>, wait_ms: number, code: string | null): Promise<void>;
}
