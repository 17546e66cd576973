/** What a request asks for, by the schemas of its route. */
import type { Problem, Route } from '@contact-sync/api';
import type { Request } from 'express';
import type { z } from 'zod';
import { Refusal } from '../problem.ts';
import { isKeepable } from './body.ts';

type Wrong = NonNullable<Problem['errors']>;

/** The parts of a request, parsed. */
export interface Parsed {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** @throws {Refusal} `BAD_REQUEST`, with what is wrong: names of fields, and none of what was sent */
export function askedOf({ params, query, body }: Route, request: Request): Parsed {
  const wrong: Wrong[number][] = [];
  const parsed = (schema: z.ZodType | undefined, value: unknown): unknown => {
    if (schema === undefined) return undefined;
    const result = schema.safeParse(value);
    if (!result.success) wrong.push(...result.error.issues.map(wrongOf));
    return result.data;
  };
  const asked = { params: parsed(params, request.params), query: parsed(query, request.query) };
  const sent: unknown = request.body;
  if (body !== undefined && !isKeepable(sent)) wrong.push({ field: '', message: 'holds NUL or half a character' });
  const given = { ...asked, body: parsed(body, sent) };
  if (wrong.length > 0) throw badRequest(wrong);
  return given;
}

/** A request that is wrong in these respects. */
export const badRequest = (errors: Wrong): Refusal =>
  new Refusal(400, 'BAD_REQUEST', 'what is asked for is not what this route takes', { errors: errors.slice(0, 20) });

/** `unrecognized_keys` would tell what was sent, and so may the name of a key that somebody made up. */
function wrongOf({ code, path, message }: z.core.$ZodIssue): Wrong[number] {
  const field = path.map((part) => (/^[\w.]{1,60}$/.test(String(part)) ? String(part) : '…')).join('.');
  return { field, message: code === 'unrecognized_keys' ? 'has keys that are not known' : message };
}
