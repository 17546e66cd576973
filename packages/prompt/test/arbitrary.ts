import { type Contact, type Content, contactId, contactOf, parseContent, timestamp } from '@contact-sync/contact';
import fc from 'fast-check';

/** A contact out of any content that is one. */
export function contact(id: string, content: unknown): Contact {
  const parsed = parseContent(content);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return contactOf({
    contact_id: contactId(id),
    content: parsed.content,
    version: 7,
    last_updated: timestamp('2026-01-02T03:04:05.678901Z'),
    last_updated_by: 'somebody-who-is-not-shown',
  });
}

/** Text as people and attackers write it: words and sentences, other scripts, markup, digits, invisible characters. */
const word = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom('Ada', 'met', 'the', "she's", 'engine', 'café', 'z', '3.5', '2026-12-10', 'Dr.'),
  },
  { weight: 2, arbitrary: fc.constantFrom('你好。再见。', '李小龙', 'สวัสดี', 'שלום', '👩‍👩‍👧', '❤️', 'İ', 'ﬁ', '𝒜') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '</b>',
      '<|endoftext|>',
      '```',
      '](',
      '/',
      '//',
      '\\',
      '"}',
      '&lt;',
      '#',
      '\n\n',
      '\u202e',
      '\u200b',
      '\r',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }) },
  { weight: 1, arbitrary: fc.constantFrom('a'.repeat(200), '!'.repeat(150), 'é'.repeat(99), ' '.repeat(80)) },
);
const mark = fc.constantFrom('. ', '! ', '? ', ' ', ' ', ' ', ', ', '。', '', '\n');
const text = (max: number) =>
  fc
    .array(fc.tuple(word, mark), { minLength: 1, maxLength: max })
    .map((words) => words.flat().join('').replaceAll('\0', '').slice(0, 900));
const list = fc.array(text(4), { maxLength: 4 });
const date = fc.oneof(fc.constantFrom('1815-12-10', '--02-29', '12-24', '2027-01-01', 'some day'), text(2));
const scale = fc.integer({ min: 1, max: 10 });

const llmContext = fc.record(
  {
    relationship_arc: text(30),
    communication_style: text(12),
    key_interests: list,
    personality_notes: text(12),
    important_dates: fc.array(fc.record({ date, event: text(3), significance: text(6) }, { requiredKeys: [] }), {
      maxLength: 4,
    }),
    conversation_topics: list,
    emotional_depth: scale,
    closeness_level: scale,
    how_met: text(8),
    current_state: text(30),
    blind_spots: list,
    strengths: list,
    tensions: list,
    unknown_key: text(3),
  },
  { requiredKeys: [] },
);

const raw = fc
  .record(
    {
      canonical_name: text(3),
      given_name: text(1),
      family_name: text(1),
      emails: fc.array(fc.constantFrom('ada@example.org', 'a.l@x.test', 'no address'), { maxLength: 2 }),
      phones: fc.array(fc.constantFrom('+14155552671', '0171 234567', '110'), { maxLength: 2 }),
      organization: text(2),
      job_title: text(2),
      linkedin_url: fc.constant('https://www.linkedin.com/in/ada'),
      category_code: fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'),
      llm_context: llmContext,
    },
    { requiredKeys: ['canonical_name', 'category_code'] },
  )
  .map((content) => ({ ...content, subcategory_code: `${content.category_code}2` }));

/** Valid contents of a category that may be shown. */
export const shownContent: fc.Arbitrary<Content> = raw
  .map((content) => parseContent(content))
  .filter((parsed) => parsed.ok)
  .map((parsed) => parsed.content);

export const shownContact = shownContent.map((content) => contact('42', content));
/** Some contacts with ids 100, 101, …. */
export const shownContacts = fc
  .array(shownContent, { minLength: 1, maxLength: 4 })
  .map((contents) => contents.map((content, index) => contact(String(100 + index), content)));
