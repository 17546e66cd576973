import type { z } from 'zod';
import type { Json } from './json.ts';
import { inputPath, type Reading } from './normal-form.ts';
import type { ContactProblemCode, Problem, ProblemCode } from './problem.ts';

export type ContactIssue = z.core.$ZodIssue;
export type NormalFields = Readonly<Record<string, Json>>;

/** What a schema says of fields in normal form. */
export interface Judged<Value, Code extends ContactProblemCode> {
  /** `undefined` when a rule is broken. */
  readonly value: Value | undefined;
  /** Of the normal form, then of the schema, one for each field; each of the two up to the reading's bound. */
  readonly problems: readonly Problem<Code>[];
  /** How many more there are. */
  readonly more: number;
}

/**
 * Holds fields in normal form to a schema. A field that the normal form had a problem with is not judged again: what is
 * left of it is not what somebody wrote.
 *
 * @param problemOf what an issue of the schema is called; the field is where the value stands in the input
 */
export function judge<Value, Code extends ContactProblemCode>(
  schema: z.ZodType<Value>,
  normal: NormalFields,
  reading: Reading,
  problemOf: (issue: ContactIssue, field: string, normal: NormalFields) => Problem<Code>,
): Judged<Value, Code | ProblemCode> {
  const problems: Problem<Code | ProblemCode>[] = [...reading.problems];
  const parsed = schema.safeParse(normal);
  const fields = new Set(problems.map(({ field }) => field));
  const most = problems.length + reading.bounds.problems;
  let more = reading.untold;
  for (const issue of parsed.error?.issues ?? []) {
    if (problems.length >= most) {
      more++;
      continue;
    }
    const field = inputPath(issue.path, reading);
    if (fields.has(field)) continue;
    fields.add(field);
    problems.push(problemOf(issue, field, normal));
  }
  return { value: parsed.data, problems, more };
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  int: 'a whole number',
  number: 'a number',
  array: 'a list',
  object: 'an object',
};

/** A problem of one field that the content of a contact has. */
export function contentProblem(issue: ContactIssue, field: string, normal: NormalFields): Problem {
  switch (issue.code) {
    case 'invalid_type':
      return isMissing(issue, normal)
        ? { code: 'REQUIRED', field, message: 'is required and must not be empty' }
        : { code: 'WRONG_TYPE', field, message: `must be ${TYPES[issue.expected] ?? `a ${issue.expected}`}` };
    case 'invalid_value':
      return { code: 'INVALID_CATEGORY', field, message: `is not one of ${issue.values.map(String).join(', ')}` };
    case 'too_big':
    case 'too_small': {
      const size = issue.origin === 'string' || issue.origin === 'array';
      return { code: size ? 'TOO_LARGE' : 'OUT_OF_RANGE', field, message: issue.message };
    }
    case 'custom':
      return { code: 'INVALID_SUBCATEGORY', field, message: issue.message };
    default:
      return { code: 'WRONG_TYPE', field, message: 'has the wrong form' };
  }
}

function isMissing({ path }: ContactIssue, normal: NormalFields): boolean {
  let value: unknown = normal;
  for (const key of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return value === undefined;
}
