import type { Page, PageQuery } from '@contact-sync/sync';

/** No page is larger: what is asked for comes from people's programs. */
const MAX_LIMIT = 1_000;

/** Whether a text is one that Postgres takes for a value of some type. */
type Form = (text: string) => boolean;

/** How many a page has room for. */
export const roomOf = (limit: number): number => Math.min(MAX_LIMIT, Math.max(1, Math.trunc(limit) || 1));

/**
 * Where a list goes on, as {@link Page.next} tells it: opaque to who hands it back, and read as data that anybody may
 * have written.
 *
 * @param forms what each of its texts has to be
 * @returns `null`, where the first page is, for whatever is none
 */
export function placeOf({ after }: PageQuery, forms: readonly Form[]): readonly string[] | null {
  if (after === undefined || after.length > 4_000) return null;
  const place = parsed(Buffer.from(after, 'base64url').toString());
  if (!Array.isArray(place) || place.length !== forms.length) return null;
  const fits = (part: unknown, index: number): part is string =>
    typeof part === 'string' && forms[index]?.(part) === true;
  return place.every(fits) ? place : null;
}

/**
 * A page of rows, of which one more was asked for than it has room for.
 *
 * @param place what tells a row from all others in the order of the list
 */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  { limit }: PageQuery,
  item: (row: Row) => Item,
  place: (row: Row) => readonly string[],
): Page<Item> {
  const shown = rows.slice(0, roomOf(limit));
  const last = shown.at(-1);
  return {
    items: shown.map(item),
    next: rows.length > shown.length && last !== undefined ? cursorOf(place(last)) : null,
  };
}

const cursorOf = (place: readonly string[]): string => Buffer.from(JSON.stringify(place)).toString('base64url');

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Any text that a database can hold. */
export const isText: Form = (text) => !text.includes('\0');

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?[+-](0\d|1[0-4])(:[0-5]\d)?$/;

/** As Postgres writes a `timestamptz` into JSON: a day of the calendar, and microseconds, which no `Date` has. */
export const isInstant: Form = (text) => {
  const local = text.slice(0, 19);
  const read = INSTANT.test(text) ? new Date(`${local}Z`) : null;
  return read !== null && !Number.isNaN(read.getTime()) && read.toISOString().startsWith(local);
};
