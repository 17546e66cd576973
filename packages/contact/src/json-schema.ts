import { z } from 'zod';
import { contactSchema } from './contact.ts';
import { CATEGORIES, MAX_CONTENT_BYTES } from './content.ts';

const DESCRIPTION = `A contact of contact-sync, whole and in normal form: text in Unicode NFC without blanks around it; \
what is empty is left out. What this schema cannot say: texts are as long as said here in UTF-16 code units; no text \
holds NUL; contact_id lies within 64 bits; all but contact_id and sync_metadata has at most ${MAX_CONTENT_BYTES} bytes as RFC 8785 \
JSON, nested at most 32 levels deep. contact-sync reads more than this: null for what is left out, any ISO 8601 \
instant, text in any form.`;

/** The contact model for programs in other languages: JSON Schema, draft 2020-12. `contact.schema.json` holds it. */
export function contactJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(contactSchema, { target: 'draft-2020-12' });
  return {
    $schema,
    $id: 'urn:contact-sync:contact',
    title: 'Contact',
    description: DESCRIPTION,
    ...schema,
    // Zod knows the rule as code only: a subcategory begins with its category.
    dependentRequired: { subcategory_code: ['category_code'] },
    allOf: CATEGORIES.map((category) => ({
      type: 'object',
      if: { properties: { category_code: { const: category } }, required: ['category_code'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { properties: { subcategory_code: { type: 'string', pattern: `^${category}` } } },
    })),
  };
}
