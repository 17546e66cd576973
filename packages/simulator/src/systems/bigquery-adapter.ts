import { batches, type CanonicalAdapter, type HistoryRow } from '@contact-sync/sync';
import { invalidRow, overStore, type Store } from '@contact-sync/system-bigquery/model';
import type { Rpc } from '../rpc.ts';
import type { BigQueryServer } from './bigquery-server.ts';
import { healthOf } from './health.ts';

const MAX_ROWS = 500;

/**
 * The code of the real adapter over the rows of the model. BigQuery may take some rows of a request and not others, or
 * not at once: here the rows go out in two halves, so that a crash between them leaves the one.
 *
 * @param options.overlapMs how late after its recorded_at a row may become visible, in milliseconds
 */
export function bigQueryAdapter(
  { store: tables }: BigQueryServer,
  rpc: Rpc,
  options: { readonly overlapMs?: number } = {},
): CanonicalAdapter {
  const store: Store = {
    heads: (ids) => rpc('bigquery.heads', () => tables.heads(ids)),
    history: (ids) => rpc('bigquery.history', () => tables.history(ids)),
    scan: (from, limit) => rpc('bigquery.scan', () => tables.scan(from, limit)),
    edits: (page) => rpc('bigquery.changes', () => tables.edits(page)),
    async append(rows) {
      const refused: string[] = [];
      for (const part of batches(rows, MAX_ROWS).flatMap(halves))
        refused.push(...(await rpc('bigquery.append', () => tables.append(part))));
      if (refused[0] !== undefined) throw invalidRow(refused[0]);
    },
    async appendConflicts(events) {
      for (const part of batches(events, MAX_ROWS))
        await rpc('bigquery.appendConflicts', () => tables.appendConflicts(part));
    },
  };
  return {
    ...overStore(store, options.overlapMs),
    install: () => rpc('bigquery.install', () => []),
    health: () => healthOf('bigquery', rpc),
    async close() {},
  };
}

const halves = (rows: readonly HistoryRow[]): HistoryRow[][] => batches(rows, Math.max(1, Math.ceil(rows.length / 2)));
