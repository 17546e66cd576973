import type { Changes } from '@contact-sync/sync';
import { PermanentError, type SystemRecord } from '@contact-sync/sync';
import { z } from 'zod';
import { PAGE_SIZE, type People } from './people.ts';
import { changeKey, type Person } from './person.ts';

/** How far a window reaches back before the one before it: for writes that were under way, and clocks that differ. */
const OVERLAP_MS = 60_000;

const cursorSchema = z.object({
  /** The window begins here; `null` for everything. */
  since: z.iso.datetime().nullable(),
  /** When reading the window began, by the server's clock: where the next one begins. */
  began: z.iso.datetime().nullable(),
  /** Where to go on within the window. */
  after: z.string().nullable(),
});
type Cursor = z.infer<typeof cursorSchema>;

/**
 * Reads a window of `updatedAt` in the order of ids. A feed paged by `updatedAt` itself would lose rows: cursors have
 * milliseconds, storage has microseconds. A row that moves while a window is read has an `updatedAt` in the next one.
 */
export async function poll(
  people: People,
  serverTime: () => number,
  read: (person: Person) => SystemRecord,
  cursor: string | null,
  limit: number,
): Promise<Changes> {
  const { since, began, after }: Cursor =
    cursor === null ? { since: null, began: null, after: null } : parseCursor(cursor);
  const page = await people.page({ since, after, limit: Math.max(1, Math.min(limit, PAGE_SIZE)) });
  const start = began ?? new Date(serverTime()).toISOString();
  const next: Cursor =
    page.next === null
      ? { since: new Date(Date.parse(start) - OVERLAP_MS).toISOString(), began: null, after: null }
      : { since, began: start, after: page.next };
  const changes = page.people
    .map(read)
    .sort((a, b) => (a.last_updated < b.last_updated ? -1 : 1))
    .map((record) => ({ key: changeKey(record), record_id: record.record_id, record }));
  return { changes, cursor: JSON.stringify(next), more: page.next !== null };
}

function parseCursor(text: string): Cursor {
  try {
    return cursorSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new PermanentError('TWENTY_BAD_CURSOR', 'the cursor is not one of this adapter', {
      cause,
      advice: 'clear the cursor of twenty: everything is then read once more, which changes nothing',
    });
  }
}
