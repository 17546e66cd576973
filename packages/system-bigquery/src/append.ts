import { CONTENT_FIELDS, canonicalJson, type Json } from '@contact-sync/contact';
import {
  type ConflictEvent,
  type HistoryRow,
  PermanentError,
  type SyncError,
  TransientError,
} from '@contact-sync/sync';
import { z } from 'zod';
import type { Client } from './client.ts';
import { syncError } from './errors.ts';
import { JSON_FIELDS } from './lens.ts';

/** Source: https://cloud.google.com/bigquery/quotas#streaming_inserts (500 rows recommended, 10 MB a request). */
const MAX_ROWS = 500;
const MAX_BYTES = 8 * 1024 * 1024;

export interface StreamRow {
  readonly insertId: string;
  readonly json: Readonly<Record<string, string | boolean | null>>;
}

/** INT64 and times as text, JSON columns as JSON text: nothing goes through a double. */
export function streamRow(row: HistoryRow): StreamRow {
  const content = CONTENT_FIELDS.map((field): [string, string | null] => {
    // Content is JSON by construction: parseContent let nothing else through.
    const value = row.content?.[field] as Json | undefined;
    if (value === undefined || value === null) return [field, null];
    return [field, JSON_FIELDS.has(field) ? canonicalJson(value) : String(value)];
  });
  return {
    insertId: row.change_id,
    json: {
      change_id: row.change_id,
      contact_id: row.contact_id,
      version: row.version.toString(),
      last_updated: row.last_updated,
      last_updated_by: row.last_updated_by,
      status: row.status,
      source: row.source,
      deleted: row.content === null,
      ...Object.fromEntries(content),
      content_hash: row.content_hash,
      appended_by_hub: true,
      recorded_at: row.recorded_at,
    },
  };
}

export function streamConflict(event: ConflictEvent): StreamRow {
  return {
    insertId: event.event_id,
    json: {
      event_id: event.event_id,
      conflict_id: event.conflict_id,
      sequence: event.event_id.slice(event.event_id.lastIndexOf(':') + 1),
      contact_id: event.contact_id,
      event: event.event,
      version: event.version.toString(),
      last_updated: event.last_updated,
      candidates: JSON.stringify(event.candidates),
      chosen: event.chosen,
      decided_by: event.by,
      recorded_at: event.recorded_at,
    },
  };
}

/** Requests of at most 500 rows and 8 MB. */
export function* batches(rows: readonly StreamRow[]): Generator<StreamRow[]> {
  let batch: StreamRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = Buffer.byteLength(JSON.stringify(row)) + 1;
    if (batch.length === MAX_ROWS || (batch.length > 0 && bytes + size > MAX_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(row);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** The answer behind the client's PartialFailureError, where each bad row has its index and its field. */
const partialFailure = z.looseObject({
  response: z.looseObject({
    insertErrors: z
      .array(
        z.object({
          index: z.number(),
          errors: z.array(z.object({ reason: z.string(), location: z.string().optional() })),
        }),
      )
      .min(1),
  }),
});

/**
 * Streams rows into a table: all that BigQuery takes, bad ones or not among them.
 * @throws {PermanentError} when a row is invalid, after the others were appended
 * @throws {SyncError} when BigQuery did not take others
 */
export async function stream(
  client: Client,
  dataset: string,
  table: string,
  rows: readonly StreamRow[],
): Promise<void> {
  const failures: SyncError[] = [];
  for (const batch of batches(rows)) {
    const { invalid, stopped } = await insert(client, dataset, table, batch);
    failures.push(...invalid);
    if (stopped.length === 0) continue;
    const again = await insert(client, dataset, table, stopped);
    failures.push(...again.invalid);
    if (again.stopped.length > 0)
      failures.push(new TransientError('BIGQUERY_ROWS_NOT_TAKEN', 'BigQuery did not take some of the rows'));
  }
  const worst = failures.find((failure) => failure instanceof PermanentError) ?? failures[0];
  if (worst) throw worst;
}

/** One request. `stopped`: good rows that were not appended because of others, or for a passing reason. */
async function insert(
  client: Client,
  dataset: string,
  table: string,
  batch: readonly StreamRow[],
): Promise<{ readonly invalid: PermanentError[]; readonly stopped: StreamRow[] }> {
  try {
    const to = client.bigquery.dataset(dataset).table(table);
    await client.inTime(() => to.insert([...batch], { raw: true, skipInvalidRows: true, partialRetries: 0 }));
    return { invalid: [], stopped: [] };
  } catch (cause) {
    const parsed = partialFailure.safeParse(cause);
    if (!parsed.success) throw syncError(cause);
    const invalid: PermanentError[] = [];
    const stopped: StreamRow[] = [];
    for (const { index, errors } of parsed.data.response.insertErrors) {
      const row = batch[index];
      const bad = errors.find((error) => error.reason === 'invalid');
      if (row && !bad) stopped.push(row);
      if (bad) invalid.push(invalidRow(bad.location));
    }
    return { invalid, stopped };
  }
}

/** @param field to blame, empty where BigQuery names none */
export const invalidRow = (field = ''): PermanentError =>
  new PermanentError('BIGQUERY_INVALID_ROW', `BigQuery refuses a row for its ${field || 'form'}`, {
    ...(field ? { field } : {}),
    advice: 'If the table was changed by hand, undo that or run contact-sync init; else mend the field.',
  });
