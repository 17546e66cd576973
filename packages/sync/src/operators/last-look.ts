import type { DriftReport } from './drift.ts';

/** What a look for drift found, as it is remembered. */
export interface LastLook {
  /** How many per cent of the records had drifted. */
  readonly percent: number;
  /** How many. */
  readonly found: number;
  /** When it began: an ISO 8601 instant. */
  readonly at: string;
}

/** @param report `null`: nobody has looked yet */
export function lastLook(report: DriftReport | null): LastLook | null {
  if (report === null) return null;
  const { percent, drift, started_at } = report;
  return { percent, found: Object.values(drift).reduce((sum, count) => sum + count, 0), at: started_at };
}
