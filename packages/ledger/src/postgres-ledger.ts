import type { ContactId } from '@contact-sync/contact';
import {
  type Change,
  type CommitResult,
  type ConflictEvent,
  type ContactCommit,
  type ContactState,
  type DeadLetter,
  type Delivery,
  type HistoryRow,
  type InboxEntry,
  type KnownVersion,
  type Ledger,
  type LedgerStatus,
  type LinkedRecord,
  type NewDeadLetter,
  type OpenConflict,
  type RecordId,
  type Rejection,
  type Snapshot,
  type Standings,
  type StandingsQuery,
  SYSTEMS,
  type System,
  TARGETS,
  type Target,
  type Unappended,
} from '@contact-sync/sync';
import { type Calls, isKey } from './calls.ts';
import { install } from './install.ts';
import { jsonOf, planOf } from './plan.ts';

/** The state of a contact as `contacts()` writes it: the head is named by its key among the versions. */
interface StateRow extends Omit<ContactState, 'head' | 'versions'> {
  readonly head: Pick<KnownVersion, 'version' | 'content_hash'>;
  readonly versions: readonly KnownVersion[] | null;
}

/** Every method is one statement that calls one function of `sql/`; the results are JSON that those functions wrote. */
export class PostgresLedger implements Ledger {
  readonly #calls: Calls;
  readonly #storm: number;

  /** @param storm so many accepted versions of a contact within a minute brake its deliveries */
  constructor(calls: Calls, storm: number) {
    this.#calls = calls;
    this.#storm = storm;
  }

  install(): Promise<void> {
    return this.#calls.guarded(() => install(this.#calls.pool));
  }

  async receive(system: System, changes: readonly Change[], cursor: string | null): Promise<readonly RecordId[]> {
    if (changes.length === 0 && cursor === null) return [];
    const rows = changes.map(({ key, record_id, record }) => ({
      key,
      record_id,
      contact_id: record.contact_id,
      record: JSON.stringify(record),
    }));
    return this.#calls.call<RecordId[]>('receive($1, $2::jsonb, $3)', [system, jsonOf(rows), cursor]);
  }

  async cursor(system: System): Promise<string | null> {
    const { pool } = this.#calls;
    const { rows } = await this.#calls.guarded(() =>
      pool.query<{ cursor: string | null }>('select cursor from contact_sync_ledger.systems where system = $1', [
        system,
      ]),
    );
    return rows[0]?.cursor ?? null;
  }

  linked(system: System, after: RecordId, limit: number): Promise<readonly LinkedRecord[]> {
    return this.#calls.call('linked($1, $2, $3)', [system, after, limit]);
  }

  claimComparison(system: System, every_ms: number): Promise<boolean> {
    return this.#calls.call('claim_comparison($1, $2::interval)', [system, interval(every_ms)]);
  }

  async releaseComparison(system: System): Promise<void> {
    await this.#calls.call('release_comparison($1)', [system]);
  }

  async snapshot(system: System, recordIds: readonly RecordId[], claimed: readonly ContactId[]): Promise<Snapshot> {
    const found = await this.#calls.call<{
      inbox: InboxEntry[];
      links: Record<RecordId, ContactId>;
      contacts: StateRow[];
    }>('snapshot($1, $2::text[], $3::bigint[])', [system, recordIds, claimed]);
    return { inbox: found.inbox, links: new Map(Object.entries(found.links)), contacts: states(found.contacts) };
  }

  async contacts(contactIds: readonly ContactId[]): Promise<ReadonlyMap<ContactId, ContactState>> {
    return states(await this.#calls.call<StateRow[]>('contacts($1::bigint[])', [contactIds]));
  }

  async commit(commits: readonly ContactCommit[], rejections: readonly Rejection[]): Promise<CommitResult> {
    if (commits.length + rejections.length === 0) return { lost: new Set(), letters: [], overtaken: [] };
    const done = await this.#calls.call<{
      lost: ContactId[];
      letters: DeadLetter[];
      overtaken: CommitResult['overtaken'];
    }>('commit($1::jsonb)', [jsonOf(planOf(commits, rejections, TARGETS))]);
    return { ...done, lost: new Set(done.lost) };
  }

  unappended(contactIds: readonly ContactId[] | null, older_than_ms: number, limit: number): Promise<Unappended> {
    return this.#calls.call('unappended($1::bigint[], $2::interval, $3)', [contactIds, interval(older_than_ms), limit]);
  }

  async markAppended({ rows, events }: Unappended): Promise<void> {
    const keys = rows.map(({ contact_id, version, content_hash }: HistoryRow) => ({
      contact_id,
      version,
      content_hash,
    }));
    const ids = events.map(({ event_id }: ConflictEvent) => event_id);
    await this.#calls.call('mark_appended($1::jsonb, $2::text[])', [JSON.stringify(keys), ids]);
  }

  deliverable(
    target: Target,
    contactIds: readonly ContactId[],
    fill: number,
    braked = false,
  ): Promise<readonly Delivery[]> {
    const storm = braked ? null : this.#storm;
    return this.#calls.call('deliverable($1, $2::bigint[], $3, $4)', [target, contactIds, fill, storm]);
  }

  delivered(target: Target, receipts: Parameters<Ledger['delivered']>[1]): Promise<readonly ContactId[]> {
    return this.#calls.call('delivered($1, $2::jsonb)', [target, jsonOf(receipts)]);
  }

  bury(letters: readonly NewDeadLetter[]): Promise<readonly DeadLetter[]> {
    return this.#calls.call('bury($1::jsonb)', [jsonOf(letters)]);
  }

  pending(target: Target, older_than_ms: number, limit: number): Promise<readonly ContactId[]> {
    return this.#calls.call('pending($1, $2::interval, $3, $4)', [target, interval(older_than_ms), limit, this.#storm]);
  }

  pendingInbox(system: System, older_than_ms: number, limit: number): Promise<readonly RecordId[]> {
    return this.#calls.call('pending_inbox($1, $2::interval, $3)', [system, interval(older_than_ms), limit]);
  }

  deadLetters(filter: Parameters<Ledger['deadLetters']>[0] = {}): Promise<readonly DeadLetter[]> {
    const { ids, queue, contact_ids } = filter;
    return this.#calls.call('dead_letters($1::bigint[], $2, $3::bigint[])', [
      ids?.filter(isKey) ?? null,
      queue ?? null,
      contact_ids ?? null,
    ]);
  }

  async closeDeadLetters(ids: readonly string[], status: string, by: string): Promise<void> {
    await this.#calls.call('close_dead_letters($1::bigint[], $2, $3)', [ids.filter(isKey), status, by]);
  }

  closeAnswered(): Promise<number> {
    return this.#calls.call('close_answered()', []);
  }

  conflicts(ids?: readonly string[]): Promise<readonly OpenConflict[]> {
    return this.#calls.call('conflicts($1::text[])', [ids ?? null]);
  }

  status(): Promise<LedgerStatus> {
    return this.#calls.call('status($1::text[])', [SYSTEMS]);
  }

  standings({ contact_ids, since, after, limit }: StandingsQuery): Promise<Standings> {
    return this.#calls.call('standings($1::bigint[], $2::timestamptz, $3::bigint, $4)', [
      contact_ids ?? null,
      since ?? null,
      after ?? null,
      limit,
    ]);
  }

  async close(): Promise<void> {
    await this.#calls.pool.end();
  }
}

const interval = (ms: number): string => `${ms} milliseconds`;

function states(rows: readonly StateRow[]): Map<ContactId, ContactState> {
  return new Map(
    rows.map((row) => {
      const versions = row.versions ?? [];
      const { version, content_hash } = row.head;
      const head = versions.find((known) => known.version === version && known.content_hash === content_hash);
      return [row.contact_id, { ...row, versions, head: head ?? null }];
    }),
  );
}
