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
import pg from 'pg';
import { ledgerError } from './error.ts';
import { install } from './install.ts';
import { jsonOf, planOf } from './plan.ts';

/** The state of a contact as `contacts()` writes it: the head is named by its key among the versions. */
interface StateRow extends Omit<ContactState, 'head' | 'versions'> {
  readonly head: Pick<KnownVersion, 'version' | 'content_hash'>;
  readonly versions: readonly KnownVersion[] | null;
}

/** How the ledger uses its database. */
export interface LedgerOptions {
  /** Connections at most; default 10. */
  readonly max?: number;
  /** How long to wait for a connection, in milliseconds; default 15 seconds. */
  readonly connect_ms?: number;
  /**
   * How long to wait for an answer, in milliseconds; default 60 seconds. A server that vanished without a goodbye would
   * be waited for until TCP gives up.
   */
  readonly answer_ms?: number;
}

/**
 * Opens the ledger in a Postgres database; connects when first used. Its methods throw
 *
 * - {@link OutageError} `LEDGER_UNREACHABLE`, `LEDGER_NOT_INSTALLED`, `LEDGER_DENIED`; from `install` also
 *   `LEDGER_NOT_OWNED`
 * - {@link TransientError} `LEDGER_BUSY`
 *
 * @param url `postgres://…`
 */
export function openLedger(url: string, options: LedgerOptions = {}): Ledger {
  return new PostgresLedger(
    new pg.Pool({
      connectionString: url,
      max: options.max ?? 10,
      connectionTimeoutMillis: options.connect_ms ?? 15_000,
      query_timeout: options.answer_ms ?? 60_000,
      keepAlive: true,
      application_name: 'contact-sync',
    }),
  );
}

/** Every method is one statement that calls one function of `sql/`; the results are JSON that those functions wrote. */
class PostgresLedger implements Ledger {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
    // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
    pool.on('error', () => undefined);
  }

  install(): Promise<void> {
    return guarded(() => install(this.#pool));
  }

  async receive(system: System, changes: readonly Change[], cursor: string | null): Promise<readonly RecordId[]> {
    if (changes.length === 0 && cursor === null) return [];
    const rows = changes.map(({ key, record_id, record }) => ({
      key,
      record_id,
      contact_id: record.contact_id,
      record: JSON.stringify(record),
    }));
    return this.#call<RecordId[]>('receive($1, $2::jsonb, $3)', [system, jsonOf(rows), cursor]);
  }

  async cursor(system: System): Promise<string | null> {
    const { rows } = await guarded(() =>
      this.#pool.query<{ cursor: string | null }>('select cursor from contact_sync_ledger.systems where system = $1', [
        system,
      ]),
    );
    return rows[0]?.cursor ?? null;
  }

  linked(system: System, after: RecordId, limit: number): Promise<readonly LinkedRecord[]> {
    return this.#call('linked($1, $2, $3)', [system, after, limit]);
  }

  claimComparison(system: System, every_ms: number): Promise<boolean> {
    return this.#call('claim_comparison($1, $2::interval)', [system, interval(every_ms)]);
  }

  async releaseComparison(system: System): Promise<void> {
    await this.#call('release_comparison($1)', [system]);
  }

  async snapshot(system: System, recordIds: readonly RecordId[], claimed: readonly ContactId[]): Promise<Snapshot> {
    const found = await this.#call<{
      inbox: InboxEntry[];
      links: Record<RecordId, ContactId>;
      contacts: StateRow[];
    }>('snapshot($1, $2::text[], $3::bigint[])', [system, recordIds, claimed]);
    return { inbox: found.inbox, links: new Map(Object.entries(found.links)), contacts: states(found.contacts) };
  }

  async contacts(contactIds: readonly ContactId[]): Promise<ReadonlyMap<ContactId, ContactState>> {
    return states(await this.#call<StateRow[]>('contacts($1::bigint[])', [contactIds]));
  }

  async commit(commits: readonly ContactCommit[], rejections: readonly Rejection[]): Promise<CommitResult> {
    if (commits.length + rejections.length === 0) return { lost: new Set(), letters: [], overtaken: [] };
    const done = await this.#call<{
      lost: ContactId[];
      letters: DeadLetter[];
      overtaken: CommitResult['overtaken'];
    }>('commit($1::jsonb)', [jsonOf(planOf(commits, rejections, TARGETS))]);
    return { ...done, lost: new Set(done.lost) };
  }

  unappended(contactIds: readonly ContactId[] | null, older_than_ms: number, limit: number): Promise<Unappended> {
    return this.#call('unappended($1::bigint[], $2::interval, $3)', [contactIds, interval(older_than_ms), limit]);
  }

  async markAppended({ rows, events }: Unappended): Promise<void> {
    const keys = rows.map(({ contact_id, version, content_hash }: HistoryRow) => ({
      contact_id,
      version,
      content_hash,
    }));
    const ids = events.map(({ event_id }: ConflictEvent) => event_id);
    await this.#call('mark_appended($1::jsonb, $2::text[])', [JSON.stringify(keys), ids]);
  }

  deliverable(target: Target, contactIds: readonly ContactId[], fill: number): Promise<readonly Delivery[]> {
    return this.#call('deliverable($1, $2::bigint[], $3)', [target, contactIds, fill]);
  }

  delivered(target: Target, receipts: Parameters<Ledger['delivered']>[1]): Promise<readonly ContactId[]> {
    return this.#call('delivered($1, $2::jsonb)', [target, jsonOf(receipts)]);
  }

  bury(letters: readonly NewDeadLetter[]): Promise<readonly DeadLetter[]> {
    return this.#call('bury($1::jsonb)', [jsonOf(letters)]);
  }

  pending(target: Target, older_than_ms: number, limit: number): Promise<readonly ContactId[]> {
    return this.#call('pending($1, $2::interval, $3)', [target, interval(older_than_ms), limit]);
  }

  pendingInbox(system: System, older_than_ms: number, limit: number): Promise<readonly RecordId[]> {
    return this.#call('pending_inbox($1, $2::interval, $3)', [system, interval(older_than_ms), limit]);
  }

  deadLetters(filter: Parameters<Ledger['deadLetters']>[0] = {}): Promise<readonly DeadLetter[]> {
    const { ids, queue, contact_ids } = filter;
    return this.#call('dead_letters($1::bigint[], $2, $3::bigint[])', [
      ids?.filter(isKey) ?? null,
      queue ?? null,
      contact_ids ?? null,
    ]);
  }

  async closeDeadLetters(ids: readonly string[], status: string, by: string): Promise<void> {
    await this.#call('close_dead_letters($1::bigint[], $2, $3)', [ids.filter(isKey), status, by]);
  }

  closeAnswered(): Promise<number> {
    return this.#call('close_answered()', []);
  }

  conflicts(ids?: readonly string[]): Promise<readonly OpenConflict[]> {
    return this.#call('conflicts($1::text[])', [ids ?? null]);
  }

  status(): Promise<LedgerStatus> {
    return this.#call('status($1::text[])', [SYSTEMS]);
  }

  standings({ contact_ids, since, after, limit }: StandingsQuery): Promise<Standings> {
    return this.#call('standings($1::bigint[], $2::timestamptz, $3::bigint, $4)', [
      contact_ids ?? null,
      since ?? null,
      after ?? null,
      limit,
    ]);
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  /** The functions write exactly the shapes that the port declares; a test holds them to it. */
  async #call<Result>(call: string, values: readonly unknown[]): Promise<Result> {
    const { rows } = await guarded(() =>
      this.#pool.query<{ result: Result }>(`select contact_sync_ledger.${call} as result`, values.map(withoutNul)),
    );
    const [row] = rows;
    if (row === undefined) throw new Error('a function call returns one row');
    return row.result;
  }
}

/** Ids come from people too: what is no bigint is no dead letter. */
const isKey = (id: string): boolean => /^[1-9]\d{0,17}$/.test(id);

/** Names and ids come from people and from jobs: Postgres fails a whole call for a NUL in one text. */
const withoutNul = (value: unknown): unknown =>
  typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : Array.isArray(value) ? value.map(withoutNul) : value;

const interval = (ms: number): string => `${ms} milliseconds`;

async function guarded<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw ledgerError(error);
  }
}

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
