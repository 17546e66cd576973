/** What operators see of the hub's own health, and do about it: one implementation for API, console and command line. */
import type {
  Alert,
  AlertFilter,
  Asker,
  DriftReport,
  Durability,
  LedgerHealth,
  QueueCounts,
  QueueName,
  ScheduleName,
  System,
  SystemHealth,
  TurnRecord,
} from '@contact-sync/sync';

export type { Durability } from '@contact-sync/sync';

/** Whether a system answers, as a small request found it. */
export interface Reachable {
  readonly ok: boolean;
  readonly latency_ms: number;
  /** Why not, without anything secret. */
  readonly detail: string | null;
  /** Milliseconds that its clock is ahead of ours; `null`: it told none. */
  readonly skew_ms: number | null;
}

/** One system: what the ledger counts, whether it answers, and what the last look for drift found. */
export interface SystemReport extends SystemHealth {
  /** `null`: nobody could ask in time. */
  readonly reachable: Reachable | null;
  /** Per cent of its records at the last look; `null`: nobody has looked yet. */
  readonly drift: Pick<DriftReport, 'percent' | 'started_at' | 'took_ms'> | null;
}

/** The queues of one name. */
export interface QueueReport extends QueueCounts {
  readonly queue: QueueName;
  /** Jobs that ended well and that failed for good in each minute of the window; `null`: the backend does not count them. */
  readonly completed_per_minute: number | null;
  readonly failed_per_minute: number | null;
}

/** Everything at one moment. What cannot be told is `null`, and `down` says why. */
export interface HealthReport {
  /** An ISO 8601 instant. */
  readonly at: string;
  /** `stalled`: it runs, and work waits while nothing is finished. `degraded`: some system is away. */
  readonly status: 'ready' | 'degraded' | 'stalled' | 'unavailable';
  readonly down: readonly { readonly part: 'ledger' | 'queues'; readonly detail: string }[];
  readonly ledger: Omit<LedgerHealth, 'systems'> | null;
  readonly systems: readonly SystemReport[] | null;
  readonly queues: readonly QueueReport[] | null;
  readonly durability: Durability | null;
  /** Those that people were told of and that are not over. */
  readonly alerts: readonly Alert[] | null;
}

/** One schedule: how often, whether it is paused, and how it went. */
export interface ScheduleReport extends Omit<TurnRecord, 'began_at' | 'ended_at'> {
  readonly name: ScheduleName;
  /** Milliseconds from one run to the next. */
  readonly every_ms: number;
  readonly last_began_at: string | null;
  readonly last_ended_at: string | null;
  /** When it is due; `null`: it is paused, or the queues do not know it now. */
  readonly next_at: string | null;
}

/** Everything that operators ask and do. What changes something is recorded with who did it. */
export interface Monitor {
  /** Never throws for a fault of the outside world: it is the answer. */
  health(): Promise<HealthReport>;
  alerts(filter?: AlertFilter): Promise<readonly Alert[]>;
  /** @throws {PermanentError} `NO_SUCH_ALERT` */
  acknowledge(alertId: string, asker: Asker): Promise<Alert>;
  /** @param minutes 0 ends the silence. @throws {PermanentError} `NO_SUCH_ALERT` */
  silence(alertId: string, minutes: number, asker: Asker): Promise<Alert>;
  schedules(): Promise<readonly ScheduleReport[]>;
  /** The last look for drift at each system, whoever had it; `null`: nobody yet. */
  drift(): Promise<Readonly<Record<System, DriftReport | null>>>;
  pause(name: ScheduleName, asker: Asker): Promise<ScheduleReport>;
  resume(name: ScheduleName, asker: Asker): Promise<ScheduleReport>;
  /** Has it run as soon as a worker is free, also while it is paused. */
  run(name: ScheduleName, asker: Asker): Promise<ScheduleReport>;
}
