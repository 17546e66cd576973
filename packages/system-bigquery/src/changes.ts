import { fromMicros, type Timestamp, timestampSchema, toMicros } from '@contact-sync/contact';
import type { Change, Changes } from '@contact-sync/sync';
import { z } from 'zod';
import { recordOf } from './rows.ts';
import type { Store } from './store.ts';

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

/**
 * One page of edits made in BigQuery, by one query.
 * @param overlapMs how late after its recorded_at a row may become visible
 */
export async function readChanges(
  store: Store,
  text: string | null,
  limit: number,
  overlapMs: number,
): Promise<Changes> {
  const cursor = readCursor(text);
  const { edits, asked } = await store.edits({ ...cursor, limit });
  const began = cursor.began ?? asked;
  const last = edits.length < limit ? undefined : edits.at(-1);
  const next: Cursor =
    last === undefined
      ? sweepFrom(later(cursor.since, fromMicros(toMicros(began) - BigInt(overlapMs) * 1_000n)))
      : { since: cursor.since, began, after: last.row.recorded_us, after_key: last.key };
  return {
    changes: unique(edits.map(({ key, row }) => ({ key, record_id: row.contact_id, record: recordOf(row) }))),
    cursor: JSON.stringify(next),
    more: last !== undefined,
  };
}

const later = (a: Timestamp, b: Timestamp): Timestamp => (a > b ? a : b);
const unique = (changes: readonly Change[]): Change[] => [
  ...new Map(changes.map((change) => [change.key, change])).values(),
];
