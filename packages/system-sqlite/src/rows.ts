/** What an installation does about the rows that are there already. */
import type { DatabaseSync } from 'node:sqlite';
import { quoted, type Sql } from './render.ts';

/** One thing to do, and how it is announced. */
export interface Step {
  readonly what: string;
  readonly run: (db: DatabaseSync) => void;
}

/**
 * Rows that the hub has never heard of.
 *
 * @param versions the column that has them now; `null` for none
 */
export function planRows(db: DatabaseSync, sql: Sql, table: string, versions: string | null): readonly Step[] {
  const unheard = versions === null ? '' : `WHERE ${quoted(versions)} IS NULL`;
  if (db.prepare(`SELECT 1 FROM ${quoted(table)} ${unheard} LIMIT 1`).get() === undefined) return [];
  return [
    {
      what: `tell of the rows that ${table} holds already, as of new ones`,
      run: () => asHub(db, sql, () => db.exec(`${sql.of('announce')};${sql.of('tell')}`)),
    },
  ];
}

/** As the hub, within the transaction of the installation. */
export function asHub(db: DatabaseSync, sql: Sql, work: () => void): void {
  db.exec(sql.of('enter'));
  work();
  db.exec(sql.of('leave'));
}
