/** What the adapter asks of BigQuery. */
import { type Timestamp, toMicros } from '@contact-sync/contact';
import type { BucketDigest, ConflictEvent, HistoryRow } from '@contact-sync/sync';
import { z } from 'zod';
import { stream, streamConflict, streamRow } from './append.ts';
import { readDigest } from './buckets.ts';
import type { Client } from './client.ts';
import { micros, readRow } from './read-row.ts';
import type { Row } from './rows.ts';
import type { Sql } from './sql.ts';

/** Rows that the hub did not append. */
export interface Edits {
  /** In the order of (recorded_us, key). `key`: a digest of the row. */
  readonly edits: readonly { readonly key: string; readonly row: Row }[];
  /** When they were looked for, by BigQuery's clock. */
  readonly asked: Timestamp;
}

/** Each method is one query; what is appended goes out in as few requests as it fits. Ids are decimal INT64s. */
export interface Store {
  heads(ids: readonly string[]): Promise<readonly Row[]>;
  /** Every row of these contacts, those appended twice twice. */
  history(ids: readonly string[]): Promise<readonly Row[]>;
  /** Heads in the order of their ids. @param from the first id */
  scan(from: string, limit: number): Promise<readonly Row[]>;
  /** What stands in each bucket that holds a head; left out by models that compute nothing. */
  digests?(): Promise<readonly BucketDigest[]>;
  /** As {@link scan}, of the buckets with these three hexadecimal digits; there where {@link digests} is. */
  scanBuckets?(buckets: readonly string[], from: string, limit: number): Promise<readonly Row[]>;
  /** Those recorded at or after `since` that come after (`after`, `after_key`). */
  edits(page: { since: Timestamp; after: Timestamp; after_key: string; limit: number }): Promise<Edits>;
  append(rows: readonly HistoryRow[]): Promise<void>;
  appendConflicts(events: readonly ConflictEvent[]): Promise<void>;
}

const keyed = z.looseObject({ change_key: z.string() });
const clock = z.looseObject({ contact_id: z.null(), recorded_us: micros });

/** The store in one dataset of a project. */
export function storeIn(client: Client, sql: Sql, dataset: string): Store {
  return {
    heads: async (ids) => (await client.query(sql.text('heads'), { ids })).map(readRow),
    history: async (ids) => (await client.query(sql.text('history'), { ids })).map(readRow),
    scan: async (from, limit) => (await client.query(sql.text('scan'), { from, limit: limit.toString() })).map(readRow),
    digests: async () => (await client.query(sql.text('digests'))).map(readDigest),
    scanBuckets: async (buckets, from, limit) =>
      (await client.query(sql.text('scan_buckets'), { from, limit: limit.toString() }, { buckets })).map(readRow),

    async edits({ since, after, after_key, limit }) {
      const rows = await client.query(
        sql.text('changes'),
        { since: toMicros(since).toString(), after: toMicros(after).toString(), limit: limit.toString() },
        { after_key },
      );
      const asked = rows.map((given) => clock.safeParse(given)).find((parsed) => parsed.success);
      if (asked === undefined) throw new TypeError('changes.sql always ends with the clock');
      const edits = rows
        .filter((given) => !clock.safeParse(given).success)
        .map((given) => ({ key: keyed.parse(given).change_key, row: readRow(given) }))
        .sort((a, b) => compare(a.row.recorded_us, b.row.recorded_us) || compare(a.key, b.key));
      return { edits, asked: asked.data.recorded_us };
    },

    append: (rows) => stream(client, dataset, 'contact_versions', rows.map(streamRow)),
    appendConflicts: (events) => stream(client, dataset, 'sync_conflicts', events.map(streamConflict)),
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
