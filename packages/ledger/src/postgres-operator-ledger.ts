import { createHash } from 'node:crypto';
import { type ContactId, isContactId } from '@contact-sync/contact';
import {
  type Action,
  type Begun,
  type ConflictRecord,
  type ContactQuery,
  type ContactSummary,
  type DeadLetterFilter,
  type DeadLetterGroup,
  type DeadLetterRecord,
  type FlowPoint,
  type KnownVersion,
  type NewAction,
  type OperatorLedger,
  type Page,
  type PageQuery,
  type Receipt,
  SYSTEMS,
  TARGETS,
  type TimelineFact,
} from '@contact-sync/sync';
import { type Calls, isKey } from './calls.ts';
import { isInstant, isText, pageOf, placeOf, roomOf } from './pages.ts';
import { jsonOf } from './plan.ts';
import { PostgresLedger } from './postgres-ledger.ts';
import { patternsOf } from './search.ts';
import { type FactRow, factOf } from './timeline.ts';

/** Somebody who began an action this long ago and has not ended it was cut off. */
const PATIENCE = '60 seconds';
const MAX_NAME = 200;
const MAX_REASON = 2_000;
const MAX_SUBJECTS = 1_000;

/** The ledger with what people ask of it: as in {@link PostgresLedger}, each method calls one function. */
export class PostgresOperatorLedger extends PostgresLedger implements OperatorLedger {
  readonly #calls: Calls;

  /** @param storm see {@link PostgresLedger} */
  constructor(calls: Calls, storm: number) {
    super(calls, storm);
    this.#calls = calls;
  }

  async findContacts(query: ContactQuery): Promise<Page<ContactSummary>> {
    const text = query.text?.trim() ?? '';
    const [key, id] = placeOf(query, [isText, isContactId]) ?? [null, null];
    const asked = {
      patterns: patternsOf(text),
      named: text.length <= MAX_NAME ? text : null,
      contact_id: isContactId(text) ? text : null,
      category: query.category ?? null,
      state: query.state ?? null,
      deleted: query.deleted ?? false,
      key,
      id,
      most: roomOf(query.limit) + 1,
    };
    const rows = await this.#calls.call<(ContactSummary & { readonly key: string })[]>(
      'find_contacts($1::jsonb, $2::text[])',
      [jsonOf(asked), SYSTEMS],
    );
    return pageOf(
      rows,
      query,
      ({ key: _, ...summary }) => summary,
      (row) => [row.key, row.contact_id],
    );
  }

  async listDeadLetters(filter: DeadLetterFilter, page: PageQuery): Promise<Page<DeadLetterRecord>> {
    const [after = null] = placeOf(page, [isKey]) ?? [];
    const rows = await this.#calls.call<DeadLetterRecord[]>('list_dead_letters($1::jsonb, $2::bigint, $3)', [
      filterOf(filter),
      after,
      roomOf(page.limit) + 1,
    ]);
    return pageOf(
      rows,
      page,
      (letter) => letter,
      ({ dead_letter_id }) => [dead_letter_id],
    );
  }

  countDeadLetters(filter: DeadLetterFilter): Promise<readonly DeadLetterGroup[]> {
    return this.#calls.call('count_dead_letters($1::jsonb)', [filterOf(filter)]);
  }

  async deadLetter(id: string): Promise<DeadLetterRecord | null> {
    return isKey(id) ? this.#calls.call('dead_letter($1::bigint)', [id]) : null;
  }

  async listConflicts(status: 'open' | 'closed', page: PageQuery): Promise<Page<ConflictRecord>> {
    const [at, id] = placeOf(page, [isInstant, isText]) ?? [null, null];
    const rows = await this.#calls.call<ConflictRecord[]>('list_conflicts($1, $2::timestamptz, $3, $4)', [
      status === 'open',
      at,
      id,
      roomOf(page.limit) + 1,
    ]);
    return pageOf(
      rows,
      page,
      (conflict) => conflict,
      ({ opened_at, closed_at, conflict_id }) => [closed_at ?? opened_at, conflict_id],
    );
  }

  conflict(id: string): Promise<ConflictRecord | null> {
    return this.#calls.call('conflict($1)', [id]);
  }

  versionBefore(contactId: ContactId, version: number): Promise<KnownVersion | null> {
    return this.#calls.call('version_before($1::bigint, $2::bigint)', [contactId, version]);
  }

  versions(contactId: ContactId, version: number): Promise<readonly KnownVersion[]> {
    return this.#calls.call('versions_of($1::bigint, $2::bigint)', [contactId, version]);
  }

  async timeline(contactId: ContactId, page: PageQuery): Promise<Page<TimelineFact>> {
    const [at, kind, id] = placeOf(page, [isInstant, isText, isText]) ?? [null, null, null];
    const rows = await this.#calls.call<FactRow[]>('timeline($1::bigint, $2::timestamptz, $3, $4, $5)', [
      contactId,
      at,
      kind,
      id,
      roomOf(page.limit) + 1,
    ]);
    return pageOf(rows, page, factOf, (row) => [row.at, row.kind, row.id]);
  }

  receipts(contactId: ContactId): Promise<readonly Receipt[]> {
    return this.#calls.call('receipts_of($1::bigint, $2::text[])', [contactId, TARGETS]);
  }

  latest(limit: number): Promise<readonly Receipt[]> {
    return this.#calls.call('latest($1)', [roomOf(limit)]);
  }

  flow(since: string, stretch_s: number): Promise<readonly FlowPoint[]> {
    return this.#calls.call('flow($1::timestamptz, $2::interval)', [since, `${Math.max(1, stretch_s)} seconds`]);
  }

  beginAction(action: NewAction): Promise<Begun> {
    const { kind, subjects, by, via, reason, key, digest } = action;
    const kept = {
      kind,
      subjects: subjects.slice(0, MAX_SUBJECTS).map((subject) => subject.slice(0, MAX_NAME)),
      by: by.slice(0, MAX_NAME),
      via,
      reason: reason?.slice(0, MAX_REASON) ?? null,
      // Of any length and of any characters; and nobody has to read them.
      key: key === null ? null : hashOf(key),
      digest: hashOf(digest),
    };
    return this.#calls.call('begin_action($1::jsonb, $2::interval)', [jsonOf(kept), PATIENCE]);
  }

  async endAction(actionId: string, outcome: 'done' | 'failed', result: unknown): Promise<void> {
    if (!isKey(actionId)) return;
    // As text: NUL and half a surrogate pair are escapes in it, and stay as they are.
    await this.#calls.call('end_action($1::bigint, $2, $3)', [actionId, outcome, JSON.stringify(result) ?? 'null']);
  }

  async actions(subject: string | null, page: PageQuery): Promise<Page<Action>> {
    const [after = null] = placeOf(page, [isKey]) ?? [];
    const rows = await this.#calls.call<Action[]>('actions_of($1, $2::bigint, $3)', [
      subject,
      after,
      roomOf(page.limit) + 1,
    ]);
    return pageOf(
      rows,
      page,
      (action) => action,
      ({ action_id }) => [action_id],
    );
  }
}

const filterOf = ({ status = 'open', ...rest }: DeadLetterFilter): string => jsonOf({ status, ...rest });

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
