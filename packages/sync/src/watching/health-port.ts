/** What the ledger tells of how the sync is doing: counted in its tables at the moment of asking, never from events. */
import type { ContactId } from '@contact-sync/contact';
import type { LedgerStatus, SystemStatus } from '../ledger-port.ts';
import type { System } from '../ports.ts';
import type { WorkQueue } from '../queue-port.ts';

/** How long edits took, in milliseconds, over those that arrived within the window. `null`: none did. */
export interface Latency {
  readonly count: number;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly p99_ms: number | null;
}

/** What failed in one system, under one code. */
export interface ErrorCount {
  /** Stable, in capitals. */
  readonly code: string;
  /** Dead letters of this code that are open now. */
  readonly open: number;
  /** Faults within the window, those that a retry mended among them. */
  readonly recent: number;
  /** Of {@link recent}, for each minute of the window. */
  readonly per_minute: number;
}

/** One system's sync, as the ledger counts it. */
export interface SystemHealth extends SystemStatus {
  /** Open conflicts that hold back this system, or in which it has a candidate. */
  readonly conflicts: number;
  readonly errors: readonly ErrorCount[];
  /** Versions that came there (BigQuery: that were appended) within the window. */
  readonly finished: number;
  /**
   * From the edit until the system had it. The edit: when it was made by its own clock, where the hub was there already;
   * never later than when the hub heard of it.
   */
  readonly latency: Latency;
}

/** A contact that gains versions too fast, as two programs do that undo each other's edits. */
export interface Storm {
  readonly contact_id: ContactId;
  /** Accepted versions within the last minute. */
  readonly versions: number;
}

/** A worker process, as it told of itself last. */
export interface WorkerBeat {
  /** Random, one for each start. */
  readonly worker_id: string;
  /** ISO 8601 instants of the ledger's clock. */
  readonly started_at: string;
  readonly beat_at: string;
  /** Queues that wait for their system, with the code of its fault. */
  readonly waiting: Readonly<Partial<Record<WorkQueue, string>>>;
  /** Systems whose edits cannot be read, with the code of the fault. */
  readonly failing: Readonly<Partial<Record<System, string>>>;
}

/** A fault that a worker met since it told last. */
export interface FaultCount {
  readonly system: System;
  readonly code: string;
  readonly count: number;
}

/** Everything at one moment. */
export interface LedgerHealth extends Omit<LedgerStatus, 'systems'> {
  /** The ledger's clock: an ISO 8601 instant. */
  readonly at: string;
  readonly window_s: number;
  readonly systems: readonly SystemHealth[];
  readonly storms: readonly Storm[];
  /** Workers that told of themselves within the last minute. */
  readonly workers: readonly WorkerBeat[];
}

/** The ledger's part in watching. Methods throw as those of `Ledger`. */
export interface HealthLedger {
  /** @param window_s over how many seconds rates and latencies are counted. @param storm so many versions within a minute are a storm */
  health(window_s: number, storm: number): Promise<LedgerHealth>;
  /** A worker tells that it goes on, and what went wrong since it told last. */
  beat(worker: Pick<WorkerBeat, 'worker_id' | 'waiting' | 'failing'>, faults: readonly FaultCount[]): Promise<void>;
  /** It closes, and will tell nothing more. */
  leave(workerId: string): Promise<void>;
}
