import { z } from 'zod';
import { canonicalJson, type Json } from './json.ts';
import type { Problem, ProblemCode } from './problem.ts';

/** A family, B friends, C acquaintances, D dating, E ex-romantic, F services, G professional, H hostile, X exclude. */
export const CATEGORIES = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'X'] as const;
export type Category = (typeof CATEGORIES)[number];

/** The largest content accepted, in UTF-8 bytes of its canonical JSON: 500 of them fit BigQuery's 10 MB request twenty to one. */
export const MAX_CONTENT_BYTES = 256 * 1024;
const MAX_TEXT = 100_000;
const MAX_LINE = 1_000;
const MAX_ITEMS = 500;
/** Each value takes two bytes of the canonical JSON at least: with more of them a content is too large, however short. */
const MAX_VALUES = MAX_CONTENT_BYTES / 2;
/** More problems than these help nobody, and all of them go into one dead letter. */
const MAX_PROBLEMS = 20;

// The type first, the size after it: a size is looked for in whatever has a `length`, and an object may have a monstrous one.
const text = (max: number, min = 0) => z.string().pipe(z.string().min(min).max(max));
const items = <Item extends z.ZodType>(item: Item) => z.array(z.unknown()).pipe(z.array(item).max(MAX_ITEMS));
const list = (max: number) => items(text(max));
const scale = z.number().int().min(1).max(10);

const importantDate = z.looseObject({
  date: text(MAX_LINE).optional(),
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
  emotional_depth: scale.optional(),
  closeness_level: scale.optional(),
  how_met: text(MAX_TEXT).optional(),
  current_state: text(MAX_TEXT).optional(),
  blind_spots: list(MAX_TEXT).optional(),
  strengths: list(MAX_TEXT).optional(),
  tensions: list(MAX_TEXT).optional(),
});
export type LlmContext = z.infer<typeof llmContextSchema>;

/** The names that may be told: any other key is somebody's data. */
const NAMED: ReadonlySet<string> = new Set([
  ...Object.keys(llmContextSchema.shape),
  ...Object.keys(importantDate.shape),
]);

/** Everything of a contact but its id and sync metadata. Absent, `null` and empty mean the same; normal form: absent. */
export const contentSchema = z
  .object({
    canonical_name: text(MAX_LINE, 1),
    given_name: text(MAX_LINE).optional(),
    family_name: text(MAX_LINE).optional(),
    /** First is primary. */
    emails: list(320).optional(),
    /** First is primary. E.164 (`+14155552671`) wherever the country is known. */
    phones: list(100).optional(),
    organization: text(MAX_LINE).optional(),
    job_title: text(MAX_LINE).optional(),
    linkedin_url: text(2_000).optional(),
    category_code: z.enum(CATEGORIES).optional(),
    /** Begins with its category_code, as `B2`. */
    subcategory_code: text(20).optional(),
    llm_context: llmContextSchema.optional(),
  })
  .superRefine((content, context) => {
    const { category_code: category, subcategory_code: subcategory } = content;
    if (subcategory === undefined) return;
    if (category === undefined || !subcategory.startsWith(category))
      context.addIssue({
        code: 'custom',
        path: ['subcategory_code'],
        message: 'does not begin with the category_code',
        params: { code: 'INVALID_SUBCATEGORY' satisfies ProblemCode },
      });
  });
export type Content = z.infer<typeof contentSchema>;
export type ContentField = keyof Content;

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

/** `ok` with the content in normal form, or what is wrong with it: every problem, as far as anybody would read on. */
export type ContentResult =
  | { readonly ok: true; readonly content: Content }
  | { readonly ok: false; readonly problems: readonly [Problem, ...Problem[]] };

/**
 * Reads content from anything: normal form first, then validation, all problems at once. Unknown fields of the contact
 * itself are left out (they belong to the system they came from); unknown keys inside `llm_context` are kept.
 */
export function parseContent(input: unknown): ContentResult {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return { ok: false, problems: [{ code: 'WRONG_TYPE', field: '', message: 'a contact is an object' }] };
  const seen: Seen = { problems: [], values: 0 };
  const { problems } = seen;
  const normal: Record<string, Json> = {};
  for (const field of CONTENT_FIELDS) {
    const value = normalValue(Reflect.get(input, field), field, seen);
    if (value === undefined) continue;
    normal[field] = field === 'phones' ? normalPhones(value) : field === 'emails' ? unique(value) : value;
  }
  if (seen.values > MAX_VALUES) return { ok: false, problems: [TOO_LARGE] };
  const parsed = contentSchema.safeParse(normal);
  if (!parsed.success)
    problems.push(...parsed.error.issues.slice(0, MAX_PROBLEMS).map((issue) => problemOf(issue, normal)));
  else if (problems.length === 0 && Buffer.byteLength(canonicalJson(normal)) > MAX_CONTENT_BYTES)
    problems.push(TOO_LARGE);
  const [first, ...rest] = problems.slice(0, MAX_PROBLEMS);
  if (first) return { ok: false, problems: [first, ...rest] };
  if (!parsed.success) throw new Error('a failed parse names at least one problem', { cause: parsed.error });
  return { ok: true, content: parsed.data };
}

const TOO_LARGE: Problem = { code: 'TOO_LARGE', field: '', message: `larger than ${MAX_CONTENT_BYTES} bytes` };

/** What was met on the way through one input. */
interface Seen {
  readonly problems: Problem[];
  /** How many values the content has so far. */
  values: number;
}

/**
 * One spelling for equal values: text in Unicode NFC, well-formed and without blanks around it; keys whose value is
 * `null`, `''`, `[]` or `{}` left out; −0 is 0. Idempotent.
 *
 * @returns `undefined` when nothing is left
 */
function normalValue(value: unknown, path: string, seen: Seen, depth = 0): Json | undefined {
  const told = (code: ProblemCode, message: string) => {
    if (seen.problems.length < MAX_PROBLEMS) seen.problems.push({ code, field: path, message });
  };
  if (seen.values > MAX_VALUES) return undefined;
  if (depth > 32) {
    told('TOO_LARGE', 'nested deeper than 32 levels');
    return undefined;
  }
  if (value === undefined || value === null) return undefined;
  seen.values++;
  if (typeof value === 'string') {
    if (value.includes('\u0000')) told('INVALID_TEXT', 'holds a NUL character');
    const normal = value.toWellFormed().normalize('NFC').trim();
    return normal === '' ? undefined : normal;
  }
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) told('OUT_OF_RANGE', 'not a finite number');
    return value === 0 ? 0 : value;
  }
  if (Array.isArray(value)) {
    const items = value
      .map((item, index) => normalValue(item, `${path}.${index}`, seen, depth + 1))
      .filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  if (typeof value === 'object') {
    const normal = new Map<string, Json>();
    for (const [key, item] of Object.entries(value)) {
      const name = key.toWellFormed().normalize('NFC');
      if (name.includes('\u0000')) told('INVALID_TEXT', 'has a key with a NUL character');
      // Programs that copy objects lose it, or worse: better told than dropped by one of them.
      if (name === '__proto__') told('INVALID_TEXT', 'has a key __proto__');
      const one = normalValue(item, `${path}.${NAMED.has(name) ? name : '*'}`, seen, depth + 1);
      if (one === undefined) continue;
      if (normal.has(name)) told('INVALID_TEXT', 'has two keys that are one in Unicode NFC');
      normal.set(name, one);
    }
    return normal.size === 0 ? undefined : Object.fromEntries(normal);
  }
  told('WRONG_TYPE', `a ${typeof value} cannot be stored`);
  return undefined;
}

const unique = (value: Json): Json => (Array.isArray(value) ? [...new Set(value)] : value);

/** `+1 (415) 555-2671` and `+14155552671` are one number; one without `+` is left as written: its country is unknown. */
const normalPhones = (value: Json): Json =>
  Array.isArray(value)
    ? unique(
        value.map((phone) =>
          typeof phone === 'string' && phone.startsWith('+')
            ? phone.replace(/[\s().\-/\u00a0\u2010-\u2015]/g, '')
            : phone,
        ),
      )
    : value;

function problemOf(issue: z.core.$ZodIssue, input: Record<string, Json>): Problem {
  const field = issue.path.map(String).join('.');
  const root = issue.path[0];
  const missing = issue.code === 'invalid_type' && typeof root === 'string' && !(root in input);
  if (missing) return { code: 'REQUIRED', field, message: 'is required and must not be empty' };
  if (root === 'category_code')
    return { code: 'INVALID_CATEGORY', field, message: `is not one of ${CATEGORIES.join(', ')}` };
  if (issue.code === 'custom') return { code: 'INVALID_SUBCATEGORY', field, message: issue.message };
  if (issue.code === 'too_big' || issue.code === 'too_small') {
    const size = issue.origin === 'string' || issue.origin === 'array';
    return { code: size ? 'TOO_LARGE' : 'OUT_OF_RANGE', field, message: issue.message };
  }
  if (issue.code === 'invalid_type') return { code: 'WRONG_TYPE', field, message: `must be a ${issue.expected}` };
  return { code: 'WRONG_TYPE', field, message: 'has the wrong form' };
}
