/**
 * What an installation does where a mapping holds more, or less, of a contact than the one before. Edits that wait to be
 * read do not name the new fields, which says nothing of them.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { TableMapping } from '@contact-sync/contacts-sql';
import { OutageFault } from './fault.ts';
import { quoted, type Sql, tableOf } from './render.ts';
import { asHub, type Step } from './rows.ts';
import { type Found, fold } from './table.ts';

interface Held {
  readonly column: string;
  readonly holds: string;
}

/** A mapping's columns, as the installation before noted them. */
export type Columns = readonly (readonly [field: string, held: Held | null])[];

interface Remapped {
  readonly field: string;
  readonly was: Held | null;
  readonly now: Held | null;
}

/** Fields that are held in another column than before, in another form, or only now, or not any more. */
const remapped = (before: Columns, mapping: TableMapping): readonly Remapped[] => {
  const old = new Map(before);
  return Object.entries(mapping.columns).flatMap(([field, now]) => {
    const was = old.get(field) ?? null;
    const same = was?.holds === now?.holds && fold(was?.column ?? '') === fold(now?.column ?? '');
    return same ? [] : [{ field, was, now }];
  });
};

/** @throws {OutageFault} where a column's values would be read as what they are not */
export function planGrowth(
  db: DatabaseSync,
  sql: Sql,
  mapping: TableMapping,
  found: Found,
  before: Columns,
): readonly Step[] {
  const table = tableOf(mapping);
  const changed = remapped(before, mapping);
  const respelled = changed.filter(({ was, now }) => was !== null && now !== null && was.holds !== now.holds);
  for (const { field, was, now } of respelled)
    if (now !== null && fold(was?.column ?? '') === fold(now.column) && found.columns.has(fold(now.column)))
      refuseFilled(db, table, field, now.column);

  const fresh = changed.flatMap(({ field, now }) => (now === null ? [] : [{ field, column: now.column }]));
  const forget = () => {
    for (const name of ['trim_incomplete', 'forget_complete']) db.exec(sql.of(name));
  };
  if (fresh.length === 0) {
    const lacking = found.objects.has('contact_sync_incomplete') && has(db, 'contact_sync_incomplete');
    const gone = changed.map(({ field }) => field).join(', ');
    return lacking && gone !== '' ? [{ what: `forget which rows of ${table} lack ${gone}`, run: forget }] : [];
  }
  const columns = fresh.map(({ column }) => column).join(', ');
  const fields = JSON.stringify(fresh.map(({ field }) => field));
  return [
    {
      what: `tell what ${columns} of ${table} hold, and note the rows where they are empty, to have them completed`,
      run: () => {
        if (respelled.length > 0) refuseUnread(db);
        asHub(db, sql, () => {
          forget();
          for (const name of ['raise', 'note_incomplete']) db.prepare(sql.of(name)).run(fields);
          db.exec(sql.of('tell_grown'));
        });
      },
    },
  ];
}

const has = (db: DatabaseSync, table: string, where = ''): boolean =>
  db.prepare(`SELECT 1 FROM ${quoted(table)} ${where} LIMIT 1`).get() !== undefined;

/** The first of a list is no list, and the list is not its first. */
function refuseFilled(db: DatabaseSync, table: string, field: string, column: string): void {
  if (!has(db, table, `WHERE ${quoted(column)} <> ''`)) return;
  throw new OutageFault(
    'LOCAL_CANNOT_ADOPT',
    `the column ${column} holds ${field} in another form than it is now mapped to`,
    `map ${field} to another column (MAPPING_FILE)`,
  );
}

/** An edit that waits spells the field as the mapping before did, and must be neither misread nor lost. */
function refuseUnread(db: DatabaseSync): void {
  if (!has(db, 'contact_sync_outbox')) return;
  throw new OutageFault(
    'LOCAL_UNREAD_EDITS',
    'there are edits in the local database that spell a field as the mapping before did',
    'let contact-sync read them under that mapping first, then run contact-sync init again',
  );
}
