import {
  CONTENT_FIELDS,
  isContactId,
  type Json,
  type Lens,
  plainJson,
  type Timestamp,
  timestamp,
} from '@contact-sync/contact';
import { BUCKETS, type BucketDigest, type Changes, type Delivery, type SystemRecord } from '@contact-sync/sync';
import { z } from 'zod';

/** For rows that were loaded with the triggers switched off: older than any edit. */
const NEVER = timestamp('0001-01-01T00:00:00Z');

const row = z.looseObject({
  record_id: z.string(),
  contact_id: z.string().nullable(),
  version: z.string().nullable(),
  last_updated: z.string().nullable(),
  last_updated_by: z.string().nullable(),
  deleted: z.boolean(),
  /** Content fields that the table did not hold when the hub last wrote the row, and that nobody has filled since. */
  missing: z.array(z.string()).default([]),
});

const changesSchema = z.object({
  changes: z.array(z.object({ id: z.string(), record_id: z.string(), record: z.unknown() })),
  more: z.boolean(),
});

const digestsSchema = z.array(
  z.object({
    bucket: z.int().min(0).lt(BUCKETS),
    records: z.int().min(1),
    digest: z.string().regex(/^[0-9a-f]{64}$/),
  }),
);

const pageSchema = z.object({ records: z.array(z.unknown()), cursor: z.string().nullable() });

/**
 * Reads a record as `contact_sync.snapshot` writes it. Values of users never make it throw: they go into `fields` as
 * they are, and `parseContent` judges them. Fields that the table did not hold when the record was told are left out: an
 * edit may be read under a later mapping, and says nothing of them.
 *
 * @throws {z.ZodError} when this is no answer of these functions
 */
export function rowToRecord(json: unknown): SystemRecord {
  const { record_id, contact_id, version, last_updated, last_updated_by, deleted, missing, ...columns } =
    row.parse(json);
  const told = CONTENT_FIELDS.filter((field) => Object.hasOwn(columns, field) && !missing.includes(field));
  return {
    record_id,
    contact_id: contact_id !== null && isContactId(contact_id) ? contact_id : null,
    version: numberOf(version),
    last_updated: instant(last_updated),
    last_updated_by: last_updated_by ?? 'unknown',
    deleted,
    ...(missing.length > 0 ? { incomplete: true } : {}),
    fields: Object.fromEntries(told.map((field) => [field, plainJson(columns[field])])),
  };
}

/** A version column may hold anything where somebody wrote it past the triggers: what is no number is NaN, and refused. */
const numberOf = (text: string | null): number =>
  text !== null && /^-?\d{1,19}$/.test(text) ? Number(text) : Number.NaN;

function instant(text: string | null): Timestamp {
  try {
    return timestamp(text ?? '');
  } catch {
    return NEVER;
  }
}

/** The answer of `contact_sync_changes(max)`. Keys are outbox ids. @throws {z.ZodError} */
export function parseChanges(json: unknown): Changes {
  const { changes, more } = changesSchema.parse(json);
  return {
    changes: changes.map(({ id, record_id, record }) => ({ key: id, record_id, record: rowToRecord(record) })),
    cursor: null,
    more,
  };
}

/** The answer of `contact_sync_fetch(ids)`. @throws {z.ZodError} */
export const parseRecords = (json: unknown): readonly SystemRecord[] =>
  z.array(z.unknown()).parse(json).map(rowToRecord);

/** The answer of `contact_sync_digests()`. @throws {z.ZodError} */
export const parseDigests = (json: unknown): readonly BucketDigest[] => digestsSchema.parse(json);

/** The answer of `contact_sync_scan(after, max)` or `contact_sync_scan_buckets(buckets, after, max)`. @throws {z.ZodError} */
export function parsePage(json: unknown): {
  readonly records: readonly SystemRecord[];
  readonly cursor: string | null;
} {
  const { records, cursor } = pageSchema.parse(json);
  return { records: records.map(rowToRecord), cursor };
}

/** Ids that a text of Postgres can hold. Others name no record, and a call that held one would fail for all. */
export const storableIds = (ids: readonly string[]): readonly string[] =>
  ids.filter((id) => id.isWellFormed() && !id.includes('\0'));

/** One element of the argument of `contact_sync_apply(rows)`. */
export type DeliveryRow = Readonly<Record<string, Json>>;

/** The functions take a record id that is not one of their table's for none: the row is then found by its contact_id. */
export function deliveryToRow(delivery: Delivery, lens: Lens): DeliveryRow {
  return {
    ...(delivery.content === null ? {} : lens.toRecord(delivery.content)),
    contact_id: delivery.contact_id,
    record_id: delivery.record_id,
    version: String(delivery.version),
    last_updated: delivery.last_updated,
    last_updated_by: delivery.last_updated_by,
    deleted: delivery.content === null,
  };
}
