/** What the hub needs from its ledger: the place to decide atomically. Implemented by `@contact-sync/ledger` on Postgres. */
import type { ContactId, ContentHash, Rank, Timestamp } from '@contact-sync/contact';
import type {
  Change,
  ConflictCandidate,
  ConflictEvent,
  Delivery,
  HistoryRow,
  RecordId,
  System,
  SystemRecord,
  Target,
  Version,
} from './ports.ts';
import type { DeadLetterJob, WorkQueue } from './queue-port.ts';

/** An edit that is safe in the ledger and not yet decided over. */
export interface InboxEntry {
  readonly inbox_id: string;
  readonly record: SystemRecord;
  /** Set while the edit lies in a dead letter. */
  readonly dead_letter_id: string | null;
}

/** Which content a system holds, and under which number. */
export interface Held {
  readonly version: number;
  readonly content_hash: ContentHash;
}

/** A version that the ledger still keeps. */
export interface KnownVersion extends Version {
  readonly status: 'accepted' | 'superseded';
  readonly source: System | null;
  readonly recorded_at: Timestamp;
  /** False until BigQuery has it. */
  readonly appended: boolean;
}

export interface OpenConflict extends Rank {
  readonly conflict_id: string;
  readonly contact_id: ContactId;
  /** First is the head's, in the order they came. */
  readonly candidates: readonly ConflictCandidate[];
  /** Events told so far: the next one's number. */
  readonly events: number;
}

export interface ClosedConflict {
  readonly conflict_id: string;
  readonly status: 'resolved' | 'superseded';
  readonly by: string | null;
  readonly chosen: ContentHash | null;
}

/** Everything the rule needs of one contact. */
export interface ContactState {
  readonly contact_id: ContactId;
  /** Changes with every change of the head or of the open conflict: what a commit compares. 0: not known yet. */
  readonly revision: number;
  readonly head: Version | null;
  /** Recent versions, accepted and superseded, the head among them. */
  readonly versions: readonly KnownVersion[];
  readonly held: Readonly<Partial<Record<Target, Held>>>;
  readonly links: Readonly<Partial<Record<System, RecordId>>>;
  readonly conflict: OpenConflict | null;
}

/** Ledger state for a batch of one system's records. */
export interface Snapshot {
  /** Undecided edits of these records, dead-lettered ones among them. */
  readonly inbox: readonly InboxEntry[];
  readonly links: ReadonlyMap<RecordId, ContactId>;
  readonly contacts: ReadonlyMap<ContactId, ContactState>;
}

export interface DeadLetter extends DeadLetterJob {
  /** The version that failed to reach the target; `null` for ingest. */
  readonly version: number | null;
  readonly attempts: number;
  readonly created_at: string;
}

export type NewDeadLetter = Omit<DeadLetter, 'dead_letter_id' | 'created_at'>;

/** What is to be written of one contact, all or nothing. */
export interface ContactCommit {
  readonly contact_id: ContactId;
  /** The state it was decided on; the commit is lost when it is no longer that. */
  readonly expected_revision: number;
  /** The new head; `null` leaves it. It is also the last accepted row of {@link history}. */
  readonly head: Version | null;
  /** New versions. `appended`: BigQuery has the row already. */
  readonly history: readonly (HistoryRow & { readonly appended: boolean })[];
  readonly held: readonly (Held & { readonly target: Target })[];
  /** `replaces`: the record that the contact was linked to, which is no more; the commit is lost if it is another by now. */
  readonly links: readonly {
    readonly system: System;
    readonly record_id: RecordId;
    readonly replaces?: RecordId;
  }[];
  /** The open conflict, new or grown; `null` leaves what is open, unless {@link closed} names it. */
  readonly conflict: OpenConflict | null;
  readonly closed: readonly ClosedConflict[];
  readonly events: readonly ConflictEvent[];
  readonly inbox_done: readonly string[];
}

/** Edits that cannot become versions: they stay in the inbox under a dead letter. */
export interface Rejection {
  /** The contact whose commit it was decided with, and is lost with; `null` stands alone. */
  readonly contact_id: ContactId | null;
  readonly inbox_ids: readonly string[];
  readonly letter: NewDeadLetter;
}

export interface CommitResult {
  /** Contacts whose state had moved on: decide again. */
  readonly lost: ReadonlySet<ContactId>;
  readonly letters: readonly DeadLetter[];
  /** Dead letters of deliveries that the new heads overtook; closed already. */
  readonly overtaken: readonly { readonly queue: WorkQueue; readonly dead_letter_id: string }[];
}

/** What BigQuery has yet to be told. */
export interface Unappended {
  readonly rows: readonly HistoryRow[];
  readonly events: readonly ConflictEvent[];
}

export interface SystemStatus {
  readonly system: System;
  /** Contacts (BigQuery: versions) that are behind and may go. */
  readonly pending: number;
  /** Seconds since the oldest of them became pending; `null` when none is. */
  readonly oldest_pending_s: number | null;
  /** Edits received and not decided over. */
  readonly inbox: number;
  /** Seconds since the oldest of them was received; `null` when there is none. */
  readonly oldest_inbox_s: number | null;
  readonly last_success: string | null;
  readonly dead_letters: number;
}

export interface LedgerStatus {
  readonly contacts: number;
  readonly conflicts: number;
  readonly dead_letters: number;
  readonly systems: readonly SystemStatus[];
}

/** How far one contact has come. */
export interface ContactStanding {
  readonly contact_id: ContactId;
  /**
   * `conflict`: a person has to decide; else `pending`: an edit is undecided, or BigQuery or a target is behind and may be
   * told; else `dead_letter`: what is left to do failed for good; else `in_step`.
   */
  readonly state: 'conflict' | 'pending' | 'dead_letter' | 'in_step';
  /** When its head changed or was written to a target last: an ISO 8601 instant. */
  readonly changed_at: string;
}

/** Contacts in ascending order of their ids, a page at a time. */
export interface Standings {
  /** The ledger's clock: an ISO 8601 instant. */
  readonly now: string;
  readonly contacts: readonly ContactStanding[];
}

export interface StandingsQuery {
  /** Only these. */
  readonly contact_ids?: readonly ContactId[];
  /** Only those that changed at or after this ISO 8601 instant of the ledger's clock, or are not in step. */
  readonly since?: string;
  readonly after?: ContactId;
  readonly limit: number;
}

/** A record that a living contact is linked to. */
export interface LinkedRecord {
  readonly record_id: RecordId;
  readonly contact_id: ContactId;
  /** The version that it is known to hold. */
  readonly version: number;
  /** When it was last known to be there: an ISO 8601 instant. */
  readonly seen_at: string;
}

export interface Ledger {
  install(): Promise<void>;
  /** Puts edits into the inbox; those whose key is known already are left out. @returns the records with new edits */
  receive(system: System, changes: readonly Change[], cursor: string | null): Promise<readonly RecordId[]>;
  cursor(system: System): Promise<string | null>;
  /** Linked records of contacts that are not deleted, in ascending order of their ids, from after this one on. */
  linked(system: System, after: RecordId, limit: number): Promise<readonly LinkedRecord[]>;
  /** Takes the turn to compare a system's ids, unless somebody took one within this time, in milliseconds. */
  claimComparison(system: System, every_ms: number): Promise<boolean>;
  /** The comparison did not come to its end: whoever asks next may take the turn. */
  releaseComparison(system: System): Promise<void>;
  /** @param claimed contact ids that records say they are, beyond those linked and those in the inbox */
  snapshot(system: System, recordIds: readonly RecordId[], claimed: readonly ContactId[]): Promise<Snapshot>;
  contacts(contactIds: readonly ContactId[]): Promise<ReadonlyMap<ContactId, ContactState>>;
  commit(commits: readonly ContactCommit[], rejections: readonly Rejection[]): Promise<CommitResult>;
  /** @param contactIds `null` for whatever is older than `older_than_ms` */
  unappended(contactIds: readonly ContactId[] | null, older_than_ms: number, limit: number): Promise<Unappended>;
  markAppended(unappended: Unappended): Promise<void>;
  /**
   * Of these contacts, those that are behind in the target, in BigQuery already, in no conflict and in no dead letter;
   * then others of that kind, longest behind first, until there are `fill`.
   */
  deliverable(target: Target, contactIds: readonly ContactId[], fill: number): Promise<readonly Delivery[]>;
  /** @returns the contacts that are behind all the same: their heads moved meanwhile */
  delivered(
    target: Target,
    receipts: readonly (Held & { readonly contact_id: ContactId; readonly record_id: RecordId })[],
  ): Promise<readonly ContactId[]>;
  /** Records failures of deliveries or of whole jobs; a failure already open is brought up to date. */
  bury(letters: readonly NewDeadLetter[]): Promise<readonly DeadLetter[]>;
  /** Pending contacts that were not emitted within `older_than_ms`; stamps them as emitted now. */
  pending(target: Target, older_than_ms: number, limit: number): Promise<readonly ContactId[]>;
  /** Records with undecided edits received more than `older_than_ms` ago, outside dead letters; stamps them. */
  pendingInbox(system: System, older_than_ms: number, limit: number): Promise<readonly RecordId[]>;
  deadLetters(filter?: {
    readonly ids?: readonly string[];
    readonly queue?: WorkQueue;
    readonly contact_ids?: readonly ContactId[];
  }): Promise<readonly DeadLetter[]>;
  closeDeadLetters(ids: readonly string[], status: 'replayed' | 'superseded' | 'discarded', by: string): Promise<void>;
  /** Closes letters about records as they stood whose later edits were decided over. @returns how many */
  closeAnswered(): Promise<number>;
  conflicts(ids?: readonly string[]): Promise<readonly OpenConflict[]>;
  status(): Promise<LedgerStatus>;
  /** Read from the tables, not remembered: as true after a restart as before. */
  standings(query: StandingsQuery): Promise<Standings>;
  close(): Promise<void>;
}
