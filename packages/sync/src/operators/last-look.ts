import type { Action } from './port.ts';

/** What a look for drift found, as it is remembered. */
export interface LastLook {
  /** How many per cent of the records had drifted. */
  readonly percent: number;
  /** How many. */
  readonly found: number;
  /** When it began: an ISO 8601 instant. */
  readonly at: string;
}

/** @param actions about one system, newest first. @returns `null` when none of them is a look that came to its end */
export function lastLook(actions: readonly Action[]): LastLook | null {
  for (const { kind, outcome, result, begun_at } of actions) {
    if (kind !== 'drift' || outcome !== 'done' || typeof result !== 'object' || result === null) continue;
    if (!('percent' in result) || !('drift' in result)) continue;
    const { percent, drift } = result;
    if (typeof percent !== 'number' || typeof drift !== 'object' || drift === null) continue;
    const counts: readonly unknown[] = Object.values(drift);
    return { percent, found: counts.reduce((sum: number, count) => sum + Number(count), 0), at: begun_at };
  }
  return null;
}
