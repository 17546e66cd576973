import type { Contact } from './contact.ts';
import { CONTENT_FIELDS, type Content, contactReading, llmContextSchema, normalContent } from './content.ts';
import { canonicalJson, type Json } from './json.ts';
import { isFull, isRecord } from './normal-form.ts';

/** One field in which two contacts differ. */
export interface FieldDifference {
  /** `emails`, `organization`, `llm_context.key_interests`: a field of the content, and of `llm_context` each key. */
  readonly field: string;
  /** In normal form; `undefined` where the contact has none. */
  readonly a: Json | undefined;
  readonly b: Json | undefined;
}

/** How two contacts differ; `equal` when there are no differences. */
export interface Comparison {
  readonly equal: boolean;
  /** In the order of the model, keys of somebody's own last. */
  readonly differences: readonly FieldDifference[];
}

/**
 * Field by field, how two contacts differ under normal form: equal exactly when their content hashes are. Lists are
 * compared in order, for the first address is the primary one. Ids and sync metadata do not count. Neither side has to
 * be valid: a value that breaks a rule is compared like any other.
 *
 * @param a content or a whole contact; `null` is a deleted one, which has no fields
 * @throws {TypeError} for what no normal form can be made of (NUL, infinite numbers, nesting or size beyond all bounds):
 *   half of it compared could look equal
 */
export function compareContacts(a: Content | Contact | null, b: Content | Contact | null): Comparison {
  const [before, after] = [contentFields(a), contentFields(b)];
  const differences = inFieldOrder([...before.keys(), ...after.keys()])
    .map((field) => ({ field, a: before.get(field), b: after.get(field) }))
    .filter((difference) => !same(difference.a, difference.b));
  return { equal: differences.length === 0, differences };
}

const same = (a: Json | undefined, b: Json | undefined): boolean =>
  a === undefined || b === undefined ? a === b : canonicalJson(a) === canonicalJson(b);

const LLM = 'llm_context';
const ORDER: ReadonlyMap<string, number> = new Map(
  [...CONTENT_FIELDS, ...Object.keys(llmContextSchema.shape).map((key) => `${LLM}.${key}`)].map((field, place) => [
    field,
    place,
  ]),
);
const placeOf = (field: string): number => ORDER.get(field) ?? ORDER.size;

/** Names of {@link contentFields}, each once, in the order of the model, keys of somebody's own last. */
export const inFieldOrder = (fields: Iterable<string>): readonly string[] =>
  [...new Set(fields)].sort((one, other) => placeOf(one) - placeOf(other) || (one < other ? -1 : 1));

/**
 * The fields of a contact as they are compared: those of the content, and of `llm_context` each key, as
 * `llm_context.how_met`; in normal form, absent where it has none.
 *
 * @param content `null` is a deleted contact, which has no fields
 * @throws {TypeError} as {@link compareContacts}
 */
export function contentFields(content: Content | Contact | null): ReadonlyMap<string, Json> {
  if (content === null) return new Map();
  const reading = contactReading(1);
  const normal = normalContent(content, reading);
  const [problem] = reading.problems;
  if (problem) throw new TypeError(`no normal form: ${problem.field} ${problem.message}`);
  if (isFull(reading)) throw new TypeError('no normal form: more values than a contact has');
  return new Map(
    Object.entries(normal).flatMap(([field, value]): [string, Json][] =>
      field === LLM && isRecord(value)
        ? // What is a record in normal form is a Json object; isRecord tells less.
          Object.entries(value as Readonly<Record<string, Json>>).map(([key, item]) => [`${LLM}.${key}`, item])
        : [[field, value]],
    ),
  );
}

/**
 * A content with some fields put in place, or taken out where the value is `undefined`; what comes of it is yet to be
 * checked by `parseContent`.
 *
 * @param fields by the names that {@link contentFields} gives
 */
export function withFields(
  content: Content | null,
  fields: ReadonlyMap<string, Json | undefined>,
): Readonly<Record<string, unknown>> {
  const merged = new Map<string, Json | undefined>([...contentFields(content), ...fields]);
  const top: [string, unknown][] = [];
  const context: [string, unknown][] = [];
  for (const [field, value] of merged) {
    if (value === undefined) continue;
    if (field.startsWith(`${LLM}.`)) context.push([field.slice(LLM.length + 1), value]);
    else top.push([field, value]);
  }
  // Entries become own properties, whatever they are called.
  return Object.fromEntries(context.length === 0 ? top : [...top, [LLM, Object.fromEntries(context)]]);
}
