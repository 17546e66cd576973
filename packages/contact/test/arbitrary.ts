import fc from 'fast-check';
import {
  type Contact,
  type Content,
  contactId,
  contactOf,
  fromMicros,
  MAX_VERSION,
  parseContent,
} from '../src/index.ts';

const text = fc.string({ unit: 'binary', maxLength: 30 }).map((value) => value.replaceAll('\u0000', ''));
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** What a careless system might hand over: any Unicode, blanks, empties, nulls, odd keys. */
export const rawContent = fc.record({
  canonical_name: text.map((value) => `n${value}`),
  given_name: fc.option(text),
  family_name: maybe(text),
  emails: maybe(fc.array(text, { maxLength: 4 })),
  phones: maybe(
    fc.array(fc.oneof(text, fc.constantFrom('+1 (415) 555-2671', '+14155552671', '0612345678')), { maxLength: 4 }),
  ),
  organization: maybe(text),
  category_code: fc.constantFrom('A', 'B', 'X', undefined, null, ''),
  llm_context: maybe(
    fc.record(
      {
        relationship_arc: text,
        key_interests: fc.array(text, { maxLength: 3 }),
        emotional_depth: fc.integer({ min: 1, max: 10 }),
        own_key: fc.jsonValue({ maxDepth: 2 }).filter((value) => !/\\u0000|__proto__/.test(JSON.stringify(value))),
      },
      { requiredKeys: [] },
    ),
  ),
});

/** Valid content in normal form. */
export const contents: fc.Arbitrary<Content> = rawContent
  .map((raw) => parseContent(raw))
  .filter((result) => result.ok)
  .map(({ content }) => content);

/** Valid whole contacts in normal form. */
export const contacts: fc.Arbitrary<Contact> = fc
  .record({
    contact_id: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((id) => contactId(`${id}`)),
    content: contents,
    version: fc.integer({ min: 1, max: MAX_VERSION }),
    last_updated: fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n }).map(fromMicros),
    last_updated_by: fc.constantFrom('ada', 'twenty:0193', 'Zoë 🙂'),
  })
  .map(contactOf);
