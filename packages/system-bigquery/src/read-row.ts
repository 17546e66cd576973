import { contactIdSchema, fromMicros } from '@contact-sync/contact';
import { PermanentError } from '@contact-sync/sync';
import { BigQueryInt } from '@google-cloud/bigquery';
import { z } from 'zod';
import type { Row } from './rows.ts';

const int64 = z.instanceof(BigQueryInt).transform((value) => value.value);
export const micros = int64.transform((value) => fromMicros(BigInt(value)));
const text = z.string().nullable();

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
