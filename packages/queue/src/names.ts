import { type DeadQueue, type QueueName, type Target, WORK_QUEUES, type WorkQueue } from '@contact-sync/sync';

/** The queue of what runs by itself, again and again. Its jobs are called as the schedules are. */
export const SCHEDULE_QUEUE = 'schedules' as const;
/** See {@link SCHEDULE_QUEUE}. */
export type ScheduleQueue = typeof SCHEDULE_QUEUE;

/** The queue that shows the dead letters of a work queue. */
export const deadQueueOf = (queue: WorkQueue): DeadQueue => `${queue}-dead`;
export const propagateQueueOf = (target: Target): WorkQueue => `propagate-${target}`;

/** Every queue: those that work, a dead twin for each, and the conflicts that wait for a person. */
export const queueNames: readonly QueueName[] = [...WORK_QUEUES, ...WORK_QUEUES.map(deadQueueOf), 'conflicts'];

/**
 * The most keys that one job carries. An ingest job reads, decides and appends all of them under one lock; Twenty takes
 * 60 records in one call.
 */
export const KEYS_PER_JOB: Readonly<Record<WorkQueue, number>> = {
  ingest: 200,
  'propagate-supabase': 500,
  'propagate-local': 500,
  'propagate-twenty': 60,
};
