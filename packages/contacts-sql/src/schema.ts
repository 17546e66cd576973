import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CONTENT_FIELDS, type ContentField, canonicalJson } from '@contact-sync/contact';
import { z } from 'zod';
import { DEFAULT_MAPPING, SYNC_FIELDS, type TableMapping } from './mapping.ts';
import { type ColumnShape, ownShape, quotedTable, type TableShape, tableOf } from './shape.ts';
import { type Item, identifier, literal, render, type Words } from './template.ts';

/** The version that {@link contactsSql} installs and `contact_sync_schema()` reports. */
export const SCHEMA_VERSION = 4;

/** The channel on which triggers notify after an edit. */
export const CHANNEL = 'contact_sync';

/** What differs between two installations of one mapping. */
export interface Occasion {
  /** Columns of an adopted table that contact-sync has added, now or before. */
  readonly added?: readonly string[];
  /** Tell the hub of the rows that are there already. */
  readonly announce?: boolean;
  /** Fields that the table did not hold under the mapping before, or not in this way. */
  readonly newFields?: readonly ContentField[];
}

/**
 * The whole schema as one script, for a new database and for one with an earlier version alike; twice does nothing the
 * second time. Run it as one simple query (`client.query(text)`, a migration file, an SQL editor, `psql -1`): that is
 * one transaction. Fails with SQLSTATE `CS001` beside a foreign table of that name or an installation for another, and
 * with `CS002` where a newer version is installed.
 *
 * @param shape of the table that is there; may be left out for a table of contact-sync's own
 * @throws {TypeError} for a table that is to be adopted unseen
 */
export function contactsSql(mapping = DEFAULT_MAPPING, shape?: TableShape, occasion: Occasion = {}): string {
  if (mapping.adopt && shape === undefined) throw new TypeError('a table that is to be adopted has to be looked at');
  const known = shape ?? ownShape(mapping);
  const files = [
    '01-tables.sql',
    mapping.adopt ? '02-adopted-table.sql' : '02-own-table.sql',
    known.id.kind === 'counted' ? '03-counted-ids.sql' : '03-random-ids.sql',
    '04-records.sql',
    '05-stamps.sql',
    '06-edits.sql',
    '07-write.sql',
    '07-apply.sql',
    '08-read.sql',
    '08-buckets.sql',
    '09-grants.sql',
    ...(occasion.announce ? ['10-announce.sql'] : []),
    '10-hold-less.sql',
    ...(occasion.newFields?.length ? ['10-hold-more.sql'] : []),
    '11-done.sql',
  ];
  const template = files.map((name) => readFileSync(new URL(`../sql/${name}`, import.meta.url), 'utf8')).join('\n');
  return render(template, wordsOf(mapping, known, occasion), { content: itemsOf(mapping, known) });
}

function wordsOf(mapping: TableMapping, shape: TableShape, { added = [], newFields = [] }: Occasion): Words {
  const table = quotedTable(mapping);
  const [least, greatest] = RANGES[shape.id.type] ?? ['0', '0'];
  return {
    table,
    "'table'": literal(table),
    schema: identifier(tableOf(mapping).schema),
    adopt: String(mapping.adopt),
    id: identifier(mapping.id),
    "'id'": literal(mapping.id),
    'id type': shape.id.type,
    'id collation': shape.id.collation === null ? '' : `collate ${shape.id.collation}`,
    'id pattern': literal(shape.id.type === 'uuid' ? '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' : ''),
    'least id': least,
    'greatest id': greatest,
    'new id': shape.id.fresh,
    ...Object.fromEntries(SYNC_FIELDS.map((field) => [field, identifier(mapping.sync[field])])),
    'search path': shape.search_path,
    'schema version': String(SCHEMA_VERSION),
    mapping: literal(canonicalJson(plainMapping(mapping))),
    'mapping hash': literal(mappingHash(mapping)),
    shape: literal(JSON.stringify(shape)),
    added: arrayLiteral(added),
    'new fields': arrayLiteral(newFields),
    'kept fields': arrayLiteral(
      CONTENT_FIELDS.filter((field) => mapping.columns[field] !== null && !newFields.includes(field)),
    ),
  };
}

/** Of whole numbers, by type. Source: https://www.postgresql.org/docs/18/datatype-numeric.html */
const RANGES: Readonly<Record<string, readonly [string, string]>> = {
  smallint: ['-32768', '32767'],
  integer: ['-2147483648', '2147483647'],
  bigint: ['-9223372036854775808', '9223372036854775807'],
};

const arrayLiteral = (items: readonly string[]): string =>
  items.length === 0 ? `'{}'::text[]` : `array[${items.map(literal).join(', ')}]::text[]`;

const itemsOf = (mapping: TableMapping, shape: TableShape): readonly Item[] =>
  CONTENT_FIELDS.flatMap((field) => {
    const [column, made] = [mapping.columns[field], shape.content[field]];
    if (column === null || made === undefined) return [];
    const name = identifier(column.column);
    return [
      {
        field,
        column: name,
        type: made.type,
        'read c.column': reading(`c.${name}`, made),
        'plain c.column': made.read === 'json' ? `c.${name}::text` : reading(`c.${name}`, made),
        'read i.field': reading(`i.${field}`, made),
        'exact new.column': exactly(`new.${name}`, made),
        'exact old.column': exactly(`old.${name}`, made),
        'write i.field': made.empty === null ? `i.${field}` : `coalesce(i.${field}, ${made.empty})`,
      },
    ];
  });

function reading(value: string, { read, empty }: ColumnShape): string {
  if (read === 'json') return `contact_sync.readable(${value})`;
  const readable = read === 'text' ? `${value}::text` : value;
  return empty === null ? readable : `nullif(${readable}, ${empty})`;
}

/** As it is compared, without a column's own idea of what is equal: citext, or a collation that ignores case. */
const exactly = (value: string, column: ColumnShape): string =>
  column.read === 'text' ? `${value}::text collate "C"` : reading(value, column);

/** A mapping in one spelling. */
const plainMapping = (mapping: TableMapping) => {
  const { schema, name } = tableOf(mapping);
  const columns = Object.fromEntries(
    CONTENT_FIELDS.map((field) => {
      const { column, holds } = mapping.columns[field] ?? {};
      return [field, column === undefined || holds === undefined ? null : { column, holds }];
    }),
  );
  const sync = Object.fromEntries(SYNC_FIELDS.map((field) => [field, mapping.sync[field]]));
  return { adopt: mapping.adopt, table: `${schema}.${name}`, id: mapping.id, columns, sync };
};

/**
 * Tells two mappings apart: what `contact_sync_schema()` reports, and the functions are asked for. 16 hexadecimal
 * digits.
 */
export const mappingHash = (mapping: TableMapping): string =>
  createHash('sha256')
    .update(canonicalJson(plainMapping(mapping)))
    .digest('hex')
    .slice(0, 16);

/** What of contact-sync a database has. */
export interface Installed {
  /** As {@link SCHEMA_VERSION}; 0: nothing. */
  readonly version: number;
  /** {@link mappingHash} of the mapping that it was installed for. */
  readonly mapping_hash: string;
  /** The time there when it answered, in milliseconds since the Unix epoch; `null`: it tells none. */
  readonly clock_ms: number | null;
}

/** Version 1 told its number alone, and knew but one mapping. */
const installedSchema = z.union([
  z
    .number()
    .nullable()
    .transform((version) => ({ version: version ?? 0, mapping_hash: mappingHash(DEFAULT_MAPPING), clock_ms: null })),
  z.object({ version: z.number(), mapping_hash: z.string(), clock_ms: z.number().nullable().default(null) }),
]);

/** The answer of `contact_sync_schema()`. @throws {z.ZodError} when this is no answer of that function */
export const parseInstalled = (json: unknown): Installed => installedSchema.parse(json);
