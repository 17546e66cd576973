import type { Answer } from '@contact-sync/api';

/** Deliveries to one target in one minute. */
export type FlowPoint = Answer<'overview'>['flow'][number];
/** A system that is delivered to. */
export type Target = FlowPoint['target'];
/** Every target, in the order in which it is shown. */
export const TARGETS = ['supabase', 'local', 'twenty'] as const satisfies readonly Target[];

/** One minute: when, and of each target how many and how fast. */
export type FlowRow = { readonly at: number } & {
  readonly [Value in `${Target} ${'delivered' | 'p50' | 'p95'}`]?: number | null;
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/**
 * The hour before `now` as rows of a minute each, wherever in its minute a point begins; a minute without deliveries
 * counts 0 and has no latency.
 */
export function rowsOf(points: readonly FlowPoint[], now: number): readonly FlowRow[] {
  const values = Array.from({ length: 60 }, () => {
    const empty = TARGETS.flatMap((target): [string, number | null][] => [
      [`${target} delivered`, 0],
      [`${target} p50`, null],
      [`${target} p95`, null],
    ]);
    return Object.fromEntries(empty);
  });
  for (const { at, target, delivered, p50_ms, p95_ms } of points) {
    const row = values[Math.floor((Date.parse(at) - (now - HOUR)) / MINUTE)];
    if (!row) continue;
    row[`${target} delivered`] = (row[`${target} delivered`] ?? 0) + delivered;
    row[`${target} p50`] = p50_ms;
    row[`${target} p95`] = p95_ms;
  }
  return values.map((row, index) => ({ at: now - HOUR + index * MINUTE, ...row }));
}

/** One target's hour in numbers. */
export interface FlowSummary {
  readonly target: Target;
  readonly delivered: number;
  /** Weighted by deliveries. */
  readonly p50: number | null;
  /** The worst minute's. */
  readonly p95: number | null;
}

/** The hour in numbers, for each target. */
export function summaryOf(points: readonly FlowPoint[]): readonly FlowSummary[] {
  return TARGETS.map((target) => {
    const own = points.filter((point) => point.target === target);
    const timed = own.filter(({ p50_ms }) => p50_ms !== null);
    const weight = timed.reduce((sum, { delivered }) => sum + delivered, 0);
    const sum = timed.reduce((total, { p50_ms, delivered }) => total + (p50_ms ?? 0) * delivered, 0);
    const worst = own.map(({ p95_ms }) => p95_ms ?? 0);
    return {
      target,
      delivered: own.reduce((total, { delivered }) => total + delivered, 0),
      p50: weight === 0 ? null : sum / weight,
      p95: worst.some((value) => value > 0) ? Math.max(...worst) : null,
    };
  });
}
