/** What the hub needs from its ledger: the place to decide atomically. Implemented by `@contact-sync/ledger` on Postgres. */
import type { ContactId, ContentHash, Rank, Timestamp } from '@contact-sync/contact';
import type { Outcome } from './decide.ts';
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
  /** Where the edit was made; `null` for one made in the hub. */
  readonly source: System | null;
  /** When the hub decided over it. */
  readonly recorded_at: Timestamp;
  /** False until BigQuery has it. */
  readonly appended: boolean;
}

/** An exact tie that waits for a person. Its rank is that of the head and of all candidates. */
export interface OpenConflict extends Rank {
  /** `<contact_id>-<version of the head>`. */
  readonly conflict_id: string;
  readonly contact_id: ContactId;
  /** First is the head's, in the order they came. */
  readonly candidates: readonly ConflictCandidate[];
  /** Events told so far: the next one's number. */
  readonly events: number;
}

/** How a conflict ended: a person chose (`resolved`), or a later edit outranked all candidates (`superseded`). */
export interface ClosedConflict {
  readonly conflict_id: string;
  readonly status: 'resolved' | 'superseded';
  /** Who chose; `null` for `superseded`, as is `chosen`. */
  readonly by: string | null;
  readonly chosen: ContentHash | null;
}

/** Everything the rule needs of one contact. */
export interface ContactState {
  readonly contact_id: ContactId;
  /** Changes with every change of the head or of the open conflict: what a commit compares. 0: not known yet. */
  readonly revision: number;
  /** `null` for a contact that is not known yet. */
  readonly head: Version | null;
  /** Recent versions, accepted and superseded, the head among them. */
  readonly versions: readonly KnownVersion[];
  /** What each target is known to hold; one that is not named is not known to hold anything. */
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

/** A delivery, an edit or a job that failed for good, and waits for a person. */
export interface DeadLetter extends DeadLetterJob {
  /** The version that failed to reach the target; `null` for ingest. */
  readonly version: number | null;
  readonly attempts: number;
  /** An ISO 8601 instant. */
  readonly created_at: string;
}

/** A dead letter that the ledger has not recorded yet. */
export type NewDeadLetter = Omit<DeadLetter, 'dead_letter_id' | 'created_at'>;

/** An edit of the inbox that was decided over, and how: kept for those who ask what became of it. */
export interface DecidedEdit {
  readonly inbox_id: string;
  readonly outcome: Exclude<Outcome, 'refused'>;
}

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
  /** For BigQuery, in the order in which they happened. */
  readonly events: readonly ConflictEvent[];
  /** Edits of the inbox that are decided over by this commit. */
  readonly inbox_done: readonly DecidedEdit[];
}

/** Edits that cannot become versions: they stay in the inbox under a dead letter. */
export interface Rejection {
  /** The contact whose commit it was decided with, and is lost with; `null` stands alone. */
  readonly contact_id: ContactId | null;
  readonly inbox_ids: readonly string[];
  readonly letter: NewDeadLetter;
}

/** What became of commits. */
export interface CommitResult {
  /** Contacts whose state had moved on: decide again. */
  readonly lost: ReadonlySet<ContactId>;
  /** Of the rejections, as they are recorded. */
  readonly letters: readonly DeadLetter[];
  /** Dead letters of deliveries that the new heads overtook; closed already. */
  readonly overtaken: readonly { readonly queue: WorkQueue; readonly dead_letter_id: string }[];
}

/** What BigQuery has yet to be told. */
export interface Unappended {
  readonly rows: readonly HistoryRow[];
  readonly events: readonly ConflictEvent[];
}

/** What waits for or in one system, counted in the tables of the ledger. */
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
  /** When a delivery there, or an append to BigQuery, last went well: an ISO 8601 instant. `null`: never yet. */
  readonly last_success: string | null;
  /** Open ones. */
  readonly dead_letters: number;
}

/** What the ledger holds, counted in its tables. */
export interface LedgerStatus {
  /** Without deleted ones. */
  readonly contacts: number;
  /** Open ones. */
  readonly conflicts: number;
  /** Open ones. */
  readonly dead_letters: number;
  readonly systems: readonly SystemStatus[];
}

/** How far one contact has come. */
export interface ContactStanding {
  readonly contact_id: ContactId;
  /**
   * `conflict`: a person has to decide; else `pending`: an edit is undecided, or BigQuery or a target is behind and may be
   * told; else `dead_letter`: what is left to do failed for good; else `in_step`: nothing is left to do. A delivery that
   * was discarded is not: its target may hold something else until the head moves.
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

/** Which contacts are asked for. Conditions hold together. */
export interface StandingsQuery {
  /** Only these. */
  readonly contact_ids?: readonly ContactId[];
  /** Only those that changed at or after this ISO 8601 instant of the ledger's clock, or are not in step. */
  readonly since?: string;
  /** Only those whose id is greater: where the page before ended. */
  readonly after?: ContactId;
  /** The most contacts of one page. */
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

/**
 * Each method is atomic, and throws {@link OutageError} while the ledger is away or not installed, and
 * {@link TransientError} for what a repeat may mend. Safe to call from many processes at once.
 */
export interface Ledger {
  /** Creates what is missing; twice is the same as once. */
  install(): Promise<void>;
  /**
   * Puts edits into the inbox; those whose key is known already are left out.
   *
   * @param cursor where to go on reading, kept together with the edits; `null` leaves what was kept
   * @returns the records with new edits
   */
  receive(system: System, changes: readonly Change[], cursor: string | null): Promise<readonly RecordId[]>;
  /** Where to go on reading a system; `null` before anything was read, or where nothing is kept. */
  cursor(system: System): Promise<string | null>;
  /** Linked records of contacts that are not deleted, in ascending order of their ids, from after this one on. */
  linked(system: System, after: RecordId, limit: number): Promise<readonly LinkedRecord[]>;
  /** Takes the turn to compare a system's ids, unless somebody took one within this time, in milliseconds. */
  claimComparison(system: System, every_ms: number): Promise<boolean>;
  /** The comparison did not come to its end: whoever asks next may take the turn. */
  releaseComparison(system: System): Promise<void>;
  /** @param claimed contact ids that records say they are, beyond those linked and those in the inbox */
  snapshot(system: System, recordIds: readonly RecordId[], claimed: readonly ContactId[]): Promise<Snapshot>;
  /** The state of these contacts; those that are not known are left out. */
  contacts(contactIds: readonly ContactId[]): Promise<ReadonlyMap<ContactId, ContactState>>;
  /** Writes what was decided, each contact all or nothing; a contact whose state has moved on is left as it is. */
  commit(commits: readonly ContactCommit[], rejections: readonly Rejection[]): Promise<CommitResult>;
  /**
   * Versions and conflict events that BigQuery has yet to be told, the oldest first.
   *
   * @param contactIds whose versions, without events; `null` for whatever is older than `older_than_ms`
   * @param older_than_ms milliseconds since they were committed
   * @param limit the most versions, and the most events
   */
  unappended(contactIds: readonly ContactId[] | null, older_than_ms: number, limit: number): Promise<Unappended>;
  /** BigQuery has these now. */
  markAppended(unappended: Unappended): Promise<void>;
  /**
   * Of these contacts, those that are behind in the target, in BigQuery already, in no conflict, in no dead letter and not
   * braked; then others of that kind, longest behind first, until there are `fill`.
   *
   * A contact that has gained too many versions within the last minute is braked in the targets that were written to within
   * it: it stays pending, and may go once the minute has room for it, or the target has waited for one.
   *
   * @param braked also those that are braked: for whoever asks, and sends nothing
   */
  deliverable(
    target: Target,
    contactIds: readonly ContactId[],
    fill: number,
    braked?: boolean,
  ): Promise<readonly Delivery[]>;
  /**
   * Records what a target holds. A receipt that comes late never lowers what a later one said.
   *
   * @returns the contacts that are behind all the same: their heads moved meanwhile
   */
  delivered(
    target: Target,
    receipts: readonly (Held & { readonly contact_id: ContactId; readonly record_id: RecordId })[],
  ): Promise<readonly ContactId[]>;
  /** Records failures of deliveries or of whole jobs; a failure already open is brought up to date. */
  bury(letters: readonly NewDeadLetter[]): Promise<readonly DeadLetter[]>;
  /**
   * Pending contacts that were not emitted within `older_than_ms` milliseconds; stamps them as emitted now. What is
   * told again and again without success is told ever more rarely, and what is braked not at all.
   */
  pending(target: Target, older_than_ms: number, limit: number): Promise<readonly ContactId[]>;
  /**
   * Records with undecided edits received more than `older_than_ms` milliseconds ago, outside dead letters; stamps
   * them, as above.
   */
  pendingInbox(system: System, older_than_ms: number, limit: number): Promise<readonly RecordId[]>;
  /** Open dead letters, oldest first. Conditions hold together; an id that is none names no letter. */
  deadLetters(filter?: {
    readonly ids?: readonly string[];
    readonly queue?: WorkQueue;
    readonly contact_ids?: readonly ContactId[];
  }): Promise<readonly DeadLetter[]>;
  /**
   * Closes letters that are open: their deliveries may go again, their edits may be decided over again. What is
   * `discarded` may not: the edits are done, decided over by nobody, and the version is not sent to that target any more,
   * until the contact's head moves, or the target is found in step with it.
   *
   * @param by who asked for it
   */
  closeDeadLetters(ids: readonly string[], status: 'replayed' | 'superseded' | 'discarded', by: string): Promise<void>;
  /** Closes letters about records as they stood whose later edits were decided over. @returns how many */
  closeAnswered(): Promise<number>;
  /** Open conflicts, oldest first; without ids all of them. */
  conflicts(ids?: readonly string[]): Promise<readonly OpenConflict[]>;
  /** Counts, as an independent recount finds them. */
  status(): Promise<LedgerStatus>;
  /** Read from the tables, not remembered: as true after a restart as before. */
  standings(query: StandingsQuery): Promise<Standings>;
  /** Ends the connections. Nothing works after it. */
  close(): Promise<void>;
}
