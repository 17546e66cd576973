import { z } from 'zod';
import type { Json } from './json.ts';
import { contentProblem, judge } from './judge.ts';
import { isFull, isRecord, newReading, normalField, type Reading, withoutRepeats } from './normal-form.ts';
import type { Problem } from './problem.ts';

/** A family, B friends, C acquaintances, D dating, E ex-romantic, F services, G professional, H hostile, X exclude. */
export const CATEGORIES = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'X'] as const;
/** One of {@link CATEGORIES}. */
export type Category = (typeof CATEGORIES)[number];

/** The largest content accepted, in UTF-8 bytes of its canonical JSON: 500 of them fit BigQuery's 10 MB request twenty to one. */
export const MAX_CONTENT_BYTES = 256 * 1024;
const MAX_TEXT = 100_000;
const MAX_LINE = 1_000;
export const MAX_ITEMS = 500;
export const MAX_EMAIL = 320;
/** Each value takes two bytes of the canonical JSON at least: with more of them a content is too large, however short. */
const MAX_VALUES = MAX_CONTENT_BYTES / 2;
/** More problems than these help nobody, and all of them go into one dead letter. */
export const MAX_PROBLEMS = 20;

// The type first, the size after it: a size is looked for in whatever has a `length`, and an object may have a monstrous one.
const text = (max: number) => z.string().pipe(z.string().max(max));
/** Text that must be there, in one line. JSON Schema alone knows no normal form, so it is told that blanks are nothing. */
export const requiredText = z.string().pipe(z.string().min(1).max(MAX_LINE)).meta({ pattern: '\\S' });
const items = <Item extends z.ZodType>(item: Item) => z.array(z.unknown()).pipe(z.array(item).max(MAX_ITEMS));
const list = (max: number) => items(text(max));
const scale = (ends: string) => z.number().int().min(1).max(10).optional().describe(ends);

const importantDate = z.looseObject({
  date: text(MAX_LINE).optional().describe('An ISO 8601 day as 1990-12-24 where it is known, else words.'),
  event: text(MAX_TEXT).optional(),
  significance: text(MAX_TEXT).optional(),
});

/** What a model may be told of a contact. Keys beyond these are kept as they are: they are somebody's data. */
export const llmContextSchema = z.looseObject({
  relationship_arc: text(MAX_TEXT).optional(),
  communication_style: text(MAX_TEXT).optional(),
  key_interests: list(MAX_TEXT).optional(),
  personality_notes: text(MAX_TEXT).optional(),
  important_dates: items(importantDate).optional(),
  conversation_topics: list(MAX_TEXT).optional(),
  emotional_depth: scale('From 1, shallow, to 10, deep.'),
  closeness_level: scale('From 1, distant, to 10, close.'),
  how_met: text(MAX_TEXT).optional(),
  current_state: text(MAX_TEXT).optional(),
  blind_spots: list(MAX_TEXT).optional(),
  strengths: list(MAX_TEXT).optional(),
  tensions: list(MAX_TEXT).optional(),
});
/**
 * What a model may be told of a contact. Texts have at most 100,000 UTF-16 code units, lists 500 items;
 * `emotional_depth` and `closeness_level` are whole numbers from 1 to 10. Keys beyond these are kept.
 */
export type LlmContext = z.infer<typeof llmContextSchema>;

/** A subcategory belongs to a category. Of values of other types others complain. */
export function subcategoryFits(content: { readonly category_code?: unknown; readonly subcategory_code?: unknown }) {
  const { category_code: category, subcategory_code: subcategory } = content;
  if (typeof subcategory !== 'string') return true;
  if (category === undefined) return false;
  return typeof category !== 'string' || subcategory.startsWith(category);
}
/** Told even when other fields are wrong: a person mends them all at once. */
export const SUBCATEGORY_MISFIT = {
  path: ['subcategory_code'],
  message: 'does not begin with the category_code',
  when: ({ value }: { readonly value: unknown }) => isRecord(value),
};

/** Everything of a contact but its id and sync metadata. Absent, `null` and empty mean the same; normal form: absent. */
export const contentSchema = z
  .object({
    canonical_name: requiredText,
    given_name: text(MAX_LINE).optional(),
    family_name: text(MAX_LINE).optional(),
    emails: list(MAX_EMAIL).optional().describe('First is primary.'),
    phones: list(100)
      .optional()
      .describe('First is primary. E.164 (+14155552671) wherever the country is known, else as somebody wrote it.'),
    organization: text(MAX_LINE).optional(),
    job_title: text(MAX_LINE).optional(),
    linkedin_url: text(2_000).optional(),
    category_code: z
      .enum(CATEGORIES)
      .optional()
      .describe(
        'A family, B friends, C acquaintances, D dating, E ex-romantic, F service providers, G professional, H hostile, X exclude.',
      ),
    subcategory_code: text(20).optional().describe('Begins with its category_code, as B2.'),
    llm_context: llmContextSchema
      .optional()
      .describe('What a model may be told. Keys beyond these are allowed and kept.'),
  })
  .refine(subcategoryFits, SUBCATEGORY_MISFIT);
/**
 * All of a contact but its id and its sync metadata, in normal form: text in NFC without blanks around it, what is
 * empty left out. At most {@link MAX_CONTENT_BYTES}. Of each text the UTF-16 code units are counted: names,
 * `organization` and `job_title` have at most 1,000, an email 320, a phone 100, `linkedin_url` 2,000,
 * `subcategory_code` 20; lists have at most 500 items.
 */
export type Content = z.infer<typeof contentSchema>;
/** The name of a field of {@link Content}. */
export type ContentField = keyof Content;

/** All fields of {@link Content}, in the order in which problems and differences are told. */
export const CONTENT_FIELDS = [
  'canonical_name',
  'given_name',
  'family_name',
  'emails',
  'phones',
  'organization',
  'job_title',
  'linkedin_url',
  'category_code',
  'subcategory_code',
  'llm_context',
] as const satisfies readonly ContentField[];

/** The names that a problem may tell: any other key is somebody's data. */
export const NAMED: ReadonlySet<string> = new Set([
  ...Object.keys(llmContextSchema.shape),
  ...Object.keys(importantDate.shape),
]);

/** @param problems how many problems are kept; the others are counted */
export const contactReading = (problems: number): Reading => newReading({ problems, values: MAX_VALUES, named: NAMED });

/**
 * `ok` with the content in normal form, or what is wrong with it: every problem, as far as anybody would read on. Of
 * something with more values than any contact has, only that is told.
 */
export type ContentResult =
  | { readonly ok: true; readonly content: Content }
  | { readonly ok: false; readonly problems: readonly [Problem, ...Problem[]] };

/**
 * Reads content from anything: normal form first, then validation, all problems at once. Unknown fields of the contact
 * itself are left out (they belong to the system they came from); unknown keys inside `llm_context` are kept. Never
 * throws: what throws when it is read is a problem of its field.
 */
export function parseContent(input: unknown): ContentResult {
  if (!isRecord(input)) return { ok: false, problems: [NO_OBJECT] };
  const reading = contactReading(MAX_PROBLEMS);
  const normal = normalContent(input, reading);
  if (isFull(reading)) return { ok: false, problems: [TOO_LARGE] };
  const { value, problems } = judge(contentSchema, normal, reading, contentProblem);
  const [first, ...rest] = [...problems, ...sizeProblem(normal, problems)].slice(0, MAX_PROBLEMS);
  if (first) return { ok: false, problems: [first, ...rest] };
  if (value === undefined) throw new Error('a failed parse names at least one problem');
  return { ok: true, content: value };
}

/** The fields of content that an object has, in normal form; problems go into the reading. */
export function normalContent(input: object, reading: Reading): Readonly<Record<string, Json>> {
  const normal: Record<string, Json> = {};
  for (const field of CONTENT_FIELDS) {
    const value = normalField(input, field, field, reading);
    if (value === undefined) continue;
    normal[field] =
      field === 'phones'
        ? withoutRepeats(normalPhones(value), field, reading)
        : field === 'emails'
          ? withoutRepeats(value, field, reading)
          : value;
  }
  return normal;
}

export const NO_OBJECT: Problem = { code: 'WRONG_TYPE', field: '', message: 'a contact is an object' };
export const TOO_LARGE: Problem = { code: 'TOO_LARGE', field: '', message: `larger than ${MAX_CONTENT_BYTES} bytes` };

/** The content as a whole is too large, where none of its fields is known to be. */
export function sizeProblem(
  normal: Readonly<Record<string, Json>>,
  others: readonly { readonly code: string }[],
): readonly Problem[] {
  if (others.some(({ code }) => code === 'TOO_LARGE')) return [];
  // As many bytes as the canonical JSON has, which differs in the order of keys alone and takes only what is finite.
  return Buffer.byteLength(JSON.stringify(normal)) > MAX_CONTENT_BYTES ? [TOO_LARGE] : [];
}

/** `+1 (415) 555-2671` and `+14155552671` are one number; one without `+` is left as written: its country is unknown. */
const normalPhones = (value: Json): Json =>
  Array.isArray(value)
    ? value.map((phone) =>
        typeof phone === 'string' && phone.startsWith('+')
          ? phone.replace(/[\s().\-/\u00a0\u2010-\u2015]/g, '')
          : phone,
      )
    : value;
