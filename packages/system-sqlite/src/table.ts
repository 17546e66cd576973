/** What a file holds, and whether its table of contacts can be worked with. */
import type { DatabaseSync } from 'node:sqlite';
import type { TableMapping } from '@contact-sync/contacts-sql';
import { OutageFault } from './fault.ts';
import { columnsOf, quoted, tableOf, type UniqueIndex } from './render.ts';

/** The names of SQLite are the same in capitals, as far as ASCII goes. */
export const fold = (name: string): string => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

export interface Found {
  /** `table` or `trigger` or `index`, by folded name, with their SQL. */
  readonly objects: ReadonlyMap<string, { readonly type: string; readonly sql: string | null }>;
  /** Of the table of contacts, by folded name; empty where there is none. */
  readonly columns: ReadonlyMap<string, Column>;
  readonly unique: readonly UniqueIndex[];
  readonly wal: boolean;
}

interface Column {
  readonly type: string;
  readonly key: number;
  readonly generated: boolean;
}

export function inspect(db: DatabaseSync, mapping: TableMapping): Found {
  const objects = new Map(
    db
      .prepare('SELECT type, name, sql FROM sqlite_schema')
      .all()
      .map((row) => [fold(text(row.name)), { type: text(row.type), sql: row.sql === null ? null : text(row.sql) }]),
  );
  const table = tableOf(mapping);
  const columns = new Map(
    db
      .prepare('SELECT name, type, pk, hidden FROM pragma_table_xinfo(?)')
      .all(table)
      .map((row) => [
        fold(text(row.name)),
        { type: text(row.type).toUpperCase(), key: Number(row.pk), generated: Number(row.hidden) > 1 },
      ]),
  );
  const wal = db.prepare('PRAGMA journal_mode').get()?.journal_mode === 'wal';
  return { objects, columns, unique: uniqueIndexes(db, table, fold(mapping.sync.contact_id)), wal };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Expressions cannot be compared from outside: a row that is replaced by one of those is not noticed. */
function uniqueIndexes(db: DatabaseSync, table: string, contact_id: string): readonly UniqueIndex[] {
  const names = db.prepare('SELECT name FROM pragma_index_list(?) WHERE "unique" ORDER BY name').all(table);
  return names.flatMap(({ name }) => {
    if (name === 'contact_sync_contact_id') return [];
    const parts = db
      .prepare('SELECT name, coll FROM pragma_index_xinfo(?) WHERE key ORDER BY seqno')
      .all(text(name))
      .map((part) => ({ column: text(part.name), collation: text(part.coll) }));
    if (parts.some(({ column }) => column === '')) return [];
    return parts.length === 1 && fold(parts[0]?.column ?? '') === contact_id ? [] : [parts];
  });
}

const refuse = (message: string, advice: string) => new OutageFault('LOCAL_CANNOT_ADOPT', message, advice);
const IN_THE_MAPPING = 'correct the mapping of the table (MAPPING_FILE)';

/** @throws {OutageFault} when a mapping names one column for two things */
export function checkMapping(mapping: TableMapping): void {
  const columns = columnsOf(mapping).map(({ column }) => column);
  const names = [mapping.id, ...columns, ...Object.values(mapping.sync)].map(fold);
  const twice = names.find((name, n) => names.indexOf(name) !== n);
  if (twice !== undefined) throw refuse(`the column ${twice} is mapped twice`, IN_THE_MAPPING);
  if (columns.length === 0) throw refuse('no column is mapped', IN_THE_MAPPING);
}

/**
 * @param ours folded names of the columns that contact-sync added earlier
 * @throws {OutageFault} where the user's table cannot hold contacts as it is
 */
export function checkTable(db: DatabaseSync, mapping: TableMapping, found: Found, ours: ReadonlySet<string>): void {
  const table = tableOf(mapping);
  checkKey(db, mapping, found);
  for (const { column, json } of columnsOf(mapping)) {
    const there = found.columns.get(fold(column));
    if (there?.generated) throw refuse(`the column ${column} is computed and cannot be written`, IN_THE_MAPPING);
    if (there !== undefined && !json && isNumeric(there.type))
      throw refuse(
        `the column ${column} is of type ${there.type}, in which SQLite turns text that looks like a number into one`,
        'map a column of type TEXT',
      );
  }
  for (const column of Object.values(mapping.sync)) {
    if (found.columns.has(fold(column)) && !ours.has(fold(column)))
      throw refuse(
        `the table ${table} has a column ${column} that is not contact-sync's`,
        "map contact-sync's column to another name (MAPPING_FILE)",
      );
  }
}

/** https://sqlite.org/datatype3.html#determination_of_column_affinity */
const isNumeric = (type: string): boolean =>
  type.includes('INT') || !(type === '' || /CHAR|CLOB|TEXT|BLOB|ANY/.test(type));

function checkKey(db: DatabaseSync, mapping: TableMapping, found: Found): void {
  const table = tableOf(mapping);
  const listed = db.prepare('SELECT type, wr FROM pragma_table_list(?) WHERE schema = ?').get(table, 'main');
  if (listed?.type !== 'table') throw refuse(`${table} is not an ordinary table`, IN_THE_MAPPING);
  const key = found.columns.get(fold(mapping.id));
  const keys = [...found.columns.values()].filter(({ key }) => key > 0).length;
  // The key of such a table needs no index: "INTEGER PRIMARY KEY DESC" and WITHOUT ROWID have one.
  const indexed = db.prepare(`SELECT 1 FROM pragma_index_list(?) WHERE origin = 'pk'`).get(table) !== undefined;
  if (key === undefined || key.key !== 1 || keys !== 1 || key.type !== 'INTEGER' || indexed || listed.wr === 1)
    throw refuse(
      `${quoted(mapping.id)} is not the INTEGER PRIMARY KEY of ${table}`,
      'give the table a column "id INTEGER PRIMARY KEY", or map the one that it has',
    );
}
