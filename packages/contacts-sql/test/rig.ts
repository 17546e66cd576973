import { type ContactId, type Content, contactId, contentHash, type Timestamp, timestamp } from '@contact-sync/contact';
import type { ApplyOutcome, BucketDigest, Change, Delivery, InstallStep, SystemRecord } from '@contact-sync/sync';
import { type TestDatabase, testDatabase } from '@contact-sync/testkit';
import pg from 'pg';
import {
  contactsSql,
  DEFAULT_MAPPING,
  deliveryToRow,
  installContacts,
  lensFor,
  parseChanges,
  parseDigests,
  parseOutcomes,
  parsePage,
  parseRecords,
  type TableMapping,
} from '../src/index.ts';

export const T0 = timestamp('2024-05-01T12:00:00.123456Z');
export const T1 = timestamp('2024-05-01T12:00:00.123457Z');

/** A database with the schema, as the hub and as its users see it. */
export interface Rig {
  readonly url: string;
  /** A user's statement. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  apply(...deliveries: readonly Delivery[]): Promise<readonly ApplyOutcome[]>;
  /** What each delivery came to, by contact id. */
  outcomes(...deliveries: readonly Delivery[]): Promise<Readonly<Record<string, string>>>;
  changes(limit?: number): Promise<readonly Change[]>;
  /** Reads the outbox and forgets it. */
  drain(): Promise<readonly Change[]>;
  fetch(...ids: readonly string[]): Promise<readonly SystemRecord[]>;
  scan(cursor: string | null, limit: number): ReturnType<typeof parsePage> extends infer P ? Promise<P> : never;
  digests(): Promise<readonly BucketDigest[]>;
  scanBuckets(buckets: readonly number[], cursor: string | null, limit: number): ReturnType<Rig['scan']>;
  /** What `init` does or would do. @returns its steps */
  install(mapping: TableMapping, options?: { dryRun: boolean }): Promise<readonly string[]>;
  another(): Promise<pg.Client>;
  close(): Promise<void>;
}

/** Databases that were used and emptied: making one costs more than most tests do. */
const emptied: TestDatabase[] = [];

/** Whoever is still connected is sent away, and everything but the system's own goes. */
async function empty(database: TestDatabase): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query(`
      select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid();
      do $$
      declare
        name text;
      begin
        for name in select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' loop
          execute format('drop schema %I cascade', name);
        end loop;
      end $$;
      create schema public;
      grant usage on schema public to public`);
  } finally {
    await client.end();
  }
}

/** @param foreign SQL of the tables that were there before; with it nothing is installed yet */
export async function rig(foreign?: string): Promise<Rig> {
  const database: TestDatabase = emptied.pop() ?? (await testDatabase());
  const clients: pg.Client[] = [];
  const another = async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    clients.push(client);
    return client;
  };
  const client = await another();
  await client.query(foreign ?? contactsSql());
  let lens = lensFor(DEFAULT_MAPPING);
  const answer = async (call: string, values: readonly unknown[]) => {
    const { rows } = await client.query<{ answer: unknown }>(`select public.${call} as answer`, [...values]);
    return rows[0]?.answer;
  };
  const self: Rig = {
    url: database.url,
    another,
    async sql<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) {
      return (await client.query<Row>(text, [...values])).rows;
    },
    async install(mapping, { dryRun } = { dryRun: false }) {
      lens = lensFor(mapping);
      const query = async (text: string, values?: readonly unknown[]) => {
        const result = await (values === undefined ? client.query(text) : client.query(text, [...values]));
        return result.rows;
      };
      const steps: readonly InstallStep[] = await installContacts(query, mapping, {
        dryRun,
        system: 'the database',
        prefix: 'SQL',
      });
      return steps.map(({ what }) => what);
    },
    apply: async (...deliveries) => applyWith(client, deliveries, lens),
    outcomes: async (...deliveries) =>
      Object.fromEntries((await self.apply(...deliveries)).map((row) => [row.contact_id, row.outcome])),
    changes: async (limit = 500) => parseChanges(await answer('contact_sync_changes($1)', [limit])).changes,
    async drain() {
      const changes = await self.changes();
      await answer('contact_sync_ack($1)', [JSON.stringify(changes.map(({ key }) => key))]);
      return changes;
    },
    fetch: async (...ids) => parseRecords(await answer('contact_sync_fetch($1)', [JSON.stringify(ids)])),
    scan: async (cursor, limit) => parsePage(await answer('contact_sync_scan($1, $2)', [cursor, limit])),
    digests: async () => parseDigests(await answer('contact_sync_digests()', [])),
    scanBuckets: async (buckets, cursor, limit) =>
      parsePage(await answer('contact_sync_scan_buckets($1, $2, $3)', [JSON.stringify(buckets), cursor, limit])),
    async close() {
      await Promise.all(clients.map((one) => one.end()));
      await empty(database);
      emptied.push(database);
    },
  };
  return self;
}

export async function applyWith(
  client: pg.Client,
  deliveries: readonly Delivery[],
  lens = lensFor(DEFAULT_MAPPING),
): Promise<readonly ApplyOutcome[]> {
  const rows = JSON.stringify(deliveries.map((delivery) => deliveryToRow(delivery, lens)));
  const answer = await client.query<{ answer: unknown }>('select public.contact_sync_apply($1) as answer', [rows]);
  return parseOutcomes(answer.rows[0]?.answer, 'the database');
}

/** Version 1 of a contact that the hub says is Ada, unless told otherwise. */
export function delivery(
  id: string,
  { content = { canonical_name: 'Ada' }, ...rest }: Partial<Omit<Delivery, 'contact_id' | 'content_hash'>> = {},
): Delivery {
  const contact_id: ContactId = contactId(id);
  const last_updated: Timestamp = T0;
  return {
    contact_id,
    content,
    content_hash: contentHash(content),
    version: 1,
    last_updated,
    last_updated_by: 'hub',
    record_id: null,
    held: null,
    ...rest,
  };
}

export const named = (canonical_name: string): Content => ({ canonical_name });
