/** The SQL of `sql/` for one table mapping. Loaded in the thread: Node's own modules only. */
import { readFileSync } from 'node:fs';
import type { TableMapping } from '@contact-sync/contacts-sql';

const FILES = ['01-tables', '02-triggers', '03-fragments', '04-apply', '05-read'] as const;
const JSON_FIELDS: ReadonlySet<string> = new Set(['emails', 'phones', 'llm_context']);

/** A content field that the table holds. */
export interface Column {
  readonly field: string;
  readonly column: string;
  readonly json: boolean;
}

/** The columns of a unique index that is the user's, with their collations. */
export type UniqueIndex = readonly { readonly column: string; readonly collation: string }[];

/** Statements by the names that stand above them in the .sql files. */
export interface Sql {
  readonly of: (name: string) => string;
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The table's name without the schema that it has in every SQLite file. */
export const tableOf = ({ table }: TableMapping): string => (table.startsWith('main.') ? table.slice(5) : table);

export const columnsOf = ({ columns }: TableMapping): readonly Column[] =>
  Object.entries(columns).flatMap(([field, column]) =>
    column === null ? [] : [{ field, column: column.column, json: column.holds === 'all' && JSON_FIELDS.has(field) }],
  );

/** @param unique of the table as it stands; only the triggers need them */
export function render(mapping: TableMapping, unique: readonly UniqueIndex[] = []): Sql {
  const sections = sectionsOf();
  const macros = macrosOf(mapping, unique);
  const expand = (text: string, arg: string): string =>
    text.replace(/\{\{(\w+)(?: (\w+))?\}\}/g, (_, name: string, given: string | undefined) => {
      if (name === 'x') return arg;
      const macro = macros[name];
      if (macro !== undefined) return expand(macro(given ?? ''), given ?? '');
      return expand(section(sections, name), given ?? '');
    });
  return { of: (name) => expand(section(sections, name), '') };
}

function section(sections: ReadonlyMap<string, string>, name: string): string {
  const text = sections.get(name);
  if (text === undefined) throw new Error(`no SQL is called ${name}`);
  return text;
}

/** Without the comments above each statement: SQLite keeps what follows, and it is compared with what is installed. */
function sectionsOf(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const file of FILES) {
    const text = readFileSync(new URL(`../sql/${file}.sql`, import.meta.url), 'utf8');
    for (const part of text.split(/^-- name: /m).slice(1)) {
      const [name = '', ...lines] = part.split('\n');
      while (lines[0]?.startsWith('--')) lines.shift();
      found.set(name, lines.join('\n').trimEnd());
    }
  }
  return found;
}

type Macro = (arg: string) => string;

function macrosOf(mapping: TableMapping, unique: readonly UniqueIndex[]): Readonly<Record<string, Macro>> {
  const columns = columnsOf(mapping);
  const { sync } = mapping;
  const id = quoted(mapping.id);
  const list = (one: (column: Column) => string, separator = ', ') => columns.map(one).join(separator);
  const name = ({ column }: Column) => quoted(column);
  const contents = (row: string) => list((one) => `${literal(one.field)}, ${told(`${row}.${name(one)}`, one.json)}`);
  // Cast: a blob, written past the triggers, would fail the reading of every row.
  const ranked = (row: string, record_id: string, deleted: string) =>
    `'record_id', CAST(${record_id} AS TEXT), 'contact_id', ${row}.contact_id, ` +
    `'version', CAST(${row}.version AS TEXT), 'last_updated', CAST(${row}.last_updated AS TEXT), ` +
    `'last_updated_by', CAST(${row}.last_updated_by AS TEXT), 'deleted', json(${deleted})`;
  const missing = (row: string, record_id: string) =>
    `'missing', json(coalesce((SELECT i.fields FROM contact_sync_incomplete AS i ` +
    `WHERE i.record_id = ${record_id} AND ${row}.${quoted(sync.deleted_at)} IS NULL), '[]'))`;
  const isDeleted = (row: string) => `iif(${row}.${quoted(sync.deleted_at)} IS NULL, 'false', 'true')`;
  const equal = ({ column, collation }: UniqueIndex[number]) =>
    `c.${quoted(column)} = NEW.${quoted(column)} COLLATE ${quoted(collation)}`;
  const moved = [mapping.id, sync.contact_id, ...new Set(unique.flat().map(({ column }) => column))];

  return {
    table: () => quoted(tableOf(mapping)),
    name: () => literal(tableOf(mapping)),
    id: () => id,
    contact_id: () => quoted(sync.contact_id),
    version: () => quoted(sync.version),
    last_updated: () => quoted(sync.last_updated),
    last_updated_by: () => quoted(sync.last_updated_by),
    deleted_at: () => quoted(sync.deleted_at),
    type: (column) => `{{${column}_check}}`,
    contact_id_check: () => section(sectionsOf(), 'contact_id'),
    contents: () => list((one) => `${name(one)} TEXT`, ',\n  '),
    columns: () => list(name),
    fields: () => list(({ field }) => quoted(field)),
    fields_ddl: () => list(({ field }) => `${quoted(field)} TEXT`, ',\n  '),
    given: () => list(({ field }) => `value ->> ${literal(field)}`, ',\n  '),
    assignments: () =>
      list((one) => `${name(one)} = CASE WHEN d.deleted THEN c.${name(one)} ELSE d.${quoted(one.field)} END`, ',\n  '),
    content: (row) => `json_object(${contents(row)})`,
    snapshot: (row) =>
      `json_object('record_id', CAST(${row}.${id} AS TEXT), 'contact_id', ${row}.{{contact_id}}, ` +
      `'version', CAST(coalesce(${row}.{{version}}, 0) AS TEXT), 'last_updated', CAST(${row}.{{last_updated}} AS TEXT), ` +
      `'last_updated_by', CAST(${row}.{{last_updated_by}} AS TEXT), 'deleted', json(${isDeleted(row)}), ` +
      `${missing(row, `${row}.${id}`)}, ${contents(row)})`,
    stamped: (row) =>
      `json_object(${ranked('s', 's.record_id', isDeleted(row))}, ${missing(row, 's.record_id')}, ${contents(row)})`,
    buried: (row) => `json_object(${ranked('s', 's.record_id', `'true'`)}, ${contents(row)})`,
    gone: (row) => `json_object(${ranked(row, `${row}.record_id`, `'true'`)})`,
    remembered: (row) =>
      `json_set(${row}.content, '$.record_id', CAST(s.record_id AS TEXT), '$.contact_id', s.contact_id, ` +
      `'$.version', CAST(s.version AS TEXT), '$.last_updated', CAST(s.last_updated AS TEXT), ` +
      `'$.last_updated_by', CAST(s.last_updated_by AS TEXT), '$.deleted', json('true'))`,
    differs: () => `((OLD.{{deleted_at}} IS NULL) <> (NEW.{{deleted_at}} IS NULL) OR ${list(differs, ' OR ')})`,
    vacant: (row) =>
      `CASE m.value ${list((one) => `WHEN ${literal(one.field)} THEN ${isEmpty(`${row}.${name(one)}`, one.json)}`, ' ')} ELSE 0 END`,
    collides: () =>
      [
        `c.${id} = NEW.${id}`,
        'c.{{contact_id}} = NEW.{{contact_id}}',
        ...unique.map((index) => `(${index.map(equal).join(' AND ')})`),
      ].join(' OR '),
    moves: () =>
      `(${moved.map((column) => `OLD.${quoted(column)} IS NOT NEW.${quoted(column)} COLLATE BINARY`).join(' OR ')})`,
  };
}

/**
 * A value of a user as JSON that never fails. A blob is no text, and JSON text that is none stays text: each becomes
 * something that is not valid in its field, for the hub to refuse.
 */
function told(value: string, json: boolean): string {
  if (json) {
    return (
      `json(CASE WHEN typeof(${value}) = 'blob' THEN json_quote(hex(${value})) ` +
      `WHEN json_valid(${value}) THEN ${value} ELSE json_quote(${value}) END)`
    );
  }
  return (
    `CASE typeof(${value}) WHEN 'blob' THEN json_object('blob', hex(${value})) WHEN 'null' THEN NULL ` +
    `ELSE CAST(${value} AS TEXT) END`
  );
}

/** True, never null, where a value stands for nothing: `parseContent` leaves such out. */
function isEmpty(value: string, json: boolean): string {
  const parsed = json ? `WHEN json_valid(${value}) THEN json(${value}) IN ('null', '""', '[]', '{}') ` : '';
  return `CASE WHEN typeof(${value}) = 'blob' THEN 0 ${parsed}ELSE coalesce(trim(${value}, char(9, 10, 13, 32)), '') = '' END`;
}

/** As bytes, whatever the collation of the column; JSON without its blanks. */
function differs({ column, json }: Column): string {
  const [before, after] = [`OLD.${quoted(column)}`, `NEW.${quoted(column)}`];
  const raw = `${before} IS NOT ${after} COLLATE BINARY`;
  return json ? `(${raw} AND ${told(before, true)} IS NOT ${told(after, true)})` : raw;
}
