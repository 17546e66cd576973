import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { DEFAULT_MAPPING, type TableMapping } from '../mapping.ts';
import { mappingHash } from '../schema.ts';
import { shapeSchema, type TableShape, tableOf } from '../shape.ts';

/** Runs SQL on one connection and returns its rows; several statements only without values. */
export type Query = (sql: string, values?: readonly unknown[]) => Promise<readonly unknown[]>;

const columnSchema = z.object({
  name: z.string(),
  /** As SQL; a domain counts as what it is made of. */
  type: z.string(),
  form: z.enum(['text', 'choice', 'texts', 'json', 'jsonb', 'other']),
  domain: z.boolean(),
  collation: z.string().nullable(),
  not_null: z.boolean(),
  default: z.string().nullable(),
  identity: z.boolean(),
  /** Generated: nobody else can write it. */
  written_by_itself: z.boolean(),
});
export type FoundColumn = z.infer<typeof columnSchema>;

const tableSchema = z.object({
  /** As `pg_class.relkind`: `r` is a table. */
  kind: z.string(),
  temporary: z.boolean(),
  /** Of a partitioned table or of one that others inherit from. */
  part_of_others: z.boolean(),
  owned: z.boolean(),
  hides_rows: z.boolean(),
  primary_key: z.array(z.string()),
  triggers_after_ours: z.array(z.string()),
  columns: z.array(columnSchema),
});
export type FoundTable = z.infer<typeof tableSchema>;

const mappingSchema = z.object({
  adopt: z.boolean(),
  table: z.string(),
  id: z.string(),
  columns: z.record(z.string(), z.object({ column: z.string(), holds: z.enum(['all', 'first']) }).nullable()),
  sync: z.record(z.string(), z.string()),
});

/** What an earlier `install` left. */
export interface Before {
  readonly version: number;
  readonly mapping: TableMapping;
  readonly mapping_hash: string;
  /** `null`: version 1, which recorded none. */
  readonly shape: TableShape | null;
  readonly added: readonly string[];
}

const beforeSchema = z.object({
  // Written by `contactsSql` in full; a field that a later version has let go of does no harm.
  mapping: mappingSchema.transform((mapping) => mapping as unknown as TableMapping),
  mapping_hash: z.string(),
  shape: shapeSchema,
  added: z.array(z.string()),
});

const inspectSql = readFileSync(new URL('../../sql/inspect.sql', import.meta.url), 'utf8');
const there = z.object({ schema_version: z.boolean(), mapping: z.boolean() });

/** What is installed, `null` for nothing. @throws what `query` throws */
export async function installedBefore(query: Query): Promise<Before | null> {
  const [tables] = await query(
    `select to_regclass('contact_sync.schema_version') is not null as schema_version,
      to_regclass('contact_sync.mapping') is not null as mapping`,
  );
  const { schema_version, mapping } = there.parse(tables);
  if (!schema_version) return null;
  const [found] = await query('select max(version) as version from contact_sync.schema_version');
  const { version } = z.object({ version: z.number().nullable() }).parse(found);
  if (version === null) return null;
  const first = {
    version,
    mapping: DEFAULT_MAPPING,
    mapping_hash: mappingHash(DEFAULT_MAPPING),
    shape: null,
    added: [],
  };
  if (!mapping) return first;
  const [row] = await query('select mapping, mapping_hash, shape, added from contact_sync.mapping');
  return row === undefined ? first : { version, ...beforeSchema.parse(row) };
}

/** The table that a mapping names, `null` where there is none. @throws what `query` throws */
export async function lookAt(query: Query, mapping: TableMapping): Promise<FoundTable | null> {
  const { schema, name } = tableOf(mapping);
  const [row] = await query(inspectSql, [schema, name]);
  return row === undefined ? null : z.object({ found: tableSchema }).parse(row).found;
}
