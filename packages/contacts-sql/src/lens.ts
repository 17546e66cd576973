import {
  CONTENT_FIELDS,
  type Content,
  type ContentField,
  type Json,
  type Lens,
  lensOf,
  type Part,
} from '@contact-sync/contact';

/** A column holds every value of its field; `null` where the content has none. */
function column(field: ContentField): Part {
  // Content is JSON by construction; its loose objects carry unknown keys, which parseContent let through as JSON only.
  const value = (content: Content) => (content[field] ?? null) as Json;
  return {
    content: [field],
    read: (fields) => fields[field] ?? null,
    expected: value,
    write: (content) => ({ [field]: value(content) }),
    put: (fields) => (fields[field] === null ? {} : { [field]: fields[field] }),
  };
}

/**
 * Between content and the columns of `public.contacts`, which hold all of it. JSON columns are compared as values:
 * Postgres reorders keys and writes numbers its own way.
 */
export const sqlLens: Lens = lensOf(CONTENT_FIELDS.map(column));
