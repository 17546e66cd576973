import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { skewOf, skewOfDate } from '../src/index.ts';

const EPOCH = Date.UTC(2026, 0, 1);
const time = fc.integer({ min: EPOCH, max: EPOCH + 10 ** 10 });
const wait = fc.integer({ min: 0, max: 60_000 });
const ahead = fc.integer({ min: -(10 ** 9), max: 10 ** 9 });

describe('how far a clock is from ours', () => {
  it('is found within half of what the answer took, however long it was on its way out and back', () => {
    fc.assert(
      fc.property(time, wait, wait, ahead, (asked, out, back, skew) => {
        const found = skewOf(asked + out + skew, asked, asked + out + back);
        expect(Math.abs((found ?? Number.NaN) - skew)).toBeLessThanOrEqual((out + back) / 2 + 0.5);
      }),
    );
  });

  it('is found within half a second more from a Date header, which tells whole seconds', () => {
    fc.assert(
      fc.property(time, wait, wait, ahead, (asked, out, back, skew) => {
        const header = new Date(asked + out + skew).toUTCString();
        const found = skewOfDate(header, asked, asked + out + back);
        expect(Math.abs((found ?? Number.NaN) - skew)).toBeLessThanOrEqual((out + back) / 2 + 500.5);
      }),
    );
  });

  it.each([null, undefined, '', 'yesterday'])('is not known from the header %j', (header) => {
    expect(skewOfDate(header, 0, 10)).toBeNull();
  });

  it('is not known where no time is told', () => {
    expect(skewOf(null, 0, 10)).toBeNull();
  });
});
