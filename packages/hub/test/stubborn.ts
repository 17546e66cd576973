/** A program for stopping.test.ts: runs until it is told to stop, then closes as its argument says. */
import { openLog, untilStopped } from '../src/index.ts';

const log = openLog('info');
const close = process.argv[2] === 'never' ? () => new Promise<void>(() => {}) : async () => {};
const keepAlive = setInterval(() => {}, 60_000);
const stopped = untilStopped(log, close, { bound_ms: Number(process.argv[3]), parent: process.stdin });
log.info({}, 'runs');
process.exitCode = await stopped;
clearInterval(keepAlive);
