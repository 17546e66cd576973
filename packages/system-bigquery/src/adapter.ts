import type { CanonicalAdapter, Health } from '@contact-sync/sync';
import { OutageError, SyncError } from '@contact-sync/sync';
import { Client, type Connection } from './client.ts';
import { install } from './install.ts';
import { overStore } from './over-store.ts';
import { Sql } from './sql.ts';
import { storeIn } from './store.ts';

/** Where the dataset is, and how it is read. */
export interface BigQueryOptions extends Connection {
  /** How late after its recorded_at a row may become visible, in milliseconds; default 10 minutes. */
  readonly overlapMs?: number;
  /** Milliseconds since the Unix epoch. */
  readonly now?: () => number;
}

/**
 * BigQuery, the canonical store. Opens no connection before it is used. Its methods throw
 *
 * - {@link OutageError} `BIGQUERY_UNREACHABLE`, `BIGQUERY_NO_ANSWER`, `BIGQUERY_DOWN`, `BIGQUERY_DENIED`,
 *   `BIGQUERY_NOT_INSTALLED`
 * - {@link ThrottledError} `BIGQUERY_THROTTLED`
 * - {@link TransientError} `BIGQUERY_TIMEOUT`, `BIGQUERY_CONNECTION_LOST`, `BIGQUERY_FAILED`, `BIGQUERY_ROWS_NOT_TAKEN`
 * - {@link PermanentError} `BIGQUERY_INVALID_ROW`, `BIGQUERY_UNREADABLE_ROW`, `BIGQUERY_TOO_LARGE`, `BIGQUERY_REFUSED`
 */
export function createBigQuery(options: BigQueryOptions): CanonicalAdapter {
  const { overlapMs, now = Date.now } = options;
  const client = new Client(options);
  const sql = new Sql(`${options.project}.${options.dataset}`);

  return {
    ...overStore(storeIn(client, sql, options.dataset), overlapMs),
    install: ({ dry_run = false } = {}) => install(client, options, sql, dry_run),
    async health(): Promise<Health> {
      const began = now();
      try {
        await client.ask(() => client.bigquery.dataset(options.dataset).table('contact_versions').getMetadata());
        return { ok: true, latency_ms: now() - began, detail: null };
      } catch (error) {
        if (!(error instanceof SyncError)) throw error;
        const advice = error instanceof OutageError && error.advice ? ` ${error.advice}` : '';
        return { ok: false, latency_ms: now() - began, detail: `${error.code}: ${error.message}.${advice}` };
      }
    },
    async close() {
      // The client keeps no connection of its own open.
    },
  };
}
