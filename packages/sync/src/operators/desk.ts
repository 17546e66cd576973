/** What people ask of the hub and do with it: one implementation for the API, the console and the command line. */
import { type Contact, type ContactId, contentHash } from '@contact-sync/contact';
import { PermanentError } from '../errors.ts';
import { nameOf } from '../judge.ts';
import type { KnownVersion } from '../ledger-port.ts';
import { type Choice, resolveConflict, validContent } from '../operate.ts';
import type { Parts } from '../parts.ts';
import { SYSTEMS, type System } from '../ports.ts';
import { discard, type ReplayResult, replay } from '../replay.ts';
import { BigQuerySyncService } from '../services/bigquery-sync-service.ts';
import type { ContactOutcome } from '../services/outcome.ts';
import { wayOf } from '../services/way.ts';
import type { SealLedger } from '../watching/seals-port.ts';
import { type ConflictField, choiceOf, conflictFields, type SideChoice } from './conflict-view.ts';
import { type ContactDetail, contactDetail } from './contact-detail.ts';
import { type DriftOptions, type DriftReport, findDrift } from './drift.ts';
import { exportContacts } from './export.ts';
import { type ImportEntry, type ImportOptions, type ImportSummary, importContacts } from './import.ts';
import { type LastLook, lastLook } from './last-look.ts';
import { type Asker, performed } from './performed.ts';
import type {
  Action,
  ConflictRecord,
  ContactQuery,
  ContactSummary,
  DeadLetterFilter,
  DeadLetterGroup,
  DeadLetterRecord,
  FlowPoint,
  OperatorLedger,
  Page,
  PageQuery,
  Receipt,
} from './port.ts';
import { noSuchContact, type Restored, restore, type VersionName } from './restore.ts';
import { type TimelineItem, timelineItem } from './timeline.ts';

/** Which open dead letters: by their ids, at most 1,000, or a page of all that match. */
export type Selection =
  | { readonly ids: readonly string[] }
  | { readonly filter: Omit<DeadLetterFilter, 'status'>; readonly page: PageQuery };

/** What became of each letter of a {@link Selection}, and where the others that match begin. */
export interface Selected<Result extends string> {
  /** `not_open`: closed before, or never there. */
  readonly results: readonly { readonly dead_letter_id: string; readonly result: Result | 'not_open' }[];
  readonly next: string | null;
}

/** As {@link Selected}, with the code of what failed. */
export interface Replayed extends Selected<ReplayResult['result']> {
  readonly results: readonly {
    readonly dead_letter_id: string;
    readonly result: ReplayResult['result'] | 'not_open';
    readonly code: string | null;
  }[];
}

/** A dead letter, and what was done about it. */
export interface DeadLetterDetail {
  readonly letter: DeadLetterRecord;
  /** Newest first. */
  readonly actions: readonly Action[];
}

/** A conflict with what both sides began with, field by field, and what was done about it. */
export interface ConflictDetail {
  readonly conflict: ConflictRecord;
  readonly base: KnownVersion | null;
  readonly fields: readonly ConflictField[];
  readonly actions: readonly Action[];
}

/** How a desk has done what follows from what it decides. */
export interface DeskOptions {
  /** `direct`: no worker has to run, what follows is brought to the targets before it is answered. Default: the hub's do it. */
  readonly via?: 'direct';
}

/** How many actions a detail shows. */
const ACTIONS_SHOWN = 50;
/** How many records a kept look names one by one, however many were asked for. */
const ITEMS_KEPT = 100;
/** As many as one action is kept to be about. */
const MOST_SELECTED = 1_000;
/** How long one contact's targets are waited for; what is not done by then is behind, and found by whoever comes next. */
const PATIENCE_MS = 30_000;
const A_DAY_MS = 86_400_000;

/**
 * Everything that operators see and do. Whatever changes something is recorded with who did it, and is the same when it is
 * asked for twice under one key. Methods throw, beside what they name, what the ledger, BigQuery and the systems throw.
 */
export class Desk {
  readonly #parts: Parts;
  readonly #records: OperatorLedger;
  readonly #seals: SealLedger;
  readonly #options: DeskOptions;

  constructor(parts: Parts, records: OperatorLedger, seals: SealLedger, options: DeskOptions = {}) {
    this.#parts = parts;
    this.#records = records;
    this.#seals = seals;
    this.#options = options;
  }

  /** Does it, and what follows from it where nobody else does. */
  async #done<Result>(run: (parts: Parts) => Promise<Result>, patience_ms = PATIENCE_MS): Promise<Result> {
    if (this.#options.via === undefined) return run(this.#parts);
    using way = wayOf('direct', this.#parts, { timeout_ms: patience_ms });
    const result = await run(way.parts);
    await way.settled();
    return result;
  }

  /** Deliveries in stretches of so many seconds, from `since`, an ISO 8601 instant, until now. */
  flow(since: string, stretch_s: number): Promise<readonly FlowPoint[]> {
    return this.#records.flow(since, stretch_s);
  }

  /** What came to the targets last, newest first. */
  latest(limit: number): Promise<readonly Receipt[]> {
    return this.#records.latest(limit);
  }

  /** In the order of names. */
  contacts(query: ContactQuery): Promise<Page<ContactSummary>> {
    return this.#records.findContacts(query);
  }

  /** @throws {PermanentError} `NO_SUCH_CONTACT` */
  contact(contactId: ContactId): Promise<ContactDetail> {
    return contactDetail(this.#parts, this.#records, contactId);
  }

  /** Newest first. @throws {PermanentError} `NO_SUCH_CONTACT` */
  async timeline(contactId: ContactId, page: PageQuery): Promise<Page<TimelineItem>> {
    const { items, next } = await this.#records.timeline(contactId, page);
    if (items.length === 0 && !(await this.#parts.ledger.contacts([contactId])).has(contactId)) throw noSuchContact();
    return { items: items.map(timelineItem), next };
  }

  /** The versions of one number, the accepted one first. @throws {PermanentError} `NO_SUCH_VERSION` */
  async versions(contactId: ContactId, version: number): Promise<readonly KnownVersion[]> {
    const found = await this.#records.versions(contactId, version);
    if (found.length > 0) return found;
    throw new PermanentError('NO_SUCH_VERSION', 'the contact has no such version', {
      advice: 'Look at its timeline: every version is there.',
    });
  }

  /** Makes a past version the new one, everywhere. @throws what `restore` throws */
  async restore(contactId: ContactId, name: VersionName, asker: Asker): Promise<Restored> {
    return await performed(this.#records, asker, {
      kind: 'restore',
      subjects: [`contact:${contactId}`],
      asked: [contactId, name.version, name.content_hash ?? null],
      run: () => this.#done((parts) => restore(parts, this.#records, contactId, name, asker.by)),
    });
  }

  /** Reads a contact in every system, decides, and brings it everywhere. @throws what `syncContactToAll` throws */
  async sync(contactId: ContactId, asker: Asker): Promise<Pick<ContactOutcome, 'contact_id' | 'version' | 'systems'>> {
    return await performed(this.#records, asker, {
      kind: 'sync',
      subjects: [`contact:${contactId}`],
      asked: { contactId },
      run: async () => {
        const { contact_id, version, systems } = await new BigQuerySyncService(this.#parts).syncContactToAll(contactId);
        return { contact_id, version, systems };
      },
    });
  }

  /** Open ones oldest first, closed ones last first. */
  conflicts(status: 'open' | 'closed', page: PageQuery): Promise<Page<ConflictRecord>> {
    return this.#records.listConflicts(status, page);
  }

  /** @throws {PermanentError} `NO_SUCH_CONFLICT` */
  async conflict(conflictId: string): Promise<ConflictDetail> {
    const [conflict, { items: actions }] = await Promise.all([
      this.#found(conflictId),
      this.#records.actions(`conflict:${conflictId}`, { limit: ACTIONS_SHOWN }),
    ]);
    const base = await this.#records.versionBefore(conflict.contact_id, conflict.version);
    return { conflict, base, fields: conflictFields(conflict, base), actions };
  }

  async #found(conflictId: string): Promise<ConflictRecord> {
    const conflict = await this.#records.conflict(conflictId);
    if (conflict !== null) return conflict;
    throw new PermanentError('NO_SUCH_CONFLICT', 'there is no conflict of this id', {
      advice: 'List the conflicts.',
    });
  }

  /**
   * Makes the choice the new version, everywhere.
   *
   * @returns whose conflict it was, and the version that the head has now
   * @throws {PermanentError} `NO_SUCH_CONFLICT`, `CONFLICT_CLOSED`, `NO_SUCH_CANDIDATE`, `NO_SUCH_FIELD`,
   *   `CANDIDATE_DELETED`, `INVALID_CONTENT`
   * @throws {TransientError} `CONTENDED`
   */
  async resolve(
    conflictId: string,
    choice: SideChoice,
    asker: Asker,
  ): Promise<{ readonly conflict_id: string; readonly contact_id: ContactId; readonly version: number }> {
    const { contact_id, version } = await this.#found(conflictId);
    return await performed(this.#records, asker, {
      kind: 'resolve',
      subjects: [`conflict:${conflictId}`, `contact:${contact_id}`],
      asked: { conflictId, choice },
      run: async () => {
        const conflict = await this.#found(conflictId);
        const base = await this.#records.versionBefore(contact_id, conflict.version);
        const made = choiceOf(conflict, base, choice);
        if (!isDecided(conflict, made, asker))
          await this.#done((parts) => resolveConflict(parts, conflictId, made, asker.by));
        const head = (await this.#parts.ledger.contacts([contact_id])).get(contact_id)?.head;
        return { conflict_id: conflictId, contact_id, version: head?.version ?? version + 1 };
      },
    });
  }

  /** Newest first. */
  deadLetters(filter: DeadLetterFilter, page: PageQuery): Promise<Page<DeadLetterRecord>> {
    return this.#records.listDeadLetters(filter, page);
  }

  /** How many there are of each kind, most first. */
  deadLetterGroups(filter: DeadLetterFilter): Promise<readonly DeadLetterGroup[]> {
    return this.#records.countDeadLetters(filter);
  }

  /** @throws {PermanentError} `NO_SUCH_DEAD_LETTER` */
  async deadLetter(id: string): Promise<DeadLetterDetail> {
    const [letter, { items: actions }] = await Promise.all([
      this.#records.deadLetter(id),
      this.#records.actions(`dead-letter:${id}`, { limit: ACTIONS_SHOWN }),
    ]);
    if (letter !== null) return { letter, actions };
    throw new PermanentError('NO_SUCH_DEAD_LETTER', 'there is no dead letter of this id', {
      advice: 'List the dead letters.',
    });
  }

  /**
   * Tries dead letters again, reading the newest state of everything. Twice changes nothing the second time.
   *
   * @throws {PermanentError} `TOO_MANY_SELECTED`
   */
  async replay(selection: Selection, asker: Asker): Promise<Replayed> {
    const { ids, next } = await this.#selected(selection);
    return await performed(this.#records, asker, {
      kind: 'replay',
      subjects: subjectsOf(ids),
      asked: selection,
      run: async (): Promise<Replayed> => {
        const replayed = await this.#done((parts) => replay(parts, ids, asker.by), A_DAY_MS);
        const results = new Map(replayed.map((one) => [one.dead_letter_id, one]));
        return {
          results: ids.map((id) => results.get(id) ?? { dead_letter_id: id, result: 'not_open', code: null }),
          next,
        };
      },
    });
  }

  /**
   * Gives dead letters up: a version is not sent to that target until the contact's head moves, an edit that waits is done
   * with; both stay in the history.
   *
   * @param reason for the record
   * @throws {PermanentError} `TOO_MANY_SELECTED`
   */
  async discard(selection: Selection, reason: string, asker: Asker): Promise<Selected<'discarded'>> {
    const { ids, next } = await this.#selected(selection);
    return await performed(this.#records, asker, {
      kind: 'discard',
      subjects: subjectsOf(ids),
      reason,
      asked: { selection, reason },
      run: async (): Promise<Selected<'discarded'>> => {
        const discarded = new Set(await discard(this.#parts, ids, asker.by));
        return {
          results: ids.map((id) => ({ dead_letter_id: id, result: discarded.has(id) ? 'discarded' : 'not_open' })),
          next,
        };
      },
    });
  }

  async #selected(selection: Selection): Promise<{ readonly ids: readonly string[]; readonly next: string | null }> {
    if ('ids' in selection) {
      const ids = [...new Set(selection.ids)];
      if (ids.length <= MOST_SELECTED) return { ids, next: null };
      throw new PermanentError('TOO_MANY_SELECTED', `more than ${MOST_SELECTED} dead letters at once`, {
        advice: 'Name fewer, or select all that match, a page at a time.',
      });
    }
    const { items, next } = await this.#records.listDeadLetters(
      { ...selection.filter, status: 'open' },
      selection.page,
    );
    return { ids: items.map(({ dead_letter_id }) => dead_letter_id), next };
  }

  /**
   * Brings contacts in, a batch at a time: an id that is not known yet is born, one that is known changes only with
   * `update`, and then keeps the fields that are not given. Stopped halfway and begun again, it goes on.
   *
   * @param asker what is under its key was brought in already: whoever gives one has it stand for these very entries
   * @param onProgress told after each batch, of all that were seen so far
   */
  async importContacts(
    entries: AsyncIterable<ImportEntry>,
    options: ImportOptions,
    asker: Asker,
    onProgress: (summary: ImportSummary) => void = () => undefined,
  ): Promise<ImportSummary> {
    return await performed(this.#records, asker, {
      kind: 'import',
      subjects: [],
      asked: options,
      run: () => this.#done((parts) => importContacts(parts, entries, options, asker.by, onProgress), A_DAY_MS),
    });
  }

  /** Every contact that is not deleted, as its head stands, in the order of their ids. */
  exportContacts(): AsyncIterable<Contact> {
    return exportContacts(this.#parts);
  }

  /**
   * What of a system differs from the heads, by name. Whoever looks, what is found is kept as the last look.
   *
   * @param options.asker who looks: the look is recorded among the actions as well; only a recorded one repairs
   * @param options.repair hand what is found to those who repair it
   * @throws what `findDrift` throws
   */
  async drift(system: System, { asker, ...options }: LookOptions = {}): Promise<DriftReport> {
    // What is heard on the way is left to the hub: a look brings nothing anywhere.
    const look = async (parts: Parts) => {
      const report = await findDrift(parts, this.#records, this.#seals, system, options);
      await this.#seals.keepLook({ ...report, items: report.items.slice(0, ITEMS_KEPT) });
      return report;
    };
    if (asker === undefined) return await look(this.#parts);
    return await performed(this.#records, asker, {
      kind: 'drift',
      subjects: [`system:${system}`],
      ...(options.repair ? { reason: 'repair' } : {}),
      asked: { system, repair: options.repair ?? false, full: options.full ?? false },
      run: () => (options.repair ? this.#done(look, A_DAY_MS) : look(this.#parts)),
    });
  }

  /** What the last look at each system found, whoever had it; `null`: nobody has looked yet. */
  async lastLooks(): Promise<Readonly<Record<System, LastLook | null>>> {
    const reports = await this.#seals.lastReports();
    const looks = SYSTEMS.map((system) => [system, lastLook(reports[system])] as const);
    // One entry for each of SYSTEMS.
    return Object.fromEntries(looks) as Record<System, LastLook | null>;
  }

  /** What was done, newest first; `subject`: `contact:<id>`, `conflict:<id>` or `dead-letter:<id>`; `null`: anything. */
  actions(subject: string | null, page: PageQuery): Promise<Page<Action>> {
    return this.#records.actions(subject, page);
  }
}

/**
 * It decided the conflict already, and was cut off before that was recorded: a repetition is told so, and not that somebody
 * was quicker.
 */
function isDecided(conflict: ConflictRecord, made: Choice, { by, key }: Asker): boolean {
  if (key === null || conflict.status !== 'resolved' || conflict.closed_by !== nameOf(by)) return false;
  return conflict.chosen === ('candidate' in made ? made.candidate : contentHash(validContent(made.content)));
}

/** How {@link Desk.drift} looks. */
export type LookOptions = Omit<DriftOptions, 'repair'> &
  ({ readonly asker?: undefined; readonly repair?: false } | { readonly asker: Asker; readonly repair?: boolean });

const subjectsOf = (ids: readonly string[]): readonly string[] => ids.map((id) => `dead-letter:${id}`);
