import {
  CONTENT_FIELDS,
  type ContentField,
  contactIdSchema,
  contentHash,
  type Fields,
  fromMicros,
  type Json,
  MAX_VERSION,
  parseContent,
} from '@contact-sync/contact';
import { type HistoryRow, PermanentError, SYSTEMS, type SystemRecord } from '@contact-sync/sync';
import { BigQueryInt } from '@google-cloud/bigquery';
import { z } from 'zod';
import { JSON_FIELDS } from './lens.ts';

export const int64 = z.instanceof(BigQueryInt).transform((value) => value.value);
const micros = int64.transform((value) => fromMicros(BigInt(value)));
const text = z.string().nullable();

/** What columns.sql selects. Only keys and marks are checked here: content is for parseContent to judge. */
const row = z
  .object({
    change_id: text,
    contact_id: int64.pipe(contactIdSchema),
    version: int64,
    last_updated_us: micros,
    last_updated_by: text,
    row_status: z.string(),
    source: text,
    is_deleted: z.boolean(),
    by_hub: z.boolean(),
    recorded_us: micros,
  })
  .catchall(z.unknown());
export type Row = z.infer<typeof row>;

/** @throws {PermanentError} when somebody changed the type of a column */
export function readRow(given: unknown): Row {
  const parsed = row.safeParse(given);
  if (parsed.success) return parsed.data;
  const column = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new PermanentError('BIGQUERY_UNREADABLE_ROW', `a row cannot be read for its ${column}`, {
    field: column,
    advice: 'A column of contact_versions has another type than install gave it: undo that.',
  });
}

/** A row as a record. Content that no contact can have stays as it is: parseContent will say what is wrong with it. */
export function recordOf(given: Row): SystemRecord {
  return {
    record_id: given.contact_id,
    contact_id: given.contact_id,
    version: Number(given.version),
    last_updated: given.last_updated_us,
    last_updated_by: given.last_updated_by ?? 'bigquery',
    deleted: given.is_deleted,
    fields: fieldsOf(given),
  };
}

/**
 * A row as history, its hash computed afresh: database text is never trusted to be in normal form.
 * @returns null for a row that no accepted version can look like (an analyst's, not yet or never ingested)
 */
export function historyOf(given: Row): HistoryRow | null {
  const version = Number(given.version);
  if (version < 1 || version > MAX_VERSION) return null;
  const parsed = given.is_deleted ? null : parseContent(fieldsOf(given));
  if (parsed !== null && !parsed.ok) return null;
  const content = parsed?.content ?? null;
  const hash = contentHash(content);
  return {
    change_id: `${given.contact_id}:${version}:${hash}`,
    contact_id: given.contact_id,
    version,
    last_updated: given.last_updated_us,
    last_updated_by: given.last_updated_by ?? 'bigquery',
    content,
    content_hash: hash,
    status: given.row_status === 'superseded' ? 'superseded' : 'accepted',
    source: SYSTEMS.find((system) => system === given.source) ?? (given.by_hub ? null : 'bigquery'),
    recorded_at: given.recorded_us,
  };
}

function fieldsOf(given: Row): Fields {
  return Object.fromEntries(CONTENT_FIELDS.map((field) => [field, jsonOf(field, given[field])]));
}

/** JSON columns come as JSON text. Text that is none stays text, which is no valid list and no valid context. */
function jsonOf(field: ContentField, value: unknown): Json {
  if (typeof value !== 'string') return null;
  if (!JSON_FIELDS.has(field)) return value;
  try {
    // JSON.parse gives JSON.
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}
