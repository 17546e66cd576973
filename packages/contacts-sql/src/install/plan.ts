import { CONTENT_FIELDS, type ContentField, canonicalJson } from '@contact-sync/contact';
import type { InstallStep } from '@contact-sync/sync';
import type { TableMapping } from '../mapping.ts';
import { mappingHash, type Occasion, SCHEMA_VERSION } from '../schema.ts';
import { type TableShape, tableOf } from '../shape.ts';
import type { Fit } from './fit.ts';
import type { Before, FoundTable } from './inspect.ts';

export interface Plan {
  /** Empty: all is there. */
  readonly steps: readonly InstallStep[];
  readonly occasion: Occasion;
  /** Fields that edits which are still to be read tell in another way than the table will: all of a list, or its first. */
  readonly respelled: readonly ContentField[];
}

const SCHEMA_STEPS = [
  'create the schema contact_sync with outbox, tombstones and schema_version',
  'create the triggers that count versions and fill the outbox',
  'create the functions public.contact_sync_apply, _changes, _ack, _fetch, _scan, _digests, _scan_buckets and _schema',
];

/** What is to be done in a database where the mapping fits. @param rows live ones of a table that is to be adopted */
export function planOf(
  mapping: TableMapping,
  table: FoundTable | null,
  { shape, missing, used, notes }: Fit,
  before: Before | null,
  rows: number,
): Plan {
  const { schema, name: bare } = tableOf(mapping);
  const name = `${schema}.${bare}`;
  const added = [...new Set([...(before?.added ?? []), ...(mapping.adopt ? missing : [])])];
  const adding =
    table === null
      ? [`create the table ${name}, with row level security`]
      : missing.length === 0
        ? []
        : [`add the columns ${missing.join(', ')} to ${name}`];
  if (before === null) {
    const adopting = [`write into its columns ${used.join(', ')}`, `announce the ${rows} rows that are there already`];
    return {
      steps: steps([...adding, ...SCHEMA_STEPS, ...(mapping.adopt ? adopting : []), ...notes]),
      occasion: { added, announce: mapping.adopt },
      respelled: [],
    };
  }
  const newFields = newlyHeld(before.mapping, mapping, table);
  const anew =
    before.version < SCHEMA_VERSION
      ? [`bring the schema contact_sync from version ${before.version} to ${SCHEMA_VERSION}, functions and triggers`]
      : before.mapping_hash !== mappingHash(mapping)
        ? ['make the functions and triggers anew, for the mapping has changed']
        : !sameTypes(before.shape, shape)
          ? [`make the functions and triggers anew, for columns of ${name} have other types now`]
          : [];
  const telling =
    newFields.length === 0
      ? []
      : [`compare what ${name} now holds too with the other systems: ${newFields.join(', ')}`];
  const work = [...adding, ...anew, ...telling];
  return {
    steps: steps(work.length === 0 ? [] : [...work, ...notes]),
    occasion: { added, newFields },
    respelled: newFields.filter((field) => {
      const was = before.mapping.columns[field];
      return was !== null && was.holds !== mapping.columns[field]?.holds;
    }),
  };
}

const steps = (whats: readonly string[]): readonly InstallStep[] => whats.map((what) => ({ what }));

const sameTypes = (one: TableShape | null, other: TableShape): boolean =>
  one !== null && canonicalJson({ ...one, search_path: '' }) === canonicalJson({ ...other, search_path: '' });

/** Fields that the table did not hold, or not in this column or way; a column that was renamed is still the same. */
const newlyHeld = (before: TableMapping, now: TableMapping, table: FoundTable | null): readonly ContentField[] =>
  CONTENT_FIELDS.filter((field) => {
    const [was, is] = [before.columns[field], now.columns[field]];
    if (is === null) return false;
    if (was === null || was.holds !== is.holds) return true;
    return was.column !== is.column && table?.columns.some((column) => column.name === was.column) === true;
  });

/** Why an installation cannot go on under this mapping; empty: it can. */
export function contradictions(before: Before | null, mapping: TableMapping): readonly string[] {
  if (before === null) return [];
  const home = ({ table, adopt }: TableMapping) =>
    `${adopt ? 'adopted ' : ''}${table.includes('.') ? table : `public.${table}`}`;
  if (home(before.mapping) !== home(mapping))
    return [
      `contact-sync keeps its contacts in the ${before.mapping.adopt ? 'adopted ' : ''}table ${before.mapping.table} here: put that back into the mapping`,
    ];
  const renamed = Object.entries(before.mapping.sync).filter(
    ([field, column]) => Object.entries(mapping.sync).find(([other]) => other === field)?.[1] !== column,
  );
  return [
    ...(before.mapping.id === mapping.id ? [] : [`the id was ${before.mapping.id}: put that back into the mapping`]),
    ...renamed.map(([field, column]) => `${field} is kept in the column ${column}: put that back into the mapping`),
  ];
}
