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
  const [before, after] = [leaves(a), leaves(b)];
  const differences = [...new Set([...before.keys(), ...after.keys()])]
    .sort((one, other) => placeOf(one) - placeOf(other) || (one < other ? -1 : 1))
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

/** What is compared, by field. */
function leaves(content: Content | Contact | null): ReadonlyMap<string, Json> {
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
