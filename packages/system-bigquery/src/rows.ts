import {
  CONTENT_FIELDS,
  type ContactId,
  type ContentField,
  contentHash,
  type Fields,
  type Json,
  MAX_VERSION,
  parseContent,
  plainJson,
  type Timestamp,
} from '@contact-sync/contact';
import { type HistoryRow, SYSTEMS, type SystemRecord } from '@contact-sync/sync';
import { JSON_FIELDS } from './lens.ts';

/** What columns.sql selects. Only keys and marks were checked: content is for parseContent to judge. */
export interface Row {
  readonly change_id: string | null;
  readonly contact_id: ContactId;
  /** A whole number, which may be too large for a version. */
  readonly version: string;
  readonly last_updated_us: Timestamp;
  readonly last_updated_by: string | null;
  readonly row_status: string;
  readonly source: string | null;
  readonly is_deleted: boolean;
  readonly by_hub: boolean;
  readonly recorded_us: Timestamp;
  /** Each field of the content has a column: text, or the text of its JSON. */
  readonly [column: string]: unknown;
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
  if (!JSON_FIELDS.has(field)) return plainJson(value);
  try {
    return plainJson(JSON.parse(value));
  } catch {
    return plainJson(value);
  }
}
