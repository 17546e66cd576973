/** A conflict as people see it, field by field, and what their choice makes of it: pure. */
import {
  type Content,
  type ContentHash,
  canonicalJson,
  contentFields,
  inFieldOrder,
  type Json,
  withFields,
} from '@contact-sync/contact';
import { PermanentError } from '../errors.ts';
import type { OpenConflict } from '../ledger-port.ts';
import type { Choice } from '../operate.ts';
import type { Version } from '../ports.ts';

/** One field of a conflict, on every side. `null`: the side has no such field. */
export interface ConflictField {
  readonly field: string;
  /** In the version that both sides began with. */
  readonly base: Json | null;
  /** One for each candidate, in their order. */
  readonly values: readonly (Json | null)[];
  /** The candidates do not agree. */
  readonly differs: boolean;
  /** For each candidate, whether it changed the base. */
  readonly changed: readonly boolean[];
}

/**
 * Every field that some side has, in the order of the model.
 *
 * @param base what both sides began with; `null` where there is no such version
 */
export function conflictFields({ candidates }: OpenConflict, base: Version | null): readonly ConflictField[] {
  const sides = candidates.map(({ content }) => contentFields(content));
  const before = contentFields(base?.content ?? null);
  const names = [before, ...sides].flatMap((fields) => [...fields.keys()]);
  return inFieldOrder(names).map((field) => {
    const values = sides.map((fields) => fields.get(field) ?? null);
    const was = before.get(field) ?? null;
    return {
      field,
      base: was,
      values,
      differs: values.some((value) => !same(value, values[0] ?? null)),
      changed: values.map((value) => !same(value, was)),
    };
  });
}

const same = (a: Json | null, b: Json | null): boolean => canonicalJson(a) === canonicalJson(b);

/** For a candidate, for some fields of other sides, or for a content by hand. */
export type SideChoice =
  | { readonly candidate: ContentHash }
  /** Field → whose value it takes; the others stay the canonical candidate's. */
  | { readonly fields: Readonly<Record<string, ContentHash | 'base'>> }
  | { readonly content: unknown };

/**
 * What a choice by fields makes of the canonical candidate; a field that the side has not is taken out.
 *
 * @throws {PermanentError} `NO_SUCH_CANDIDATE`, also for a base that is not known; `NO_SUCH_FIELD`; `CANDIDATE_DELETED`
 *   where fields are taken of a deletion
 */
export function choiceOf(conflict: OpenConflict, base: Version | null, choice: SideChoice): Choice {
  if (!('fields' in choice)) return choice;
  const [canonical] = conflict.candidates;
  const known = new Set(conflictFields(conflict, base).map(({ field }) => field));
  const taken = Object.entries(choice.fields).map(([field, side]) => {
    if (!known.has(field))
      throw new PermanentError('NO_SUCH_FIELD', 'no side of the conflict has such a field', {
        advice: 'Name fields as the conflict lists them.',
      });
    return [field, contentFields(contentOf(conflict, base, side)).get(field)] as const;
  });
  return { content: withFields(canonical?.content ?? null, new Map(taken)) };
}

function contentOf(conflict: OpenConflict, base: Version | null, side: string): Content {
  // Nothing is known of what is not there: that is no reason to take a field out.
  const candidate = side === 'base' ? base : conflict.candidates.find(({ content_hash }) => content_hash === side);
  if (candidate == null)
    throw new PermanentError('NO_SUCH_CANDIDATE', 'the conflict has no such candidate', {
      advice: 'Choose one of the candidates that the conflict lists.',
    });
  if (candidate.content === null)
    throw new PermanentError('CANDIDATE_DELETED', 'this candidate is a deletion: it has no fields', {
      advice: 'Choose the deletion as a whole, or fields of another side.',
    });
  return candidate.content;
}
