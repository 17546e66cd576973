import { CONTENT_FIELDS, type ContentField } from '@contact-sync/contact';
import { SYNC_FIELDS, type TableMapping } from '../mapping.ts';
import { type ColumnShape, identityOf, newColumn, ownShape, PINNED_PATH, type TableShape } from '../shape.ts';
import { literal } from '../template.ts';
import type { FoundColumn, FoundTable } from './inspect.ts';

/** How a table and a mapping fit together. */
export interface Fit {
  /** Why the table cannot be used like this, each with what to do; empty: it can. */
  readonly problems: readonly string[];
  readonly shape: TableShape;
  /** Columns of the mapping that the table does not have. */
  readonly missing: readonly string[];
  /** Columns of content that are there. */
  readonly used: readonly string[];
  /** What a person should know, though it does not stand in the way. */
  readonly notes: readonly string[];
}

const COUNTED = new Set(['smallint', 'integer', 'bigint']);
const RANDOM = new Set(['uuid', 'text', 'character varying']);
/** In bytes; longer ones are cut off. Source: https://www.postgresql.org/docs/18/limits.html */
const LONGEST_NAME = 63;

/**
 * @param table `null` where there is none
 * @param added columns that contact-sync has added to it before
 * @param searchPath of whoever installs, for the triggers of an adopted table's users
 */
export function fit(
  mapping: TableMapping,
  table: FoundTable | null,
  added: readonly string[],
  searchPath: string,
): Fit {
  const problems = namesOf(mapping);
  if (table === null) {
    if (mapping.adopt) problems.push(`there is no table ${mapping.table}: correct its name in the mapping`);
    return { problems, shape: ownShape(mapping), missing: [], used: [], notes: [] };
  }
  problems.push(...tableProblems(mapping, table));
  const columns = new Map(table.columns.map((column) => [column.name, column]));
  const id = columns.get(mapping.id);
  problems.push(...idProblems(mapping, table, id));

  const content: Partial<Record<ContentField, ColumnShape>> = {};
  const used: string[] = [];
  for (const field of CONTENT_FIELDS) {
    const mapped = mapping.columns[field];
    if (mapped === null) continue;
    const column = columns.get(mapped.column);
    content[field] = column === undefined ? newColumn(field, mapped.holds) : shapeOf(field, column);
    if (column === undefined) continue;
    used.push(column.name);
    problems.push(...contentProblems(field, mapped.holds, column));
  }
  for (const field of SYNC_FIELDS) {
    const column = columns.get(mapping.sync[field]);
    const taken = mapping.adopt && column !== undefined && !added.includes(column.name);
    if (taken && !(field === 'deleted_at' && soft(column)))
      problems.push(
        `the column ${column.name} is the table's own and cannot hold ${field}: name another column for it in the mapping, one that does not exist`,
      );
    if (!mapping.adopt && column === undefined)
      problems.push(`the column ${mapping.sync[field]} is gone: bring it back`);
  }

  const shape: TableShape = {
    id: {
      type: id?.type ?? 'bigint',
      collation: id?.collation ?? null,
      kind: id !== undefined && RANDOM.has(id.type) ? 'random' : 'counted',
      fresh: id?.default ?? identityOf(mapping),
    },
    content,
    search_path: mapping.adopt ? `${searchPath.trim() === '' ? `''` : searchPath}, pg_temp` : PINNED_PATH,
  };
  const missing = [...columnsOf(mapping), ...Object.values(mapping.sync)].filter((name) => !columns.has(name));
  return { problems, shape, missing, used, notes: notesOf(mapping, table) };
}

const columnsOf = (mapping: TableMapping): readonly string[] =>
  CONTENT_FIELDS.flatMap((field) => mapping.columns[field]?.column ?? []);

const soft = (column: FoundColumn): boolean =>
  column.type === 'timestamp with time zone' && !column.not_null && !column.written_by_itself;

function namesOf(mapping: TableMapping): string[] {
  const names = [mapping.id, ...columnsOf(mapping), ...Object.values(mapping.sync)];
  const twice = new Set(names.filter((name, at) => names.indexOf(name) !== at));
  const impossible = [mapping.table, ...names].filter(
    (name) => name === '' || name.includes('\0') || (name !== mapping.table && Buffer.byteLength(name) > LONGEST_NAME),
  );
  return [
    ...[...twice].map((name) => `the mapping names the column ${name} more than once: give each its own`),
    ...impossible.map((name) => `"${name.replaceAll('\0', '')}" is no name in Postgres: it is empty or too long`),
    ...(mapping.columns.canonical_name === null ? ['canonical_name has no column: every contact needs its name'] : []),
  ];
}

const KINDS: Readonly<Record<string, string>> = {
  p: 'is partitioned',
  v: 'is a view',
  m: 'is a materialized view',
  f: 'is a foreign table',
};

function tableProblems(mapping: TableMapping, table: FoundTable): string[] {
  const { table: name } = mapping;
  if (table.kind !== 'r') return [`${name} ${KINDS[table.kind] ?? 'is no table'}: name a plain table in the mapping`];
  return [
    ...(table.temporary ? [`${name} is temporary: name a table that stays`] : []),
    ...(table.part_of_others
      ? [`${name} inherits from a table, or another from it: name a table that stands alone`]
      : []),
    ...(table.owned ? [] : [`${name} belongs to another user: run contact-sync init as the owner of the table`]),
    ...(table.hides_rows
      ? [
          `${name} hides rows from its owner: run contact-sync init as a user with bypassrls, or end FORCE ROW LEVEL SECURITY`,
        ]
      : []),
  ];
}

function idProblems(mapping: TableMapping, table: FoundTable, id: FoundColumn | undefined): string[] {
  if (table.kind !== 'r') return [];
  const { primary_key: key } = table;
  if (key.length !== 1)
    return [
      key.length === 0
        ? `${mapping.table} has no primary key: give it one, of one column`
        : `the primary key of ${mapping.table} has ${key.length} columns: only one of a single column can name a record`,
    ];
  if (id === undefined || key[0] !== id.name)
    return [`the primary key of ${mapping.table} is ${key[0]}: name this as the id in the mapping`];
  if (id.domain || !(COUNTED.has(id.type) || RANDOM.has(id.type)))
    return [`the id ${id.name} is of another type than integer, bigint, uuid or text: it cannot name a record`];
  if (id.default === null && !id.identity)
    return [`the id ${id.name} has no default: contacts of other systems need one to be inserted`];
  return [];
}

const WANTED = {
  text: { forms: ['text', 'choice'], words: 'text' },
  list: { forms: ['jsonb', 'json', 'texts'], words: 'jsonb or text[]' },
  object: { forms: ['jsonb', 'json'], words: 'jsonb' },
} as const;

function contentProblems(field: ContentField, holds: 'all' | 'first', column: FoundColumn): string[] {
  const { forms, words } = WANTED[wantedFor(field, holds)];
  const fits: readonly string[] = forms;
  const list = wantedFor(field, holds) === 'list' && column.form === 'text';
  return [
    ...(fits.includes(column.form)
      ? []
      : [
          `the column ${column.name} (${column.type}) cannot hold ${field}, which needs ${words}: ` +
            (list ? 'let it hold the first one only' : 'name another column for it, or none'),
        ]),
    ...(column.written_by_itself
      ? [`the column ${column.name} is generated and cannot be written: map what it is made from instead`]
      : []),
  ];
}

function wantedFor(field: ContentField, holds: 'all' | 'first'): keyof typeof WANTED {
  if (field === 'llm_context') return 'object';
  return (field === 'emails' || field === 'phones') && holds === 'all' ? 'list' : 'text';
}

/** A column that is never null holds what counts as nothing, where it can. */
function emptyOf(field: ContentField, form: FoundColumn['form']): string | null {
  if (form === 'text') return literal('');
  if (form === 'texts') return literal('{}');
  if (form === 'jsonb') return literal(field === 'llm_context' ? '{}' : '[]');
  return null;
}

const shapeOf = (field: ContentField, { type, form, not_null }: FoundColumn): ColumnShape => ({
  type,
  read: form === 'text' || form === 'choice' ? 'text' : form === 'json' ? 'json' : 'plain',
  empty: not_null ? emptyOf(field, form) : null,
});

function notesOf(mapping: TableMapping, table: FoundTable): readonly string[] {
  const { table: name, sync } = mapping;
  const mapped = new Set([mapping.id, ...columnsOf(mapping), ...Object.values(sync)]);
  const wanted = table.columns.filter((column) => column.not_null && !mapped.has(column.name));
  const refusing = wanted.filter((column) => column.default === null && !column.identity && !column.written_by_itself);
  const never = table.columns.filter(
    (column) =>
      columnsOf(mapping).includes(column.name) &&
      column.not_null &&
      (column.form === 'json' || column.form === 'choice'),
  );
  const each = (columns: readonly FoundColumn[]) => columns.map((column) => column.name).join(', ');
  return [
    ...(refusing.length === 0
      ? []
      : [
          `note: ${name} refuses contacts of other systems for want of ${each(refusing)}, which is NOT NULL without a default`,
        ]),
    ...(never.length === 0
      ? []
      : [`note: ${name} refuses contacts that have nothing for ${each(never)}, which is NOT NULL`]),
    ...(table.triggers_after_ours.length === 0
      ? []
      : [
          `note: the triggers ${table.triggers_after_ours.join(', ')} fire after contact-sync's: what they change in a contact may go unnoticed; give them names that come earlier`,
        ]),
    ...(mapping.adopt && !table.columns.some((column) => column.name === sync.deleted_at)
      ? [
          `note: a contact that is deleted in another system stays in ${name} with ${sync.deleted_at} set: let programs leave those out`,
        ]
      : []),
  ];
}
