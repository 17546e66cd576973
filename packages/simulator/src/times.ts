import { type Micros, SECOND } from './scheduler.ts';

/** With faults healed everything is done within this time, or I6 is broken: the longest backoff is half a minute. */
export const BOUND: Micros = 15 * 60 * SECOND;
