/** How the hub reads. Answers are JSON text, put together here and parsed by the caller. */
import type { Database, Row } from './database.ts';

const PAGE_BYTES = 8 * 1024 * 1024;
const MOST = 10_000;

/** The most that one answer may hold. */
export const within = (limit: number): number => Math.min(Math.max(Math.trunc(limit), 1), MOST);

/** Rows of an answer, and if more came. */
export interface Page {
  readonly rows: readonly Row[];
  readonly more: boolean;
}

/** Takes at least one row if there is any, up to the limit, and until there is enough. */
export function taker(limit: number): Page & { take(row: Row): boolean } {
  const rows: Row[] = [];
  let bytes = 0;
  let more = false;
  return {
    rows,
    get more() {
      return more;
    },
    /** @returns false: there was no room for this one */
    take(row) {
      more = rows.length === limit || bytes > PAGE_BYTES;
      if (!more) rows.push(row);
      bytes += String(row.record).length;
      return !more;
    },
  };
}

function page(rows: IterableIterator<Row>, limit: number): Page {
  const taken = taker(limit);
  for (const row of rows) if (!taken.take(row)) break;
  return taken;
}

export function changes(database: Database, limit: number): string {
  const size = within(limit);
  const { rows, more } = page(database.each('changes', size + 1), size);
  const entry = ({ id, record_id, record }: Row) => `{"id":"${id}","record_id":"${record_id}","record":${record}}`;
  return `{"changes":[${rows.map(entry).join(',')}],"more":${more}}`;
}

export function scan(database: Database, cursor: string | null, limit: number): string {
  const size = within(limit);
  return pageText(page(database.each('scan', cursor, size + 1), size));
}

/** JSON: {records, cursor}. */
export function pageText({ rows, more }: Page): string {
  const next = more ? `"${rows.at(-1)?.id}"` : null;
  return `{"records":[${rows.map(({ record }) => record).join(',')}],"cursor":${next}}`;
}

export const fetch = (database: Database, ids: string): string =>
  `[${database
    .all('fetch', ids)
    .map(({ record }) => record)
    .join(',')}]`;
