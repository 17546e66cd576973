/** What is missing in a file, and adding it. */
import { DatabaseSync } from 'node:sqlite';
import type { TableMapping } from '@contact-sync/contacts-sql';
import type { Database } from './database.ts';
import { isBusy, notInstalled } from './database.ts';
import { OutageFault } from './fault.ts';
import { type Columns, planGrowth } from './growth.ts';
import { columnsOf, quoted, render, tableOf } from './render.ts';
import { asHub, planRows, type Step } from './rows.ts';
import { checkMapping, checkTable, type Found, fold, inspect } from './table.ts';

const SCHEMA_VERSION = 1;

const TABLES = [
  ['contact_sync_schema', 'create the table contact_sync_schema, which says what is installed'],
  ['contact_sync_outbox', 'create the table contact_sync_outbox for edits that the hub has not heard of'],
  ['contact_sync_tombstones', 'create the table contact_sync_tombstones for contacts that were deleted'],
  ['contact_sync_incomplete', 'create the table contact_sync_incomplete for rows that lack what the table holds since'],
  ['contact_sync_origin', 'create the table contact_sync_origin, by which the triggers know who writes'],
  ['contact_sync_replaced', 'create the table contact_sync_replaced, by which they notice REPLACE'],
] as const;

/** Nobody's data is in these between two statements: they are made anew where they are of another version. */
const TRANSIENT: ReadonlySet<string> = new Set(['contact_sync_origin', 'contact_sync_replaced']);

const TRIGGERS = [
  'contact_sync_before_insert',
  'contact_sync_insert',
  'contact_sync_before_update',
  'contact_sync_update',
  'contact_sync_delete',
] as const;

/** What was installed last. */
interface Recorded {
  readonly version: number;
  readonly mapping: string;
  readonly added: ReadonlySet<string>;
}

/** One spelling for equal mappings. `adopt` is left out: it only says how a table that is not known is met. */
const spell = ({ table, id, columns, sync }: TableMapping): string => {
  const sorted = (object: object) => Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify({
    table: fold(tableOf({ table } as TableMapping)),
    id,
    columns: sorted(columns),
    sync: sorted(sync),
  });
};

interface Spelled {
  readonly table: string;
  readonly id: string;
  readonly columns: Columns;
  readonly sync: readonly (readonly [field: string, column: string])[];
}

// Only what spell wrote is read.
const parsed = (mapping: string): Spelled => JSON.parse(mapping);

function recorded(db: DatabaseSync, sql: Database['sql']): Recorded | null {
  if (db.prepare(sql.of('installed')).get() === undefined) return null;
  const row = db.prepare(sql.of('schema')).get();
  if (row === undefined) return null;
  return {
    version: Number(row.version),
    mapping: String(row.mapping),
    // Written below, in the same form.
    added: new Set(JSON.parse(String(row.added)) as string[]),
  };
}

/** @throws {OutageFault} when the file is not as this mapping and this version need it */
export function checkInstalled(database: Database, mapping: TableMapping): void {
  const was = recorded(database.db, database.sql);
  if (was === null) throw notInstalled();
  if (was.version > SCHEMA_VERSION) throw newer();
  if (was.mapping !== spell(mapping))
    throw new OutageFault(
      'LOCAL_OTHER_MAPPING',
      'the local database was made ready for another mapping of its table',
      'run contact-sync init',
    );
}

const newer = () =>
  new OutageFault('LOCAL_NEWER', 'the local database has the tables of a newer contact-sync', 'update contact-sync');

/** True when everything is there that {@link install} would make. */
export function isIntact(database: Database, mapping: TableMapping): boolean {
  return plan(database.db, database.sql, mapping).length === 0;
}

/** @returns what was done, or would be */
export function install(database: Database, mapping: TableMapping, dryRun: boolean): readonly string[] {
  const there = database.connect(!dryRun);
  if (there === null) {
    const empty = new DatabaseSync(':memory:');
    try {
      return plan(empty, database.sql, mapping).map(({ what }) => what);
    } finally {
      empty.close();
    }
  }
  if (dryRun) return plan(there, database.sql, mapping).map(({ what }) => what);
  const log = switchLog(there, database);
  const steps = database.transaction(() => {
    const planned = plan(there, database.sql, mapping);
    for (const { run } of planned) run(there);
    return planned.map(({ what }) => what);
  });
  return [...log, ...steps].filter((what, n, all) => all.indexOf(what) === n);
}

const LOG = 'switch the file to write-ahead logging, so that readers and writers do not wait for each other';

/** Only once, before the first installation: whoever switches back later has a reason. In the way of nobody. */
function switchLog(db: DatabaseSync, { sql }: Database): readonly string[] {
  if (recorded(db, sql) !== null || db.prepare('PRAGMA journal_mode').get()?.journal_mode === 'wal') return [];
  try {
    db.exec('PRAGMA journal_mode = WAL');
  } catch (error) {
    if (!isBusy(error)) throw error;
  }
  return [LOG];
}

function plan(db: DatabaseSync, sql: Database['sql'], mapping: TableMapping): readonly Step[] {
  checkMapping(mapping);
  const was = recorded(db, sql);
  if (was !== null && was.version > SCHEMA_VERSION) throw newer();
  const found = inspect(db, mapping);
  const isThere = (name: string) =>
    found.objects.has(name) && (!TRANSIENT.has(name) || found.objects.get(name)?.sql === sql.of(name));
  const steps: Step[] = TABLES.filter(([name]) => !isThere(name)).map(([name, what]) => ({
    what,
    run: () => db.exec(`DROP TABLE IF EXISTS ${name};${sql.of(name)}`),
  }));
  if (was === null && !found.wal && steps.length > 0) steps.unshift({ what: LOG, run: () => {} });
  const table = planTable(db, sql, mapping, found, was);
  steps.push(...table.steps);
  steps.push(...planTriggers(db, mapping, found));
  const added = JSON.stringify([...table.added].sort());
  if (
    was?.version !== SCHEMA_VERSION ||
    was.mapping !== spell(mapping) ||
    added !== JSON.stringify([...was.added].sort())
  )
    steps.push({
      what: 'note the version and the mapping in contact_sync_schema',
      run: () =>
        db
          .prepare(
            'INSERT OR REPLACE INTO contact_sync_schema (version, installed_at, mapping, added) VALUES (?, ?, ?, ?)',
          )
          .run(SCHEMA_VERSION, Temporal.Now.instant().toString(), spell(mapping), added),
    });
  return steps;
}

function planTable(
  db: DatabaseSync,
  sql: Database['sql'],
  mapping: TableMapping,
  found: Found,
  was: Recorded | null,
): { readonly steps: readonly Step[]; readonly added: ReadonlySet<string> } {
  const table = tableOf(mapping);
  const contents = columnsOf(mapping).map(({ column }) => column);
  const syncs = Object.values(mapping.sync);
  const old = was === null ? null : parsed(was.mapping);
  if (old !== null && (old.table !== fold(table) || fold(old.id) !== fold(mapping.id)))
    throw new OutageFault(
      'LOCAL_OTHER_TABLE',
      `this file was made ready for the table ${old.table}`,
      'go on with that table, or use another file',
    );
  if (!found.objects.has(fold(table))) {
    if (mapping.adopt)
      throw new OutageFault(
        'LOCAL_CANNOT_ADOPT',
        `there is no table ${table}`,
        'correct the path or the mapping of the table (MAPPING_FILE)',
      );
    const create = { what: `create the table ${table}`, run: () => db.exec(sql.of('own')) };
    return { steps: [create], added: new Set([mapping.id, ...contents, ...syncs].map(fold)) };
  }
  if (was === null && !mapping.adopt)
    throw new OutageFault(
      'LOCAL_TABLE_EXISTS',
      `a table ${table} exists already and is not contact-sync's`,
      'say how its columns map to contacts (MAPPING_FILE), or use another file',
    );
  const ours = was?.added ?? new Set<string>();
  checkTable(db, mapping, found, ours);
  const missing = [...contents, ...syncs].filter((column) => !found.columns.has(fold(column)));
  const steps: Step[] = missing.map((column) => ({
    what: `add the column ${column} to ${table}`,
    run: () => db.exec(`ALTER TABLE ${quoted(table)} ADD COLUMN ${quoted(column)} ${typeOf(column, mapping, sql)}`),
  }));
  const moved = (old?.sync ?? []).flatMap(([field, column]) => {
    // Fields are those of SYNC_FIELDS, for spell wrote them.
    const now = mapping.sync[field as keyof typeof mapping.sync];
    return fold(now) !== fold(column) && missing.includes(now) && found.columns.has(fold(column))
      ? [[now, column] as const]
      : [];
  });
  for (const [now, column] of moved)
    steps.push({
      what: `copy ${column} to ${now}`,
      run: () => asHub(db, sql, () => db.exec(`UPDATE ${quoted(table)} SET ${quoted(now)} = ${quoted(column)}`)),
    });
  // A table of contact-sync's own was made with a unique contact_id, unless that column was added later.
  const index = found.objects.get('contact_sync_contact_id');
  const added = mapping.adopt || missing.includes(mapping.sync.contact_id) || index !== undefined;
  if (added && index?.sql !== sql.of('contact_sync_contact_id'))
    steps.push({
      what: `create a unique index on ${mapping.sync.contact_id} of ${table}`,
      run: () => {
        db.exec('DROP INDEX IF EXISTS contact_sync_contact_id');
        db.exec(sql.of('contact_sync_contact_id'));
      },
    });
  const carried = moved.find(([now]) => now === mapping.sync.version)?.[1];
  const versions = carried ?? (missing.includes(mapping.sync.version) ? null : mapping.sync.version);
  // Before rows are announced: these are their users' word, whole.
  if (old !== null) steps.push(...planGrowth(db, sql, mapping, found, old.columns));
  steps.push(...planRows(db, sql, table, versions));
  return { steps, added: new Set([...ours, ...missing.map(fold)]) };
}

const typeOf = (column: string, { sync }: TableMapping, sql: Database['sql']): string => {
  if (column === sync.contact_id) return sql.of('contact_id');
  return column === sync.version ? 'INTEGER' : 'TEXT';
};

/** Written anew where they are not as they should be: an index of the user's, or a column, has come or gone. */
function planTriggers(db: DatabaseSync, mapping: TableMapping, found: Found): readonly Step[] {
  const sql = render(mapping, found.unique);
  return TRIGGERS.filter((name) => found.objects.get(name)?.sql !== sql.of(name)).map((name) => ({
    what: `create the trigger ${name} on ${tableOf(mapping)}`,
    run: () => {
      db.exec(`DROP TRIGGER IF EXISTS ${name}`);
      db.exec(sql.of(name));
    },
  }));
}
