import { randomUUID } from 'node:crypto';
import {
  type ContactId,
  type Content,
  contactId,
  contentHash,
  fromMillis,
  type Timestamp,
  timestamp,
} from '@contact-sync/contact';
import type {
  Change,
  ConflictEvent,
  ContactCommit,
  DecidedEdit,
  HistoryRow,
  Ledger,
  NewDeadLetter,
  OpenConflict,
  SystemRecord,
  Version,
} from '@contact-sync/sync';
import { testDatabase } from '@contact-sync/testkit';
import pg from 'pg';
import { expect } from 'vitest';
import { type OpenLedger, openLedger } from '../src/index.ts';

export const NOW = timestamp('2026-11-22T12:00:00Z');
export const at = (seconds: number): Timestamp => fromMillis(Date.parse('2026-11-22T11:00:00Z') + seconds * 1000);

/** A ledger in a database of its own, used by a login that owns nothing, and its owner's eye on the tables. */
export interface Rig {
  /** The owner's. */
  readonly url: string;
  /** Of a login that is a member of contact_sync_hub and nothing else. */
  readonly hubUrl: string;
  readonly ledger: OpenLedger;
  sql<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Runs it in a transaction of its own, which is rolled back unless it was committed. */
  transaction<T>(run: (client: pg.PoolClient) => Promise<T>): Promise<T>;
  /** Resolves once a statement waits for a lock that another holds. */
  blocked(): Promise<void>;
  /** Forgets everything. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

export async function rig(): Promise<Rig> {
  const database = await testDatabase();
  const owner = openLedger(database.url);
  await owner.install();
  await owner.close();
  const hub = await memberOf(database.url, 'contact_sync_hub');
  const ledger = openLedger(hub.url);
  const pool = new pg.Pool({ connectionString: database.url, options: '-c search_path=contact_sync_ledger' });
  // Dropping the database ends what is still idle.
  pool.on('error', () => undefined);
  return {
    url: database.url,
    hubUrl: hub.url,
    ledger,
    async sql<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) {
      return (await pool.query<Row>(text, [...values])).rows;
    },
    async transaction(run) {
      const client = await pool.connect();
      try {
        await client.query('begin');
        return await run(client);
      } finally {
        await client.query('rollback');
        client.release();
      }
    },
    async blocked() {
      const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      await expect.poll(async () => (await pool.query(waiting)).rowCount, { interval: 10, timeout: 5000 }).toBe(1);
    },
    async empty() {
      await pool.query(
        'truncate heads, versions, links, dead_letters, deliveries, conflicts, conflict_events, inbox, systems, receipts, actions, seals, looks, turns, alerts, alert_notices, workers, faults restart identity',
      );
    },
    async close() {
      await ledger.close();
      await pool.end();
      await hub.drop();
      await database.close();
    },
  };
}

/** A new login that is a member of this role. Roles are the whole server's: it has to be dropped. */
export async function memberOf(url: string, role: string): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const [name, password] = [`member_${randomUUID().replaceAll('-', '')}`, randomUUID()];
  const asOwner = async (sql: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await asOwner(`create role ${name} login password '${password}' in role ${role}`);
  return {
    url: Object.assign(new URL(url), { username: name, password }).href,
    drop: () => asOwner(`drop owned by ${name}; drop role ${name}`),
  };
}

/** Contact `n`, with an id that no JavaScript number holds. */
export const idOf = (n: number): ContactId => contactId(String(2n ** 53n + BigInt(n)));

/** @param title `null` for a tombstone */
export function version(contact_id: ContactId, number: number, title: string | null): Version {
  const content: Content | null = title === null ? null : { canonical_name: 'Ada', job_title: title };
  return {
    contact_id,
    version: number,
    last_updated: at(number),
    last_updated_by: 'somebody',
    content,
    content_hash: contentHash(content),
  };
}

export type Row = HistoryRow & { readonly appended: boolean };

export function row(of: Version, more: Partial<Row> = {}): Row {
  return {
    ...of,
    change_id: `${of.contact_id}:${of.version}:${of.content_hash}`,
    status: 'accepted',
    source: 'local',
    recorded_at: NOW,
    appended: true,
    ...more,
  };
}

/** A commit that changes nothing, but for what is given. */
export const commit = (
  contact_id: ContactId,
  expected_revision: number,
  more: Partial<ContactCommit> = {},
): ContactCommit => ({
  contact_id,
  expected_revision,
  head: null,
  history: [],
  held: [],
  links: [],
  conflict: null,
  closed: [],
  events: [],
  inbox_done: [],
  ...more,
});

/** Edits of the inbox as they are told when they are done. */
export const decided = (...inbox_ids: readonly string[]): readonly DecidedEdit[] =>
  inbox_ids.map((inbox_id) => ({ inbox_id, outcome: 'accepted' }));

/** The commit of a new head. */
export const headed = (of: Version, expected_revision: number, more: Partial<ContactCommit> = {}): ContactCommit =>
  commit(of.contact_id, expected_revision, { head: of, history: [row(of)], ...more });

/** Writes the first version of a contact, appended already. */
export async function born(
  ledger: Ledger,
  contact_id: ContactId,
  more: Partial<ContactCommit> = {},
  number = 1,
): Promise<Version> {
  const first = version(contact_id, number, 'first');
  const { lost } = await ledger.commit([headed(first, 0, more)], []);
  if (lost.size > 0) throw new Error('a first version is never lost');
  return first;
}

export const heldOf = <Target>(target: Target, { version: number, content_hash }: Version) => ({
  target,
  version: number,
  content_hash,
});

export const receiptOf = ({ contact_id, version: number, content_hash }: Version, record_id: string) => ({
  contact_id,
  version: number,
  content_hash,
  record_id,
});

export function recordOf(record_id: string, contact_id: ContactId | null, title = 'edited'): SystemRecord {
  return {
    record_id,
    contact_id,
    version: 2,
    last_updated: at(9),
    last_updated_by: 'somebody',
    deleted: false,
    fields: { canonical_name: 'Ada', job_title: title },
  };
}

export const change = (
  key: string,
  record_id: string,
  contact_id: ContactId | null = null,
  title = 'edited',
): Change => ({
  key,
  record_id,
  record: recordOf(record_id, contact_id, title),
});

export const failure = (more: Partial<NewDeadLetter> & Pick<NewDeadLetter, 'queue' | 'system' | 'key'>) =>
  ({
    contact_id: null,
    version: null,
    code: 'FAILED',
    field: null,
    reason: 'it did not work',
    advice: 'try something else',
    attempts: 1,
    ...more,
  }) satisfies NewDeadLetter;

export const undelivered = (of: Version, target: 'supabase' | 'local' | 'twenty', more: Partial<NewDeadLetter> = {}) =>
  failure({
    queue: `propagate-${target}`,
    system: target,
    key: of.contact_id,
    contact_id: of.contact_id,
    version: of.version,
    ...more,
  });

/** The conflict of a head with rivals of the same rank, as `decide` would open it. */
export function tied(head: Version, ...rivals: readonly Version[]): OpenConflict {
  return {
    conflict_id: `${head.contact_id}-${head.version}`,
    contact_id: head.contact_id,
    version: head.version,
    last_updated: head.last_updated,
    candidates: [head, ...rivals].map(({ content, content_hash, last_updated_by }) => ({
      system: 'local',
      record_id: null,
      content,
      content_hash,
      last_updated_by,
    })),
    events: rivals.length,
  };
}

export const eventOf = (conflict: OpenConflict, event: ConflictEvent['event']): ConflictEvent => ({
  event_id: `${conflict.conflict_id}:${conflict.events}`,
  conflict_id: conflict.conflict_id,
  contact_id: conflict.contact_id,
  event,
  version: conflict.version,
  last_updated: conflict.last_updated,
  candidates: conflict.candidates,
  chosen: null,
  by: null,
  recorded_at: NOW,
});
