import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Candidate,
  type ContentHash,
  compareRank,
  contactId,
  fromMicros,
  isContactId,
  newContactId,
  resolve,
  timestamp,
  toMicros,
} from '../src/index.ts';

const hash = fc.constantFrom('a', 'b', 'c').map((letter) => letter.repeat(64) as ContentHash);
const time = fc.integer({ min: 0, max: 5 }).map((us) => fromMicros(1_700_000_000_000_000n + BigInt(us)));
const candidate: fc.Arbitrary<Candidate> = fc.record({
  version: fc.integer({ min: 1, max: 4 }),
  last_updated: time,
  content_hash: hash,
});

describe('the rule', () => {
  it('takes the same content for an echo, whatever the ranks', () => {
    fc.assert(
      fc.property(candidate, candidate, (a, b) => {
        expect(resolve({ ...a, content_hash: b.content_hash }, b).kind).toBe('echo');
      }),
    );
  });

  it('lets the higher rank win and nobody when they are equal', () => {
    fc.assert(
      fc.property(candidate, candidate, (incoming, head) => {
        fc.pre(incoming.content_hash !== head.content_hash);
        const order = Math.sign(compareRank(incoming, head));
        const kind = order > 0 ? 'accepted' : order < 0 ? 'superseded' : 'conflict';
        expect(resolve(incoming, head).kind).toBe(kind);
      }),
    );
  });

  it('gives a winner a version above the head, its own where that is higher', () => {
    fc.assert(
      fc.property(candidate, candidate, (incoming, head) => {
        const verdict = resolve(incoming, head);
        fc.pre(verdict.kind === 'accepted');
        if (verdict.kind === 'accepted') expect(verdict.version).toBe(Math.max(incoming.version, head.version + 1));
      }),
    );
  });

  it('accepts what nobody has seen before', () => {
    const first = {
      version: 3,
      last_updated: timestamp('2026-01-01T00:00:00Z'),
      content_hash: 'a'.repeat(64) as ContentHash,
    };
    expect(resolve(first, null)).toEqual({ kind: 'accepted', version: 3, reason: 'no_head' });
  });
});

describe('timestamps', () => {
  it.each([
    ['2024-05-01T12:34:56.123456+00:00', '2024-05-01T12:34:56.123456Z'],
    ['2024-05-01 14:34:56.1+02', '2024-05-01T12:34:56.100000Z'],
    ['2024-05-01T12:34:56Z', '2024-05-01T12:34:56.000000Z'],
    ['2024-05-01T12:34:56.123456789Z', '2024-05-01T12:34:56.123456Z'],
    ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
  ])('reads %s with its microseconds', (text, expected) => {
    expect(timestamp(text)).toBe(expected);
  });

  it.each(['', 'yesterday', '2024-05-01', '2024-05-01T12:34:56', '10000-01-01T00:00:00Z', '0000-01-01T00:00:00Z'])(
    'refuses %j',
    (text) => {
      expect(() => timestamp(text)).toThrow(RangeError);
    },
  );

  it('compare as text just as they do as numbers', () => {
    const micros = fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n });
    fc.assert(
      fc.property(micros, micros, (a, b) => {
        expect(fromMicros(a) < fromMicros(b)).toBe(a < b);
        expect(toMicros(fromMicros(a))).toBe(a);
      }),
    );
  });
});

describe('contact ids', () => {
  it('are every INT64 in its one decimal form, and nothing else', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(contactId(value.toString())).toBe(value.toString());
      }),
    );
    for (const wrong of ['', '-0', '007', '1.0', '1e3', ' 1', '9223372036854775808', '-9223372036854775809'])
      expect(isContactId(wrong), wrong).toBe(false);
  });

  it('are handed out in order of age and beyond what a JS number holds', () => {
    const [older, newer] = [newContactId(1_795_000_000_000, 2 ** 22 - 1), newContactId(1_795_000_000_001, 0)];
    expect(BigInt(older)).toBeLessThan(BigInt(newer));
    expect(BigInt(newer)).toBeGreaterThan(BigInt(Number.MAX_SAFE_INTEGER));
  });
});
