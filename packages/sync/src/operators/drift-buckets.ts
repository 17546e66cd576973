/** Which groups of records a look may pass over, and which it may vouch for afterwards: pure. */
import type { BucketDigest } from '../watching/bucket.ts';
import type { Seal } from '../watching/seals-port.ts';

/** What both sides say of one bucket at one moment. A side that holds nothing there says `''`. */
export interface BothSides {
  /** Records that the system holds. */
  readonly records: number;
  /** Records that the ledger believes to be there. */
  readonly believed: number;
  readonly there: string;
  readonly here: string;
}

/** By bucket; those of which neither side says anything are left out. */
export type Standing = ReadonlyMap<number, BothSides>;

const NOTHING: BothSides = { records: 0, believed: 0, there: '', here: '' };

/** Puts together what the system and the ledger said. */
export function standingOf(there: readonly BucketDigest[], here: readonly BucketDigest[]): Standing {
  const standing = new Map<number, BothSides>();
  for (const { bucket, records, digest } of there) standing.set(bucket, { ...NOTHING, records, there: digest });
  for (const { bucket, records, digest } of here)
    standing.set(bucket, { ...(standing.get(bucket) ?? NOTHING), believed: records, here: digest });
  return standing;
}

/** The buckets that stand otherwise than when they were sealed, or never were: ascending. */
export function unsealed(standing: Standing, seals: readonly Seal[]): readonly number[] {
  const sealed = new Map(seals.map((seal) => [seal.bucket, seal]));
  const isOpen = ([bucket, { there, here }]: readonly [number, BothSides]) => {
    const seal = sealed.get(bucket);
    return seal === undefined || seal.there !== there || seal.here !== here;
  };
  return [...standing]
    .filter(isOpen)
    .map(([bucket]) => bucket)
    .sort((one, other) => one - other);
}

/** Splits buckets into groups of at most so many records; one that holds more stands alone. */
export function groupsOf(buckets: readonly number[], standing: Standing, most: number): readonly (readonly number[])[] {
  const groups: number[][] = [];
  let room = 0;
  for (const bucket of buckets) {
    const { records, believed } = standing.get(bucket) ?? NOTHING;
    const size = Math.max(records, believed);
    const last = groups.at(-1);
    if (last === undefined || size > room) {
      groups.push([bucket]);
      room = most - size;
    } else {
      last.push(bucket);
      room -= size;
    }
  }
  return groups;
}

/**
 * Of the buckets that were read, those to seal: nothing in them was out of step, and both sides stood alike before they
 * were read and after.
 *
 * @param unclean buckets of which a record was not in step, whatever explains it
 */
export function sealable(
  read: readonly number[],
  unclean: ReadonlySet<number>,
  before: Standing,
  after: Standing,
): readonly Seal[] {
  return read.flatMap((bucket) => {
    const [was, is] = [before.get(bucket), after.get(bucket)];
    if (was === undefined || is === undefined || unclean.has(bucket)) return [];
    const { there, here, records } = was;
    return there === is.there && here === is.here ? [{ bucket, records, there, here }] : [];
  });
}
