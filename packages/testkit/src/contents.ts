import { CATEGORIES, type Content, MAX_CONTENT_BYTES, parseContent } from '@contact-sync/contact';
import fc from 'fast-check';

const AWKWARD = [
  'Ada',
  'Lovelace',
  'Ada Lovelace',
  'مريم',
  'עדה',
  '李',
  '👩🏽‍💻',
  'e\u0301',
  '"quoted", (and) [more]',
  "O'Neil \\ back",
  "it's\nover\ttwo lines",
  '\u202Eabc',
  'null',
  '1e3',
  '{}',
  '$1 %s $&',
];

/** Any text that can be stored, astral, right to left and combining included. */
const anyText = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.constantFrom(...AWKWARD),
  )
  .map((text) => text.replaceAll('\u0000', ''));

const email = fc.oneof(
  fc.emailAddress(),
  fc.constantFrom(
    'Ada@Example.com',
    'ada@example.com',
    "o'neil@example.com",
    'no address',
    'a@xn--bcher-kva.example',
    'jörg@example.de',
  ),
);

const phone = fc.oneof(
  fc.constantFrom(
    '+14155552671',
    '+1 (415) 555-2671',
    '+1 415 555 2672 ext. 5',
    '+33612345678',
    '+390612345678',
    '+5491123456789',
    '+447911123456',
    '+441481960194',
    '+80012345678',
    '0612345678',
    '+1415',
    'ask her brother',
  ),
  fc.integer({ min: 1_000_000, max: 999_999_999_999 }).map((digits) => `+${digits}`),
);

const link = fc.oneof(
  fc.constantFrom(
    'https://www.linkedin.com/in/ada',
    'https://LinkedIn.com/in/Ada/',
    'linkedin.com/in/ada/',
    'https://linkedin.com/in/j%C3%B6rg//',
    'https://linkedin.com/in/a%252Fb?x=%20y/',
    'https://linkedin.com/in/../x',
    'HTTP://LINKEDIN.COM',
    'ada on linkedin',
    'https://user:secret@linkedin.com/in/ada',
  ),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
);

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const llmContext = fc.record(
  {
    relationship_arc: anyText,
    how_met: anyText,
    current_state: anyText,
    key_interests: fc.array(anyText, { maxLength: 3 }),
    blind_spots: fc.array(anyText, { maxLength: 3 }),
    tensions: fc.array(anyText, { maxLength: 2 }),
    emotional_depth: fc.integer({ min: 1, max: 10 }),
    closeness_level: fc.integer({ min: 1, max: 10 }),
    important_dates: fc.array(fc.record({ date: anyText, event: anyText }), { maxLength: 2 }),
    own_key: fc.jsonValue({ maxDepth: 3 }),
    number: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(1e21, 5e-324, 2 ** 53 - 1)),
  },
  { requiredKeys: [] },
);

/** Valid contents in normal form, rich and poor, with much that one system or another cannot hold. */
export const contents: fc.Arbitrary<Content> = fc
  .record({
    canonical_name: anyText,
    given_name: maybe(anyText),
    family_name: maybe(anyText),
    joined: fc.boolean(),
    emails: maybe(fc.array(email, { maxLength: 4 })),
    phones: maybe(fc.array(phone, { maxLength: 4 })),
    organization: maybe(anyText),
    job_title: maybe(anyText),
    linkedin_url: maybe(link),
    category_code: maybe(fc.constantFrom(...CATEGORIES)),
    subcategory: maybe(fc.constantFrom('', '1', '22')),
    llm_context: maybe(llmContext),
  })
  .map(({ joined, subcategory, ...input }) => {
    const name = [input.given_name, input.family_name].filter(Boolean).join(' ');
    const subcategory_code = input.category_code && subcategory !== undefined ? input.category_code + subcategory : '';
    return parseContent({ ...input, canonical_name: joined ? name : input.canonical_name, subcategory_code });
  })
  .filter((result) => result.ok)
  .map(({ content }) => content);

/** About as large as a content may be. */
export function largeContent(name: string): Content {
  const size = Math.floor((MAX_CONTENT_BYTES * 0.92) / 3);
  const long = `${name} `.repeat(Math.ceil(size / (name.length + 1))).slice(0, size);
  return normal({
    canonical_name: name,
    llm_context: { how_met: long, relationship_arc: long, current_state: long },
  });
}

/** @throws when it is no valid content */
export function normal(input: unknown): Content {
  const parsed = parseContent(input);
  if (!parsed.ok) throw new Error(parsed.problems.map(({ code, field }) => `${code} ${field}`).join());
  return parsed.content;
}
