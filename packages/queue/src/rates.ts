import { WORK_QUEUES, type WorkQueue } from '@contact-sync/sync';
import type { Metrics } from 'bullmq';
import type { Backend } from './backend.ts';
import type { OpenQueues } from './queues.ts';

const MINUTE_MS = 60_000;

/** Jobs of a queue that ended in each minute. */
export interface QueueRates {
  readonly completed_per_minute: number;
  /** For good: retries are none. */
  readonly failed_per_minute: number;
}

/**
 * What the backend counted itself, in the moment that it ended each job, over the newest minutes: the last one is not over.
 * Both backends do.
 *
 * @param minutes 1 to {@link COUNTED_MINUTES}
 * @param now milliseconds since the Unix epoch
 * @throws {OutageError} QUEUE_UNREACHABLE
 */
export async function queueRates(
  backend: Pick<Backend, 'ended'>,
  queues: Pick<OpenQueues, 'bull'>,
  minutes: number,
  now: number,
): Promise<Readonly<Record<WorkQueue, QueueRates>>> {
  const rate = async (queue: WorkQueue, kind: 'completed' | 'failed') =>
    endedIn(await backend.ended(queues.bull(queue), kind), minutes, now) / minutes;
  const entries = await Promise.all(
    WORK_QUEUES.map(async (queue) => {
      const [completed_per_minute, failed_per_minute] = await Promise.all([
        rate(queue, 'completed'),
        rate(queue, 'failed'),
      ]);
      return [queue, { completed_per_minute, failed_per_minute }] as const;
    }),
  );
  // One entry for each of WORK_QUEUES.
  return Object.fromEntries(entries) as Record<WorkQueue, QueueRates>;
}

/**
 * Jobs that ended within the newest minutes. The backend moves on when a job ends: `data[0]` is the minute before that of
 * `prevTS`, and what came after `prevCount` is of the minute of `prevTS`.
 */
export function endedIn({ meta, data }: Metrics, minutes: number, now: number): number {
  const newest = Math.floor(now / MINUTE_MS);
  const last = Math.floor(meta.prevTS / MINUTE_MS);
  return [meta.count - meta.prevCount, ...data].reduce(
    (sum, jobs, back) => (last - back > newest - minutes ? sum + jobs : sum),
    0,
  );
}
