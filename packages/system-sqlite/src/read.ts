/** How the hub reads. Answers are JSON text, put together here and parsed by the caller. */
import type { Database, Row } from './database.ts';

const PAGE_BYTES = 8 * 1024 * 1024;
const MOST = 10_000;

const within = (limit: number): number => Math.min(Math.max(Math.trunc(limit), 1), MOST);

/** At least one row if there is any; stops at the limit, and when there is enough. @returns the rows, and if more came */
function page(rows: IterableIterator<Row>, limit: number): { readonly rows: readonly Row[]; readonly more: boolean } {
  const taken: Row[] = [];
  let bytes = 0;
  for (const row of rows) {
    if (taken.length === limit || bytes > PAGE_BYTES) return { rows: taken, more: true };
    taken.push(row);
    bytes += String(row.record).length;
  }
  return { rows: taken, more: false };
}

export function changes(database: Database, limit: number): string {
  const size = within(limit);
  const { rows, more } = page(database.each('changes', size + 1), size);
  const entry = ({ id, record_id, record }: Row) => `{"id":"${id}","record_id":"${record_id}","record":${record}}`;
  return `{"changes":[${rows.map(entry).join(',')}],"more":${more}}`;
}

export function scan(database: Database, cursor: string | null, limit: number): string {
  const size = within(limit);
  const { rows, more } = page(database.each('scan', cursor, size + 1), size);
  const next = more ? `"${rows.at(-1)?.id}"` : null;
  return `{"records":[${rows.map(({ record }) => record).join(',')}],"cursor":${next}}`;
}

export const fetch = (database: Database, ids: string): string =>
  `[${database
    .all('fetch', ids)
    .map(({ record }) => record)
    .join(',')}]`;
