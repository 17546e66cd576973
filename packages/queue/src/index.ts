export { type Backend, type BackendOptions, type OnError, openBackend } from './backend.ts';
export { type Backoff, OUTAGE, RETRY } from './flow.ts';
export {
  ATTEMPTS,
  conflictJobSchema,
  deadLetterJobSchema,
  ingestJobSchema,
  propagateJobSchema,
} from './jobs.ts';
export { deadQueueOf, KEYS_PER_JOB, queueNames } from './names.ts';
export { type FailedJobDetail, type OpenQueues, openQueues, type QueuesOptions } from './queues.ts';
export { startWorkers, type Workers, type WorkersOptions } from './workers.ts';
