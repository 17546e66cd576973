/**
 * The ledger in memory, one function after the other as `@contact-sync/ledger` has them in SQL, each at once and whole.
 * A differential test holds it to the real one.
 */
import type { ContactId } from '@contact-sync/contact';
import type {
  ClosedConflict,
  ConflictEvent,
  DeadLetter,
  DecidedEdit,
  Held,
  KnownVersion,
  Ledger,
  OpenConflict,
  RecordId,
  System,
  SystemRecord,
  Target,
} from '@contact-sync/sync';
import { commit } from './commit.ts';
import { deliverable, delivered } from './deliver.ts';
import { markAppended, pending, pendingInbox, receive, unappended } from './inbox.ts';
import { bury, closeAnswered, closeDeadLetters, deadLetters } from './letters.ts';
import { contacts, snapshot } from './read.ts';
import { claimComparison, conflicts, linked, standings, status } from './status.ts';
import { type HeadRow, type LetterRow, Tables } from './tables.ts';

/** The same functions, answering at once. */
export type Synchronous<T> = {
  readonly [Name in keyof T]: T[Name] extends (...args: infer Args) => Promise<infer Result>
    ? (...args: Args) => Result
    : never;
};

export interface ModelLedger extends Synchronous<Ledger> {
  readonly view: LedgerView;
}

/** Everything that the tables hold, for whoever judges a history. Rows in the order they came. */
export interface LedgerView {
  heads(): readonly (Omit<HeadRow, 'changed_at'> & { readonly contact_id: ContactId })[];
  versions(): readonly KnownVersion[];
  links(): readonly { readonly system: System; readonly record_id: RecordId; readonly contact_id: ContactId }[];
  deliveries(): readonly DeliveryView[];
  inbox(): readonly InboxView[];
  /** Of any status. */
  deadLetters(): readonly (DeadLetter & Pick<LetterRow, 'status' | 'closed_by'>)[];
  /** Open ones and closed ones. */
  conflicts(): readonly (OpenConflict & { readonly closed: Omit<ClosedConflict, 'conflict_id'> | null })[];
  events(): readonly { readonly event: ConflictEvent; readonly appended: boolean }[];
}

export interface DeliveryView {
  readonly contact_id: ContactId;
  readonly target: Target;
  /** `null`: nothing is believed. */
  readonly held: Held | null;
  readonly behind: boolean;
  /** Milliseconds since the Unix epoch, as the two below; `null` while it is not behind. */
  readonly behind_since: number | null;
  /** When a queue was last told; `null`: at the next chance. */
  readonly emitted_at: number | null;
  /** Tellings since the head last moved or was last delivered. */
  readonly emits: number;
  readonly dead_letter_id: string | null;
}

export interface InboxView {
  readonly inbox_id: string;
  readonly system: System;
  readonly key: string;
  readonly record_id: RecordId;
  readonly record: SystemRecord;
  /** When a queue was last told: milliseconds since the Unix epoch. */
  readonly told_at: number;
  readonly tells: number;
  readonly done: boolean;
  /** `null`: undecided, or discarded. */
  readonly outcome: DecidedEdit['outcome'] | null;
  readonly dead_letter_id: string | null;
}

/**
 * @param now milliseconds since the Unix epoch, as the clock of the ledger's database tells them
 * @param storm so many accepted versions of a contact within a minute brake its deliveries
 */
export function createModelLedger(now: () => number, storm = 60): ModelLedger {
  const tables = new Tables(now, storm);
  return {
    view: viewOf(tables),
    install: () => undefined,
    receive: (...args) => receive(tables, ...args),
    cursor: (system) => tables.systems.get(system)?.cursor ?? null,
    linked: (...args) => linked(tables, ...args),
    claimComparison: (...args) => claimComparison(tables, ...args),
    releaseComparison(system) {
      const row = tables.systems.get(system);
      if (row !== undefined) row.compared_at = null;
    },
    snapshot: (...args) => snapshot(tables, ...args),
    contacts: (ids) => contacts(tables, ids),
    commit: (...args) => commit(tables, ...args),
    unappended: (...args) => unappended(tables, ...args),
    markAppended: (...args) => markAppended(tables, ...args),
    deliverable: (...args) => deliverable(tables, ...args),
    delivered: (...args) => delivered(tables, ...args),
    bury: (letters) => bury(tables, letters).map(({ letter }) => letter),
    pending: (...args) => pending(tables, ...args),
    pendingInbox: (...args) => pendingInbox(tables, ...args),
    deadLetters: (...args) => deadLetters(tables, ...args),
    closeDeadLetters: (...args) => closeDeadLetters(tables, ...args),
    closeAnswered: () => closeAnswered(tables),
    conflicts: (...args) => conflicts(tables, ...args),
    status: () => status(tables),
    standings: (query) => standings(tables, query),
    close: () => undefined,
  };
}

function viewOf(tables: Tables): LedgerView {
  const rows = () => [...tables.contacts.values()];
  return {
    heads: () =>
      rows().flatMap(({ contact_id, head }) => {
        if (head === null) return [];
        const { changed_at: _, ...shown } = head;
        return [{ contact_id, ...shown }];
      }),
    versions: () => rows().flatMap(({ versions }) => versions.map(({ known }) => known)),
    links: () =>
      rows().flatMap(({ contact_id, links }) =>
        [...links].map(([system, record_id]) => ({ system, record_id, contact_id })),
      ),
    deliveries: () =>
      rows().flatMap(({ deliveries }) =>
        [...deliveries.values()].map(({ behind_since, emitted_at, letter, ...row }) => ({
          contact_id: row.contact_id,
          target: row.target,
          held: row.held,
          behind: row.behind,
          behind_since: behind_since === null ? null : behind_since / 1000,
          emitted_at: emitted_at === null ? null : emitted_at / 1000,
          emits: row.emits,
          dead_letter_id: letter?.letter.dead_letter_id ?? null,
        })),
      ),
    inbox: () =>
      [...tables.inbox.values()].map(
        ({ inbox_id, system, key, of, record, told_at, tells, done_at, outcome, letter }) => ({
          inbox_id,
          system,
          key,
          record_id: of.record_id,
          record,
          told_at: told_at / 1000,
          tells,
          done: done_at !== null,
          outcome,
          dead_letter_id: letter?.letter.dead_letter_id ?? null,
        }),
      ),
    deadLetters: () =>
      [...tables.letters.values()].map(({ letter, status: how, closed_by }) => ({ ...letter, status: how, closed_by })),
    conflicts: () => [...tables.conflicts.values()].map(({ conflict, closed }) => ({ ...conflict, closed })),
    events: () => [...tables.events.values()].map(({ event, appended }) => ({ event, appended })),
  };
}
