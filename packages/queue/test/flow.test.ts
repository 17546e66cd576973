import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  answered,
  concurrencyOf,
  FLOWING,
  type Flow,
  MAX_THROTTLE_MS,
  OUTAGE,
  outage,
  probeDelay,
  RETRY,
  retryDelay,
  throttled,
} from '../src/flow.ts';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const times = fc.integer({ min: 1, max: 1_000 });

describe('the flow of a queue', () => {
  test('probes of an outage are never nearer than the base nor further than the cap', () => {
    fc.assert(
      fc.property(times, chance, (failures, random) => {
        const delay = probeDelay(OUTAGE, failures, random);
        expect(delay).toBeGreaterThanOrEqual(OUTAGE.base_ms);
        expect(delay).toBeLessThanOrEqual(OUTAGE.cap_ms);
      }),
    );
    expect(probeDelay(OUTAGE, 1, 0.999)).toBe(250);
    expect(probeDelay(OUTAGE, 1_000, 0)).toBe(15_000);
  });

  test('the attempts of a job are spread from nothing up to a ceiling that doubles and is capped', () => {
    fc.assert(
      fc.property(times, chance, (attempts, random) => {
        const delay = retryDelay(RETRY, attempts, random);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(Math.min(RETRY.cap_ms, RETRY.base_ms * 2 ** (attempts - 1)));
        expect(Number.isSafeInteger(delay)).toBe(true);
      }),
    );
    expect(retryDelay(RETRY, 3, 0.5)).toBe(1_000);
  });

  const fail = (flow: Flow, begun = flow.epoch, now = 0) =>
    outage(flow, begun, 'DOWN', { base_ms: 100, cap_ms: 1_000 }, { now, random: 0.999_999 });

  test('each probe that fails doubles the wait, up to the cap', () => {
    const waits: number[] = [];
    let flow = FLOWING;
    for (let probe = 0; probe < 6; probe += 1) {
      flow = fail(flow);
      waits.push(flow.phase === 'outage' ? flow.until : 0);
    }
    expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  test('jobs that were under way when the system went down count as one failure, however late they tell it', () => {
    const first = fail(FLOWING);
    expect(fail(first, FLOWING.epoch, 50)).toBe(first);
    expect(fail(first, FLOWING.epoch, 50_000)).toBe(first);
  });

  test('a job that was under way when the system went down does not prove that it is back', () => {
    const down = fail(FLOWING);
    expect(answered(down, FLOWING.epoch)).toBe(down);
    expect(answered(down, down.epoch)).toMatchObject({ phase: 'flowing' });
  });

  test('an answer ends the growth', () => {
    const again = fail(answered(fail(fail(fail(FLOWING))), 3));
    expect(again).toMatchObject({ phase: 'outage', failures: 1, until: 100 });
  });

  test('one job at a time during an outage, all of them otherwise', () => {
    const down = fail(FLOWING);
    expect(concurrencyOf(down, 4)).toBe(1);
    expect(concurrencyOf(answered(down, down.epoch), 4)).toBe(4);
    expect(concurrencyOf(throttled(FLOWING, 0, 'SLOW', 10, 0), 4)).toBe(4);
  });

  test('a system that asks to wait is there: its outage is over', () => {
    const down = fail(FLOWING);
    expect(throttled(down, down.epoch, 'SLOW', 10, 0)).toMatchObject({ phase: 'throttled', until: 10 });
    expect(throttled(down, FLOWING.epoch, 'SLOW', 500, 0)).toMatchObject({ phase: 'outage', until: 500 });
  });

  test('of several jobs that are asked to wait the longest wait holds', () => {
    const long = throttled(FLOWING, 0, 'SLOW', 500, 0);
    expect(throttled(long, 0, 'SLOW', 100, 0)).toMatchObject({ until: 500 });
  });

  test('a wait is a whole number of milliseconds, bounded, whatever the system asks for', () => {
    for (const asked of [Number.NaN, -5, 0, 0.2, 1e99, Number.POSITIVE_INFINITY]) {
      const flow = throttled(FLOWING, 0, 'SLOW', asked, 0);
      const until = flow.phase === 'throttled' ? flow.until : 0;
      expect(until).toBeGreaterThanOrEqual(1);
      expect(until).toBeLessThanOrEqual(MAX_THROTTLE_MS);
      expect(Number.isSafeInteger(until)).toBe(true);
    }
  });
});
