import { CONTENT_FIELDS, type ContentField } from '@contact-sync/contact';
import { z } from 'zod';
import type { TableMapping } from './mapping.ts';
import { identifier, literal } from './template.ts';

const columnShape = z.object({
  /** As SQL, without a length: `text`, `bpchar`, `public.citext`, `text[]`. A domain counts as what it is made of. */
  type: z.string(),
  /** How a value becomes part of a jsonb: as it is, as text, or with care, for `json` may hold what jsonb cannot. */
  read: z.enum(['plain', 'text', 'json']),
  /** What stands for nothing, as SQL; `null`: NULL. */
  empty: z.string().nullable(),
});

/** What the SQL has to know of a table beside the mapping: what its columns are made of. */
export const shapeSchema = z.object({
  id: z.object({
    type: z.string(),
    /** Null: the database's own, or none. */
    collation: z.string().nullable(),
    /** `counted`: by a sequence, a whole number. `random`: anything else. */
    kind: z.enum(['counted', 'random']),
    /** The expression that makes a new one. */
    fresh: z.string(),
  }),
  content: z.partialRecord(z.enum(CONTENT_FIELDS), columnShape),
  /** For the triggers of the table's users; {@link PINNED_PATH} where there are none to be expected. */
  search_path: z.string(),
});
/**
 * What a table is made of, as the catalog of Postgres tells it: the type of its id and how a new one is made, the type
 * of each content column. Types and expressions are SQL. Found by `installContacts`.
 */
export type TableShape = z.infer<typeof shapeSchema>;
export type ColumnShape = z.infer<typeof columnShape>;

/**
 * Where functions with the rights of their owner look names up. Without `pg_temp` at the end a temporary type called
 * `text` would come before the real one, and its check would run with the owner's rights.
 * Source: https://www.postgresql.org/docs/18/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY
 */
export const PINNED_PATH = 'pg_catalog, pg_temp';

/** The schema and the name of a mapping's table. */
export function tableOf({ table }: TableMapping): { readonly schema: string; readonly name: string } {
  const dot = table.indexOf('.');
  return dot < 0 ? { schema: 'public', name: table } : { schema: table.slice(0, dot), name: table.slice(dot + 1) };
}

export function quotedTable(mapping: TableMapping): string {
  const { schema, name } = tableOf(mapping);
  return `${identifier(schema)}.${identifier(name)}`;
}

/** The column that a field gets where there is none yet. */
export const newColumn = (field: ContentField, holds: 'all' | 'first'): ColumnShape =>
  holds === 'all' && (field === 'emails' || field === 'phones' || field === 'llm_context')
    ? { type: 'jsonb', read: 'plain', empty: null }
    : { type: 'text', read: 'text', empty: null };

/** A table that contact-sync makes for itself. */
export function ownShape(mapping: TableMapping): TableShape {
  const content: Partial<Record<ContentField, ColumnShape>> = {};
  for (const field of CONTENT_FIELDS) {
    const column = mapping.columns[field];
    if (column !== null) content[field] = newColumn(field, column.holds);
  }
  const fresh = identityOf(mapping);
  return { id: { type: 'bigint', collation: null, kind: 'counted', fresh }, content, search_path: PINNED_PATH };
}

/** The next number of an identity column, which has no default to be read. */
export const identityOf = (mapping: TableMapping): string =>
  `nextval(pg_get_serial_sequence(${literal(quotedTable(mapping))}, ${literal(mapping.id)}))`;
