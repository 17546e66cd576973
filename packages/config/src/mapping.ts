/** The mapping file: which tables, columns and fields hold the contacts where they are not contact-sync's own. */
import { CONTENT_FIELDS, type ContentField } from '@contact-sync/contact';
import { DEFAULT_MAPPING, SYNC_FIELDS, type TableMapping } from '@contact-sync/contacts-sql';
import { mappingProblems, type PersonMapping } from '@contact-sync/system-twenty';
import { z } from 'zod';

const MAX_NAME = 63;
// The type first, the size after it: a size is looked for in whatever has a `length`, and that may be anything.
const name = z.string().pipe(
  z
    .string()
    .trim()
    .min(1, { error: 'must not be empty', abort: true })
    .max(MAX_NAME, `must have at most ${MAX_NAME} characters`)
    .refine((text) => !text.includes('\0'), 'must not hold a NUL character'),
);

const LISTS: ReadonlySet<ContentField> = new Set(['emails', 'phones']);

const columnOf = (field: ContentField) => {
  const whole = name.transform((column) => ({ column, holds: 'all' as const }));
  const allowed = LISTS.has(field) ? (['all', 'first'] as const) : (['all'] as const);
  const detailed = z.strictObject({ column: name, holds: z.enum(allowed).default('all') });
  return z.union([whole, detailed, z.null()], 'must be the name of a column, an object with `column`, or null');
};

const shape = <Name extends string, Form extends z.ZodType>(names: readonly Name[], form: (name: Name) => Form) =>
  // Object.fromEntries forgets which keys it was given.
  Object.fromEntries(names.map((field) => [field, form(field).optional()])) as Record<Name, z.ZodOptional<Form>>;

const tableSchema = z
  .strictObject({
    table: name
      .refine(
        (text) => text.split('.').length <= 2 && text.split('.').every(Boolean),
        'must be `table` or `schema.table`',
      )
      .default(DEFAULT_MAPPING.table),
    id: name.default(DEFAULT_MAPPING.id),
    columns: z.strictObject(shape(CONTENT_FIELDS, columnOf)).default({}),
    sync: z.strictObject(shape(SYNC_FIELDS, () => name)).default({}),
  })
  .transform(
    ({ table, id, columns, sync }): TableMapping => ({
      adopt: true,
      table,
      id,
      columns: { ...DEFAULT_MAPPING.columns, ...defined(columns) },
      sync: { ...DEFAULT_MAPPING.sync, ...defined(sync) },
    }),
  )
  .superRefine((mapping, context) => {
    const told = (message: string, path: string[]) => context.addIssue({ code: 'custom', message, path });
    const { columns } = mapping;
    if (columns.canonical_name === null)
      told('must be mapped: a contact without a name is none', ['columns', 'canonical_name']);
    if ((columns.category_code === null) !== (columns.subcategory_code === null))
      told('must be mapped if category_code is, and only then', ['columns', 'subcategory_code']);
    const names = [
      ['id', mapping.id],
      ...CONTENT_FIELDS.flatMap((field) => columns[field] && [[`columns.${field}`, columns[field].column]]),
      ...SYNC_FIELDS.map((field) => [`sync.${field}`, mapping.sync[field]]),
    ].filter((pair) => pair !== null) as [string, string][];
    const seen = new Map<string, string>();
    for (const [where, column] of names) {
      const before = seen.get(column);
      if (before !== undefined) told(`names the same column as ${before}`, where.split('.'));
      seen.set(column, where);
    }
  });

/** Without the keys that were left out: spread over defaults, `undefined` would win. */
const defined = <Values extends object>(values: Values) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Values]: Exclude<Values[Key], undefined>;
  };

const personSchema = z
  .strictObject({
    fields: z.record(z.string(), z.string().nullable()).default({}),
    sync: z.record(z.string(), z.string()).default({}),
  })
  // Which names there may be, and for what, Twenty's adapter knows: it is asked below.
  .transform((mapping) => mapping as PersonMapping)
  .superRefine((mapping, context) => {
    for (const problem of mappingProblems(mapping)) context.addIssue({ code: 'custom', message: problem });
  });

export const mappingSchema = z.strictObject({
  local: tableSchema.optional(),
  supabase: tableSchema.optional(),
  twenty: personSchema.optional(),
});

/** What a mapping file says; a system that it leaves out has tables and fields of contact-sync's own. */
export type Mapping = z.infer<typeof mappingSchema>;
