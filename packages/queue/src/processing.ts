/**
 * What a worker does with a job, without the backend that brings it: for whoever runs the hub on a queue of another kind,
 * as the simulator does.
 */

export { failureOfJob } from './failure.ts';
export { OUTAGE, RETRY, retryDelay } from './flow.ts';
export { Gate, type Valve } from './gate.ts';
export { ATTEMPTS, conflictJobId, deadLetterJobId, MAX_STALLED, splitJob } from './jobs.ts';
export { KEYS_PER_JOB } from './names.ts';
export { processJob } from './processor.ts';
