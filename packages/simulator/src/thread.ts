/** Plays a range of histories on a thread of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Range, simulate } from './simulate.ts';

/** Told now and then, so that telling costs nothing. */
const TOLD_EVERY = 20;

// A trace is made for each error that a fault is told by, and read by nobody.
Error.stackTraceLimit = 0;
let played = 0;
const result = await simulate(workerData as Range, () => {
  played += 1;
  if (played % TOLD_EVERY === 0) parentPort?.postMessage({ played: TOLD_EVERY });
});
parentPort?.postMessage({ result });
