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

/** One column for each field of the content; these hold JSON. */
export const JSON_FIELDS: ReadonlySet<ContentField> = new Set(['emails', 'phones', 'llm_context']);

/** BigQuery holds everything. Absent, null and empty are one. */
export const lens: Lens = lensOf(CONTENT_FIELDS.map(column));

function column(field: ContentField): Part {
  return {
    content: [field],
    read: (fields) => meaning(fields[field]),
    expected: (content) => meaning(fieldOf(content, field)),
    write: (content) => ({ [field]: fieldOf(content, field) ?? null }),
    put: (fields: Fields) => ({ [field]: fields[field] ?? undefined }),
  };
}

/** Content is JSON by construction: parseContent let nothing else through. */
const fieldOf = (content: Content, field: ContentField): Json | undefined => content[field] as Json | undefined;

function meaning(value: Json | undefined): Json {
  if (value === undefined || value === null || value === '') return null;
  return typeof value === 'object' && Object.keys(value).length === 0 ? null : value;
}
