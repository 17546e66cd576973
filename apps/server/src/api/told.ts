/** What the desk says, in the shapes of the contract. */
import type { Answer, RouteName } from '@contact-sync/api';
import type { ConflictDetail, KnownVersion, TimelineItem } from '@contact-sync/sync';

type ReadonlyDeep<T> = T extends readonly unknown[] | object ? { readonly [Key in keyof T]: ReadonlyDeep<T[Key]> } : T;

/** What a route answers, as the server makes it: nothing in it is changed again. */
export type Told<Name extends RouteName> = ReadonlyDeep<Answer<Name>>;

/** A step of a timeline: of a version `before` and `after` where the desk has sides, `null` where there is nothing. */
export function toldStep(step: TimelineItem): Told<'timeline'>['items'][number] {
  if (step.kind !== 'version') return step;
  const { differences, ...told } = step;
  return {
    ...told,
    changes: differences.map(({ field, a, b }) => ({ field, before: a ?? null, after: b ?? null })),
  };
}

/** A version, without what only the hub needs to know of it. */
export function toldVersion(known: KnownVersion): Told<'versions'>['items'][number] {
  const { version, content_hash, status, source, last_updated, last_updated_by, recorded_at, content } = known;
  return { version, content_hash, status, source, last_updated, last_updated_by, recorded_at, content };
}

/** A conflict, of whose base only what people compare with is told. */
export function toldConflict({ conflict, base, fields, actions }: ConflictDetail): Told<'conflict'> {
  return { conflict, base: base === null ? null : baseOf(base), fields, actions };
}

const baseOf = ({ version, last_updated, last_updated_by, content }: KnownVersion) => ({
  version,
  last_updated,
  last_updated_by,
  content,
});
