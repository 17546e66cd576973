import type { CanonicalAdapter, Health } from '@contact-sync/sync';
import { OutageError, SyncError, skewOfDate } from '@contact-sync/sync';
import { z } from 'zod';
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

/** What is read of an answer of the client: a query for BigQuery's clock would be paid for. */
const dated = z.object({ headers: z.object({ date: z.string() }) });

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
        const table = client.bigquery.dataset(options.dataset).table('contact_versions');
        const [, answer]: readonly unknown[] = await client.ask(() => table.getMetadata());
        const answered = now();
        const date = dated.safeParse(answer).data?.headers.date;
        return { ok: true, latency_ms: answered - began, detail: null, skew_ms: skewOfDate(date, began, answered) };
      } catch (error) {
        if (!(error instanceof SyncError)) throw error;
        const advice = error instanceof OutageError && error.advice ? ` ${error.advice}` : '';
        return {
          ok: false,
          latency_ms: now() - began,
          skew_ms: null,
          detail: `${error.code}: ${error.message}.${advice}`,
        };
      }
    },
    async close() {
      // The client keeps no connection of its own open.
    },
  };
}
