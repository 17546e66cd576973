/** Which buckets are read, in which groups, and which are sealed: pure, and so for any digests. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BucketDigest } from '../src/index.ts';
import { groupsOf, sealable, standingOf, unsealed } from '../src/operators/drift-buckets.ts';

/** Few buckets and fewer digests, so that many are met again. */
const side = fc.uniqueArray(
  fc.record({ bucket: fc.nat(12), records: fc.nat(9), digest: fc.constantFrom('a', 'b', 'c') }),
  { selector: ({ bucket }) => bucket, maxLength: 12 },
);
const standing = fc.tuple(side, side).map(([there, here]) => standingOf(there, here));
const bucketsOf = (...sides: readonly (readonly BucketDigest[])[]) =>
  [...new Set(sides.flat().map(({ bucket }) => bucket))].sort((a, b) => a - b);

describe('buckets', () => {
  it('are all read where nothing was sealed, whichever side has something in them', () => {
    fc.assert(
      fc.property(side, side, (there, here) => {
        expect(unsealed(standingOf(there, here), [])).toEqual(bucketsOf(there, here));
      }),
    );
  });

  it('are read again just when a side says something else than when they were sealed', () => {
    fc.assert(
      fc.property(standing, standing, (then, now) => {
        const seals = sealable([...then.keys()], new Set(), then, then);
        const read = unsealed(now, seals);
        for (const [bucket, { there, here }] of now) {
          const was = then.get(bucket);
          expect(read.includes(bucket)).toBe(was?.there !== there || was?.here !== here);
        }
        expect(unsealed(then, seals)).toEqual([]);
      }),
    );
  });

  it('are sealed only where all was in step and both sides stood alike before and after', () => {
    fc.assert(
      fc.property(standing, standing, fc.uniqueArray(fc.nat(12)), (before, after, unclean) => {
        const seals = sealable([...before.keys()], new Set(unclean), before, after);
        for (const { bucket, there, here, records } of seals) {
          expect(unclean).not.toContain(bucket);
          expect([before.get(bucket), after.get(bucket)]).toMatchObject([
            { there, here, records },
            { there, here },
          ]);
        }
        const kept = new Set(seals.map(({ bucket }) => bucket));
        for (const [bucket, was] of before) {
          const is = after.get(bucket);
          const stands = is?.there === was.there && is.here === was.here && !unclean.includes(bucket);
          expect(kept.has(bucket)).toBe(stands);
        }
      }),
    );
  });

  it('are read in groups that hold no more than is wanted, and all of them in their order', () => {
    fc.assert(
      fc.property(standing, fc.integer({ min: 1, max: 30 }), (stand, most) => {
        const buckets = unsealed(stand, []);
        const groups = groupsOf(buckets, stand, most);
        expect(groups.flat()).toEqual(buckets);
        for (const group of groups) {
          const held = group.map((bucket) => {
            const { records = 0, believed = 0 } = stand.get(bucket) ?? {};
            return Math.max(records, believed);
          });
          const sum = held.reduce((all, one) => all + one, 0);
          expect(group.length === 1 || sum <= most).toBe(true);
        }
      }),
    );
  });
});
