/** What the hub needs from its queues. Jobs carry keys, never content. Implemented by `@contact-sync/queue` on BullMQ. */
import type { ContactId } from '@contact-sync/contact';
import type { RecordId, System, Target } from './ports.ts';

/** The queues whose jobs are worked off: one that decides, one for each target. */
export const WORK_QUEUES = ['ingest', 'propagate-supabase', 'propagate-local', 'propagate-twenty'] as const;
/** One of {@link WORK_QUEUES}. */
export type WorkQueue = (typeof WORK_QUEUES)[number];
/** The queue that shows people the dead letters of a work queue. Nobody works it off. */
export type DeadQueue = `${WorkQueue}-dead`;
/** Every queue. */
export type QueueName = WorkQueue | DeadQueue | 'conflicts';

/** These records of a system may have changed. */
export interface IngestJob {
  readonly system: System;
  readonly record_ids: readonly RecordId[];
}

/** These contacts may be behind in a target. */
export interface PropagateJob {
  readonly target: Target;
  readonly contact_ids: readonly ContactId[];
}

/** What a work queue carries. */
export type WorkJob = IngestJob | PropagateJob;

/** True for a job of `ingest`, of which the others know nothing. */
export const isIngest = (job: WorkJob): job is IngestJob => 'system' in job;

/** The queue that a job belongs to. */
export const queueOf = (job: WorkJob): WorkQueue => (isIngest(job) ? 'ingest' : `propagate-${job.target}`);

/** The records or contacts that a job is about. */
export const keysOf = (job: WorkJob): readonly string[] => (isIngest(job) ? job.record_ids : job.contact_ids);

/** What a person sees of a dead letter in its queue; the ledger keeps the truth. No personal data. */
export interface DeadLetterJob {
  readonly dead_letter_id: string;
  readonly queue: WorkQueue;
  readonly system: System;
  /** The record (ingest) or the contact (propagate) that failed. */
  readonly key: string;
  readonly contact_id: ContactId | null;
  /** Stable, in capitals: the {@link SyncError}'s, or that of a problem of the contact. */
  readonly code: string;
  /** To blame: a path as `llm_context.important_dates.0.date`. Empty: the contact as a whole; `null`: nobody knows. */
  readonly field: string | null;
  /** English, for people. */
  readonly reason: string;
  /** What a person should do. */
  readonly advice: string;
}

/** A tie that waits for a person. */
export interface ConflictJob {
  readonly conflict_id: string;
  readonly contact_id: ContactId;
}

/** A job that its queue gave up on: out of attempts, stalled too often, or failed for good. */
export interface FailedJob {
  readonly queue: WorkQueue;
  readonly job_id: string;
  readonly job: IngestJob | PropagateJob;
  /** `JOB_MALFORMED`: what was queued is no job; of {@link job} only the keys that are keys were read, perhaps none. */
  readonly code: string;
  readonly reason: string;
  readonly advice: string;
  readonly attempts: number;
}

/**
 * Jobs of one queue. `waiting`: not begun; `delayed`: between two attempts; `failed`: for good, and no dead letter yet.
 * What `conflicts` and the `-dead` queues show is `waiting`.
 */
export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
}

/** How durable the queues' backend is. `null`: it does not tell. */
export interface Durability {
  readonly kind: 'redis' | 'postgres';
  /** What was acknowledged survives a restart. */
  readonly persistent: boolean | null;
  /** It may throw jobs away when its memory is full. */
  readonly evicts: boolean | null;
  /** What was found, and what to do. */
  readonly detail: string;
}

/** What people see in the queues: open conflicts, and dead letters. */
export interface Shown {
  readonly conflict_ids: readonly string[];
  readonly letters: readonly { readonly queue: WorkQueue; readonly dead_letter_id: string }[];
}

/** The queues. Each method throws {@link OutageError} while their backend is away. */
export interface Queues {
  /** One job for each `keys_per_job` records; duplicates among the ids are told once. */
  ingest(system: System, recordIds: readonly RecordId[]): Promise<void>;
  /** One job for each `keys_per_job` contacts; duplicates among the ids are told once. */
  propagate(target: Target, contactIds: readonly ContactId[]): Promise<void>;
  /** As above, but a job for each key, so that one bad contact fails alone. */
  split(job: IngestJob | PropagateJob): Promise<void>;
  /** Shows conflicts in the `conflicts` queue; the same one twice is shown once. */
  showConflicts(conflicts: readonly ConflictJob[]): Promise<void>;
  /** Takes conflicts out of the `conflicts` queue; those that are not there are ignored. */
  hideConflicts(conflictIds: readonly string[]): Promise<void>;
  /** Shows dead letters in their `-dead` queues; the same one twice is shown once. */
  bury(letters: readonly DeadLetterJob[]): Promise<void>;
  /** Takes dead letters out of their `-dead` queues; those that are not there are ignored. */
  unbury(letters: readonly { readonly queue: WorkQueue; readonly dead_letter_id: string }[]): Promise<void>;
  /** What waits for a person in the queues now, to compare with the ledger. */
  shown(): Promise<Shown>;
  /** The failed set of a queue, oldest first: the durable truth about failures, whatever events were missed. */
  failed(queue: WorkQueue, limit: number): Promise<readonly FailedJob[]>;
  /** Removes jobs from the failed set once they are dead letters in the ledger, or were split. */
  forgetFailed(queue: WorkQueue, jobIds: readonly string[]): Promise<void>;
  counts(): Promise<Readonly<Record<QueueName, QueueCounts>>>;
  /** Ends the connections. Nothing works after it. */
  close(): Promise<void>;
}

/** What a worker does with a job. Throws {@link SyncError}s; each class is treated as its docstring says. */
export interface Handlers {
  ingest(job: IngestJob, signal: AbortSignal): Promise<void>;
  propagate(job: PropagateJob, signal: AbortSignal): Promise<void>;
}

/** Told when a queue stops for its system's sake and when it goes on. */
export interface QueueObserver {
  /** The queue stops; `retry_in_ms` milliseconds from now it is tried again. `code`: of the error that a job met. */
  waiting(queue: WorkQueue, code: string, retry_in_ms: number): void;
  /** The system answered: the queue goes on. */
  flowing(queue: WorkQueue): void;
  /** A job landed in the failed set: sweep soon. */
  failed(queue: WorkQueue): void;
}
