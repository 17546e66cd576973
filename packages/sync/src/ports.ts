/**
 * What the hub needs from the outside world, in the words of the design. Systems, ledger and queue implement these and
 * know nothing of each other. Everything comes in batches.
 */
import type { ContactId, Content, ContentHash, Fields, Lens, Rank, Timestamp } from '@contact-sync/contact';
import type { PermanentError } from './errors.ts';
import type { BucketDigest } from './watching/bucket.ts';

/** The systems that take part. `local` is a Postgres or an SQLite file. */
export const SYSTEMS = ['bigquery', 'supabase', 'local', 'twenty'] as const;
/** One of {@link SYSTEMS}. */
export type System = (typeof SYSTEMS)[number];

/** The systems that are delivered to. BigQuery is not delivered to: it is appended to before anybody else hears. */
export const TARGETS = ['supabase', 'local', 'twenty'] as const satisfies readonly System[];
/** One of {@link TARGETS}. */
export type Target = (typeof TARGETS)[number];

/** How a system names one of its records. Twenty: a UUID. Postgres and Supabase: the row's own `id`. BigQuery: the contact_id. */
export type RecordId = string;

/** A contact as one system stores it, or stored it when it was edited. */
export interface SystemRecord {
  readonly record_id: RecordId;
  /** The contact that the record says it is; `null` for one that was born in the system and not yet given an id. */
  readonly contact_id: ContactId | null;
  /** The number the record carries; 0 for one that has never met the hub. */
  readonly version: number;
  readonly last_updated: Timestamp;
  /** Who edited it, as far as the system knows. */
  readonly last_updated_by: string;
  readonly deleted: boolean;
  /**
   * Set where the system says that somebody else than the hub made this state, whatever number it carries: an edit that
   * was undone before the hub had numbered it looks like the version before.
   */
  readonly edited?: true;
  /** Set where the record lacks fields that it should hold: it was last written when its system held less of a contact. */
  readonly incomplete?: true;
  /** Read through the system's lens only. */
  readonly fields: Fields;
}

/** A change notification with the edit it tells of. Reading it again before it is acknowledged gives the same `key`. */
export interface Change {
  /** Unique in its system and the same each time this change is told: an outbox id, or a digest of the webhook's body. */
  readonly key: string;
  readonly record_id: RecordId;
  /** The record as this edit left it. */
  readonly record: SystemRecord;
}

/** A page of edits. */
export interface Changes {
  /** Oldest first. */
  readonly changes: readonly Change[];
  /** Where to go on reading, for systems that are polled; `null` for those that forget what was acknowledged. */
  readonly cursor: string | null;
  /** True when there is more to read at once. */
  readonly more: boolean;
}

/** A version of a contact: immutable. `content: null` is a tombstone. */
export interface Version extends Rank {
  readonly contact_id: ContactId;
  readonly last_updated_by: string;
  readonly content: Content | null;
  readonly content_hash: ContentHash;
}

/** One contact to bring to a target. */
export interface Delivery extends Version {
  /** The record linked to the contact, where one is known. */
  readonly record_id: RecordId | null;
  /**
   * What the hub believes the target holds now, `null` if it believes nothing. A target without compare-and-swap must
   * not overwrite a record that differs from it: somebody edited there, and the hub has not heard yet.
   */
  readonly held: Version | null;
}

/** What became of one delivery. `record_id`: the record that stands for the contact. */
export type ApplyOutcome = { readonly contact_id: ContactId } & (
  | /** Written now. */ { readonly outcome: 'applied'; readonly record_id: RecordId }
  | /** The very version was there already. */ { readonly outcome: 'unchanged'; readonly record_id: RecordId }
  /** Not written: the record ranks higher, ties with other content, or holds an edit the hub has not heard of. */
  | { readonly outcome: 'ahead'; readonly record_id: RecordId }
  /** Not written, and never will be as it is. */
  | { readonly outcome: 'rejected'; readonly error: PermanentError }
);

/** Whether a system can serve, as one small request found it. */
export interface Health {
  readonly ok: boolean;
  /** Milliseconds the probe took. */
  readonly latency_ms: number;
  /** Why not, and what to do; nothing secret. */
  readonly detail: string | null;
  /**
   * Milliseconds that the system's clock is ahead of ours, negative when it is behind; wrong by up to half of
   * {@link latency_ms}, and by a second where the system tells whole seconds. `null` or left out: it told none.
   */
  readonly skew_ms?: number | null;
}

/** One thing that `install` did or, on a dry run, would do. Empty list: ready already. */
export interface InstallStep {
  /** English, for people: `create the table contacts`. */
  readonly what: string;
}

/**
 * A system as a source of edits. All methods throw only {@link SyncError}s for faults of the outside world. Safe to
 * call from many workers at once.
 */
export interface SourceAdapter {
  readonly system: System;
  readonly lens: Lens;
  /**
   * True when the system itself raises the version on each edit, so that a record carries its own number; false when
   * the number is the one last delivered, so that an edit counts as the next.
   */
  readonly counts_versions: boolean;
  /**
   * True when each request is dear or counts against a small allowance: a record whose newest edit was kept is then not
   * read again.
   */
  readonly metered?: boolean;
  /**
   * True when a record that is removed for good leaves no trace and is told at most once: the ids have to be compared
   * now and then, see `compareIds`. {@link scan} then gives records in ascending order of their ids.
   */
  readonly forgets_removed?: boolean;
  /** Creates what is missing and nothing else; twice does nothing the second time. */
  install(options?: { dry_run?: boolean }): Promise<readonly InstallStep[]>;
  /** The records as they stand now; those that do not exist are left out. */
  fetch(recordIds: readonly RecordId[]): Promise<readonly SystemRecord[]>;
  /**
   * Edits not acknowledged yet, the hub's own writes left out where the system can tell them.
   * @param cursor what the last call returned, `null` at first
   */
  changes(cursor: string | null, limit: number): Promise<Changes>;
  /** These edits are safe in the ledger: forget them. Unknown keys are ignored. */
  ack(keys: readonly string[]): Promise<void>;
  /** Every record, a page at a time; `null` starts and ends. Records written meanwhile may or may not be seen. */
  scan(
    cursor: string | null,
    limit: number,
  ): Promise<{ readonly records: readonly SystemRecord[]; readonly cursor: string | null }>;
  /**
   * What stands in each bucket that holds a record, computed where the data lives: everything that {@link fetch} would give
   * of a record goes into it. Records as {@link scan} gives them. Left out where the system can compute nothing: there
   * every record is read.
   */
  digests?(): Promise<readonly BucketDigest[]>;
  /** As {@link scan}, of these buckets alone, in ascending order of the ids; there where {@link digests} is. */
  scanBuckets?(
    buckets: readonly number[],
    cursor: string | null,
    limit: number,
  ): Promise<{ readonly records: readonly SystemRecord[]; readonly cursor: string | null }>;
  /** Calls `wake` soon after anything changed, best effort; polling stays the truth. */
  watch?(wake: () => void): Promise<() => Promise<void>>;
  /** Never throws for a fault of the outside world: it is the answer. */
  health(): Promise<Health>;
  /** Ends watches and connections. */
  close(): Promise<void>;
}

/** A system that is delivered to. */
export interface TargetAdapter extends SourceAdapter {
  readonly system: Target;
  /** The most deliveries that one {@link apply} takes. */
  readonly batch_size: number;
  /**
   * Brings the versions to the system, each guarded by rank, set-based, as the hub (so that it is not told back as an
   * edit where the system can tell). One outcome per delivery, any order; one bad row never fails the others. At most
   * one delivery per contact.
   */
  apply(deliveries: readonly Delivery[]): Promise<readonly ApplyOutcome[]>;
}

/** A row of history, for `contact_versions`. */
export interface HistoryRow extends Version {
  /** `contact_id:version:content_hash`. Appending it twice is the same as once. */
  readonly change_id: string;
  readonly status: 'accepted' | 'superseded';
  /** Where the edit was made; `null` for one made in the hub (a conflict resolved by a person, a restore). */
  readonly source: System | null;
  /** When the hub decided over it; of a row that an analyst appended, when BigQuery recorded it. */
  readonly recorded_at: Timestamp;
}

/** A row of `sync_conflicts`: what happened to a conflict, when and by whom. */
export interface ConflictEvent {
  /** `conflict_id:sequence`, appending it twice is the same as once. */
  readonly event_id: string;
  readonly conflict_id: string;
  readonly contact_id: ContactId;
  readonly event: 'opened' | 'candidate_added' | 'resolved' | 'superseded';
  readonly version: number;
  readonly last_updated: Timestamp;
  /** The candidates known at the time: who wrote which content where. */
  readonly candidates: readonly ConflictCandidate[];
  /** For `resolved`: the hash of what was chosen. */
  readonly chosen: ContentHash | null;
  /** For `resolved`: who chose. */
  readonly by: string | null;
  readonly recorded_at: Timestamp;
}

/** One of the contents that tie, and where it was written. The first is the head's. */
export interface ConflictCandidate {
  /** `null`: made in the hub. */
  readonly system: System | null;
  /** `null` for the head's. */
  readonly record_id: RecordId | null;
  /** `null`: a deletion. */
  readonly content: Content | null;
  readonly content_hash: ContentHash;
  readonly last_updated_by: string;
}

/** BigQuery: the canonical store. */
export interface CanonicalAdapter extends SourceAdapter {
  readonly system: 'bigquery';
  /** Appends history, all of it or throws; may have appended some of it when it throws. */
  append(rows: readonly HistoryRow[]): Promise<void>;
  /** Appends events, all of them or throws, as {@link append}. */
  appendConflicts(events: readonly ConflictEvent[]): Promise<void>;
  /** The heads as `contacts` shows them, in one query; contacts that do not exist are left out. */
  heads(contactIds: readonly ContactId[]): Promise<readonly Version[]>;
  /** Every version of these contacts that was ever appended, de-duplicated, in one query. */
  history(contactIds: readonly ContactId[]): Promise<readonly HistoryRow[]>;
}

/** Where time and chance come from. */
export interface Ambient {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** Runs something once, so many milliseconds from now. @returns what calls it off */
  after(ms: number, run: () => void): () => void;
}
