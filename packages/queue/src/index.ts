export { type Backend, type BackendOptions, type OnError, openBackend } from './backend.ts';
export { type Backoff, OUTAGE, RETRY } from './flow.ts';
export {
  ATTEMPTS,
  conflictJobSchema,
  deadLetterJobSchema,
  ingestJobSchema,
  propagateJobSchema,
  type ScheduleJob,
  scheduleJobSchema,
} from './jobs.ts';
export { deadQueueOf, KEYS_PER_JOB, queueNames, SCHEDULE_QUEUE, type ScheduleQueue } from './names.ts';
export { type FailedJobDetail, type OpenQueues, openQueues, type QueuesOptions } from './queues.ts';
export { type QueueRates, queueRates } from './rates.ts';
export {
  type RunSchedule,
  type ScheduleWorker,
  type ScheduleWorkerOptions,
  startScheduleWorker,
} from './schedule-worker.ts';
export { type OpenSchedules, openSchedules, type ScheduleEntry } from './schedules.ts';
export { openTelemetry } from './telemetry.ts';
export { type Around, startWorkers, type Workers, type WorkersOptions } from './workers.ts';
