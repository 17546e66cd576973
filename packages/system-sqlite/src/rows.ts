/** What an installation does about the rows that are there already. */
import type { DatabaseSync } from 'node:sqlite';
import type { TableMapping } from '@contact-sync/contacts-sql';
import { OutageFault } from './fault.ts';
import { quoted, render, type Sql, tableOf } from './render.ts';

/** One thing to do, and how it is announced. */
export interface Step {
  readonly what: string;
  readonly run: (db: DatabaseSync) => void;
}

/**
 * Rows that the hub has never heard of, and those that do not stand for what they did.
 *
 * @param versions the column that has them now; `null` for none
 */
export function planRows(
  db: DatabaseSync,
  sql: Sql,
  mapping: TableMapping,
  versions: string | null,
  fresh: readonly string[],
): readonly Step[] {
  const table = tableOf(mapping);
  const some = (where: string) => db.prepare(`SELECT 1 FROM ${quoted(table)} ${where} LIMIT 1`).get() !== undefined;
  const steps: Step[] = [];
  if (some(versions === null ? '' : `WHERE ${quoted(versions)} IS NULL`))
    steps.push({
      what: `tell of the rows that ${table} holds already, as of new ones`,
      run: () =>
        asHub(db, sql, () => {
          db.exec(sql.of('announce'));
          db.prepare(sql.of('tell')).run('insert', 1);
        }),
    });
  if (fresh.length > 0 && some(''))
    steps.push({
      what: `tell what ${fresh.join(', ')} of ${table} hold, and have the contacts where they are empty written anew`,
      run: () => {
        refuseUnread(db);
        const more = render(mapping, [], fresh);
        asHub(db, sql, () => {
          for (const name of ['raise', 'tell_raised', 'outrank']) db.exec(more.of(name));
          db.prepare(sql.of('tell')).run('update', 0);
        });
      },
    });
  return steps;
}

/** An edit that was kept before lacks the fields that are mapped now, as if somebody had emptied them. */
function refuseUnread(db: DatabaseSync): void {
  if (db.prepare('SELECT 1 FROM contact_sync_outbox LIMIT 1').get() === undefined) return;
  throw new OutageFault(
    'LOCAL_UNREAD_EDITS',
    'there are edits in the local database that were made under the mapping before',
    'let contact-sync read them under that mapping first, then run contact-sync init again',
  );
}

/** As the hub, within the transaction of the installation. */
export function asHub(db: DatabaseSync, sql: Sql, work: () => void): void {
  db.exec(sql.of('enter'));
  work();
  db.exec(sql.of('leave'));
}
