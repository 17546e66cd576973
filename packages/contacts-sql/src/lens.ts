import {
  CONTENT_FIELDS,
  type Content,
  type ContentField,
  type Fields,
  type Json,
  type Lens,
  lensOf,
  type Part,
} from '@contact-sync/contact';
import { DEFAULT_MAPPING, type TableMapping } from './mapping.ts';

/** A column holds every value of its field; `null` where the content has none. */
function whole(field: ContentField): Part {
  // Content is JSON by construction; its loose objects carry unknown keys, which parseContent let through as JSON only.
  const value = (content: Content) => (content[field] ?? null) as Json;
  return {
    content: [field],
    read: (fields) => fields[field] ?? null,
    expected: value,
    write: (content) => ({ [field]: value(content) }),
    put: ({ [field]: value = null }) => (value === null ? {} : { [field]: value }),
  };
}

/** Whoever fills in only the parts of a name means these. */
const canonicalName: Part = {
  ...whole('canonical_name'),
  put(fields) {
    const { canonical_name: name = null, given_name, family_name } = fields;
    if (!blank(name)) return { canonical_name: name };
    return {
      canonical_name: [given_name, family_name].filter((part) => typeof part === 'string' && !blank(part)).join(' '),
    };
  },
};

const blank = (value: Json) => value === null || (typeof value === 'string' && value.trim() === '');

/** A text column with the first of a list. Emptied, it stands for the next one: the others were not there to be seen. */
function first(field: 'emails' | 'phones'): Part {
  const expected = (content: Content) => content[field]?.[0] ?? null;
  return {
    content: [field],
    partial: true,
    read: (fields: Fields) => fields[field] ?? null,
    expected,
    write: (content) => ({ [field]: expected(content) }),
    put(fields, base) {
      const { [field]: value = null } = fields;
      const rest = base?.[field]?.slice(1).filter((other) => other !== value) ?? [];
      return { [field]: blank(value) ? rest : [value, ...rest] };
    },
  };
}

function partOf(field: ContentField, holds: 'all' | 'first'): Part {
  if (holds === 'first' && (field === 'emails' || field === 'phones')) return first(field);
  return field === 'canonical_name' ? canonicalName : whole(field);
}

/**
 * Between content and a record's columns, under the names of the content. JSON columns are compared as values: Postgres
 * reorders keys and writes numbers its own way.
 */
export const lensFor = ({ columns }: TableMapping): Lens =>
  lensOf(
    CONTENT_FIELDS.flatMap((field) => {
      const column = columns[field];
      return column === null ? [] : [partOf(field, column.holds)];
    }),
  );

/** The lens of a table of contact-sync's own, which holds all of a contact. */
export const sqlLens: Lens = lensFor(DEFAULT_MAPPING);
