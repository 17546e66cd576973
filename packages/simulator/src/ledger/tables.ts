/** The tables of the ledger, as rows in memory with the indexes that its functions need, and its clock. */
import type { ContactId } from '@contact-sync/contact';
import type {
  ClosedConflict,
  ConflictEvent,
  ContactState,
  DeadLetter,
  DecidedEdit,
  KnownVersion,
  OpenConflict,
  RecordId,
  System,
  SystemRecord,
  Target,
  Version,
} from '@contact-sync/sync';

/** Microseconds since the Unix epoch: no two are the same, and a later one is higher, as of `clock_timestamp()`. */
export type Instant = number;

export interface HeadRow extends Omit<Version, 'contact_id' | 'content'> {
  readonly revision: number;
  readonly deleted: boolean;
  readonly changed_at: Instant;
}

export interface VersionRow {
  /** Replaced when it is appended. */
  known: KnownVersion;
  readonly committed_at: Instant;
}

export interface DeliveryRow {
  readonly contact_id: ContactId;
  readonly target: Target;
  held: Pick<Version, 'version' | 'content_hash'> | null;
  delivered_at: Instant | null;
  written_at: Instant | null;
  behind: boolean;
  behind_since: Instant | null;
  emitted_at: Instant | null;
  emits: number;
  letter: LetterRow | null;
}

export interface ConflictRow {
  /** Replaced when it grows. */
  conflict: OpenConflict;
  closed: Omit<ClosedConflict, 'conflict_id'> | null;
}

/** A contact: its head and all that is kept under its id, head or not. */
export interface ContactRow {
  readonly contact_id: ContactId;
  head: HeadRow | null;
  /** In the order they were committed. */
  readonly versions: VersionRow[];
  readonly deliveries: Map<Target, DeliveryRow>;
  readonly links: Map<System, RecordId>;
  open: ConflictRow | null;
  /** What `contacts()` answers, until something of it changes. */
  state: ContactState | null;
}

export interface LetterRow {
  /** Replaced by a further failure. */
  letter: DeadLetter;
  /** When it failed last. */
  failed_at: Instant;
  status: 'open' | 'replayed' | 'superseded' | 'discarded';
  closed_by: string | null;
  /** The edits that lie under it. */
  readonly edits: Set<InboxRow>;
}

export interface InboxRow {
  readonly inbox_id: string;
  readonly system: System;
  readonly key: string;
  readonly of: RecordRow;
  readonly record: SystemRecord;
  readonly received_at: Instant;
  told_at: Instant;
  tells: number;
  done_at: Instant | null;
  outcome: DecidedEdit['outcome'] | null;
  letter: LetterRow | null;
}

/** The edits of one record. */
export interface RecordRow {
  readonly record_id: RecordId;
  readonly undone: Set<InboxRow>;
  last_done_at: Instant | null;
}

export interface EventRow {
  readonly event: ConflictEvent;
  readonly committed_at: Instant;
  appended: boolean;
}

export interface SystemRow {
  cursor: string | null;
  last_success: Instant | null;
  compared_at: Instant | null;
}

/** What belongs to a system, or to a system and a queue, under one text. Neither name holds a colon. */
export const keyOf = (system: System, key: string): string => `${system}:${key}`;
export const letterKeyOf = ({ queue, system, key }: Pick<DeadLetter, 'queue' | 'system' | 'key'>): string =>
  `${queue}:${system}:${key}`;

export class Tables {
  readonly contacts = new Map<ContactId, ContactRow>();
  /** By {@link keyOf} the record. */
  readonly links = new Map<string, ContactId>();
  /** In the order they were committed. */
  readonly unappended = new Set<VersionRow>();
  /** In the order they were opened. */
  readonly conflicts = new Map<string, ConflictRow>();
  readonly events = new Map<string, EventRow>();
  /** In ascending order of their ids. */
  readonly letters = new Map<string, LetterRow>();
  /** By {@link letterKeyOf}. */
  readonly openLetters = new Map<string, LetterRow>();
  /** By {@link keyOf} the edit's key. */
  readonly inbox = new Map<string, InboxRow>();
  readonly inboxById = new Map<string, InboxRow>();
  readonly undone = new Set<InboxRow>();
  /** By {@link keyOf} the record. */
  readonly records = new Map<string, RecordRow>();
  readonly systems = new Map<System, SystemRow>();
  /** So many accepted versions of a contact within a minute brake it. */
  readonly storm: number;
  readonly #now: () => number;
  #last: Instant = 0;
  #inboxIds = 0;
  #letterIds = 0;

  /** @param now milliseconds since the Unix epoch; a clock that stands or goes back is not followed */
  constructor(now: () => number, storm: number) {
    this.#now = now;
    this.storm = storm;
  }

  clock(): Instant {
    this.#last = Math.max(Math.trunc(this.#now() * 1000), this.#last + 1);
    return this.#last;
  }

  /** A number is spent by each attempt to insert, as a sequence does. */
  nextInboxId(): string {
    this.#inboxIds += 1;
    return String(this.#inboxIds);
  }

  nextLetterId(): string {
    this.#letterIds += 1;
    return String(this.#letterIds);
  }

  contact(contact_id: ContactId): ContactRow {
    const known = this.contacts.get(contact_id);
    if (known !== undefined) return known;
    const row: ContactRow = {
      contact_id,
      head: null,
      versions: [],
      deliveries: new Map(),
      links: new Map(),
      open: null,
      state: null,
    };
    this.contacts.set(contact_id, row);
    return row;
  }

  record(system: System, record_id: RecordId): RecordRow {
    const key = keyOf(system, record_id);
    const known = this.records.get(key);
    if (known !== undefined) return known;
    const row: RecordRow = { record_id, undone: new Set(), last_done_at: null };
    this.records.set(key, row);
    return row;
  }

  system(system: System): SystemRow {
    const known = this.systems.get(system);
    if (known !== undefined) return known;
    const row: SystemRow = { cursor: null, last_success: null, compared_at: null };
    this.systems.set(system, row);
    return row;
  }

  link(system: System, record_id: RecordId, contact_id: ContactId): void {
    const contact = this.contact(contact_id);
    this.links.set(keyOf(system, record_id), contact_id);
    contact.links.set(system, record_id);
    contact.state = null;
  }

  unlink(system: System, record_id: RecordId, contact_id: ContactId): void {
    const contact = this.contact(contact_id);
    this.links.delete(keyOf(system, record_id));
    contact.links.delete(system);
    contact.state = null;
  }

  succeeded(system: System): void {
    this.system(system).last_success = this.clock();
  }

  /** @param letter `null` takes it out from under its dead letter */
  park(edit: InboxRow, letter: LetterRow | null): void {
    edit.letter?.edits.delete(edit);
    edit.letter = letter;
    letter?.edits.add(edit);
  }

  /** @param outcome `null`: decided over by nobody */
  done(edit: InboxRow, at: Instant, outcome: InboxRow['outcome']): void {
    edit.done_at = at;
    edit.outcome = outcome;
    edit.of.last_done_at = at;
    edit.of.undone.delete(edit);
    this.undone.delete(edit);
  }

  forget({ letter }: LetterRow): void {
    this.letters.delete(letter.dead_letter_id);
    this.openLetters.delete(letterKeyOf(letter));
  }

  close(row: LetterRow, status: Exclude<LetterRow['status'], 'open'>, by: string): void {
    row.status = status;
    row.closed_by = by;
    this.openLetters.delete(letterKeyOf(row.letter));
  }
}

/** As Postgres writes a `timestamptz` into JSON. */
export function isoOf(instant: Instant): string {
  const ms = Math.floor(instant / 1000);
  const micros = String(instant - ms * 1000).padStart(3, '0');
  return `${new Date(ms).toISOString().slice(0, -1)}${micros}+00:00`;
}
