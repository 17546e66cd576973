import { fromMicros, type Timestamp, timestampSchema, toMicros } from '@contact-sync/contact';
import type { Change, Changes } from '@contact-sync/sync';
import { z } from 'zod';
import type { Client } from './client.ts';
import { int64, readRow, recordOf } from './rows.ts';
import type { Sql } from './sql.ts';

const BEGINNING = fromMicros(-62_135_596_800_000_000n); // 0001-01-01, BigQuery's first instant

/**
 * Where a poll stands. A *sweep* tells everything recorded since `since`, a page at a time, in the order of
 * (recorded_at, key); the next sweep begins `overlap` before the moment this one began. A row may become visible only
 * after its recorded_at, by up to the overlap, and so behind a page that was already told: such a row was recorded less
 * than the overlap before that page was asked for, hence less than the overlap before this sweep began or later, and
 * the next sweep tells it.
 */
const cursorSchema = z.object({
  since: timestampSchema,
  /** When the running sweep began, by BigQuery's clock; null between sweeps. */
  began: timestampSchema.nullable(),
  /** The last row told in the running sweep. */
  after: timestampSchema,
  after_key: z.string(),
});
type Cursor = z.infer<typeof cursorSchema>;

const sweepFrom = (since: Timestamp): Cursor => ({ since, began: null, after: since, after_key: '' });

/** @throws {RangeError} for text that this adapter did not return */
function readCursor(text: string | null): Cursor {
  if (text === null) return sweepFrom(BEGINNING);
  try {
    return cursorSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new RangeError('not a cursor of BigQuery changes', { cause });
  }
}

const keyed = z.looseObject({ change_key: z.string() });
const clock = z.looseObject({ contact_id: z.null(), recorded_us: int64 });

/**
 * One page of edits made in BigQuery, by one query.
 * @param overlapMs how late after its recorded_at a row may become visible
 */
export async function readChanges(
  client: Client,
  sql: Sql,
  text: string | null,
  limit: number,
  overlapMs: number,
): Promise<Changes> {
  const cursor = readCursor(text);
  const rows = await client.query(
    sql.text('changes'),
    { since: toMicros(cursor.since).toString(), after: toMicros(cursor.after).toString(), limit: limit.toString() },
    { after_key: cursor.after_key },
  );
  const asked = rows.map((given) => clock.safeParse(given)).find((parsed) => parsed.success);
  if (asked === undefined) throw new TypeError('changes.sql always ends with the clock');
  const told = rows
    .filter((given) => !clock.safeParse(given).success)
    .map((given) => ({ key: keyed.parse(given).change_key, row: readRow(given) }))
    .sort((a, b) => compare(a.row.recorded_us, b.row.recorded_us) || compare(a.key, b.key));
  const began = cursor.began ?? fromMicros(BigInt(asked.data.recorded_us));
  const last = told.length < limit ? undefined : told.at(-1);
  const next: Cursor =
    last === undefined
      ? sweepFrom(later(cursor.since, fromMicros(toMicros(began) - BigInt(overlapMs) * 1_000n)))
      : { since: cursor.since, began, after: last.row.recorded_us, after_key: last.key };
  return {
    changes: unique(told.map(({ key, row }) => ({ key, record_id: row.contact_id, record: recordOf(row) }))),
    cursor: JSON.stringify(next),
    more: last !== undefined,
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const later = (a: Timestamp, b: Timestamp): Timestamp => (a > b ? a : b);
const unique = (changes: readonly Change[]): Change[] => [
  ...new Map(changes.map((change) => [change.key, change])).values(),
];
