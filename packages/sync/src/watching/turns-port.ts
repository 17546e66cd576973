/** Who runs a schedule now, and who has paused it: kept where every process sees it, and no emptied queue forgets it. */

/** What runs by itself, again and again. */
export const SCHEDULES = [
  'sync',
  'sweep',
  'poll-bigquery',
  'poll-supabase',
  'poll-local',
  'poll-twenty',
  'compare-twenty',
  'drift-bigquery',
  'drift-supabase',
  'drift-local',
  'drift-twenty',
  'alerts',
  'retention',
] as const;
/** One of {@link SCHEDULES}. */
export type ScheduleName = (typeof SCHEDULES)[number];

/** What is known of a schedule's runs. */
export interface TurnRecord {
  readonly name: ScheduleName;
  /** ISO 8601 instants of the ledger's clock; `null`: never yet. */
  readonly began_at: string | null;
  readonly ended_at: string | null;
  /** How the last run that ended did; `null`: none has. */
  readonly outcome: 'done' | 'failed' | null;
  /** Of the fault, when it failed. */
  readonly code: string | null;
  /** True while a run is under way whose holder still tells of it. */
  readonly running: boolean;
  readonly runs: number;
  /** `null`: it is not paused. */
  readonly paused_at: string | null;
  readonly paused_by: string | null;
}

/** A run under way: to be renewed and ended by whoever began it. */
export interface Turn {
  readonly name: ScheduleName;
  /** Given out once. */
  readonly turn_id: string;
}

/** The ledger's part in schedules. Methods throw as those of `Ledger`. */
export interface TurnLedger {
  /**
   * @param lease_ms how long it is held without a sign of life
   * @param force runs it though it is paused: a person asked for it
   * @returns why not, when it may not run: `held` by another process, or `paused`
   */
  beginTurn(name: ScheduleName, lease_ms: number, force?: boolean): Promise<Turn | 'held' | 'paused'>;
  /** @returns false when the turn is lost: another process may have it */
  renewTurn(turn: Turn, lease_ms: number): Promise<boolean>;
  endTurn(turn: Turn, outcome: 'done' | 'failed', code: string | null): Promise<void>;
  /** Every schedule that ever ran or was paused. */
  turns(): Promise<readonly TurnRecord[]>;
  pauseSchedule(name: ScheduleName, by: string): Promise<void>;
  resumeSchedule(name: ScheduleName): Promise<void>;
}
