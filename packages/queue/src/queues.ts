import {
  type ConflictJob,
  type DeadLetterJob,
  type FailedJob,
  type QueueCounts,
  type QueueName,
  type Queues,
  queueOf,
  WORK_QUEUES,
  type WorkJob,
  type WorkQueue,
} from '@contact-sync/sync';
import type { Queue } from 'bullmq';
import { type Backend, reached, within } from './backend.ts';
import { failureOfJob } from './failure.ts';
import {
  conflictJobId,
  conflictJobSchema,
  deadLetterJobId,
  deadLetterJobSchema,
  parseJob,
  salvageJob,
  splitJob,
  WORK_OPTIONS,
} from './jobs.ts';
import { deadQueueOf, KEYS_PER_JOB, queueNames } from './names.ts';

/** Jobs told to the backend in one go. */
const BATCH = 500;
/** BullMQ removes jobs one by one: so many at once, and the connections stay free for others. */
const REMOVALS = 50;
const CLOSE_MS = 3_000;

/** How keys are put into jobs. */
export interface QueuesOptions {
  /** Replaces some of {@link KEYS_PER_JOB}. */
  readonly keys_per_job?: Partial<Record<WorkQueue, number>>;
}

/** A failed job, with the field to blame where the failure named one. */
export interface FailedJobDetail extends FailedJob {
  readonly field: string | null;
}

/** The queues of one backend, with what only BullMQ can give. */
export interface OpenQueues extends Queues {
  failed(queue: WorkQueue, limit: number): Promise<readonly FailedJobDetail[]>;
  /** BullMQ's own queue, for Bull Board. @throws {RangeError} for a name that no queue has */
  bull(name: QueueName): Queue;
}

/**
 * The producers' side of the queues. Every method but `bull` and `close` fails fast with an {@link OutageError}
 * QUEUE_UNREACHABLE when the backend does not serve, and works again by itself when it is back.
 *
 * @throws {OutageError} QUEUE_UNREACHABLE
 */
export async function openQueues(backend: Backend, options: QueuesOptions = {}): Promise<OpenQueues> {
  const opened = new Map<QueueName, Queue>();
  const close = async () => {
    await within(CLOSE_MS, Promise.all(opened.values().map((queue) => queue.close())));
  };
  try {
    await Promise.all(queueNames.map(async (name) => opened.set(name, await backend.queue(name))));
  } catch (error) {
    await close();
    throw error;
  }
  const bull = (name: QueueName): Queue => {
    const queue = opened.get(name);
    if (!queue) throw new RangeError(`no queue is called ${name}`);
    return queue;
  };

  const enqueue = async (jobs: readonly WorkJob[]) => {
    for (const [queue, ofQueue] of Map.groupBy(jobs, queueOf))
      for (const batch of chunks(ofQueue, BATCH))
        await reached(
          bull(queue).addBulk(
            batch.map((data) => ({
              name: queue === 'ingest' ? 'ingest' : 'propagate',
              data,
              opts: WORK_OPTIONS,
            })),
          ),
        );
  };
  const show = async (queue: QueueName, jobs: readonly { name: string; jobId: string; data: unknown }[]) => {
    for (const batch of chunks(jobs, BATCH))
      await reached(bull(queue).addBulk(batch.map(({ name, jobId, data }) => ({ name, data, opts: { jobId } }))));
  };
  const remove = async (queue: QueueName, jobIds: readonly string[]) => {
    for (const batch of chunks([...new Set(jobIds)], REMOVALS))
      await reached(Promise.all(batch.map((id) => bull(queue).remove(id))));
  };
  const sizeOf = (queue: WorkQueue) => options.keys_per_job?.[queue] ?? KEYS_PER_JOB[queue];

  return {
    bull,
    close,
    ingest: (system, recordIds) =>
      enqueue(chunks([...new Set(recordIds)], sizeOf('ingest')).map((record_ids) => ({ system, record_ids }))),
    propagate: (target, contactIds) =>
      enqueue(
        chunks([...new Set(contactIds)], sizeOf(`propagate-${target}`)).map((contact_ids) => ({ target, contact_ids })),
      ),
    split: (job) => enqueue(splitJob(job)),
    showConflicts: (conflicts: readonly ConflictJob[]) =>
      show(
        'conflicts',
        // What comes may hold more than its type says, contents among it: only the keys go into a queue.
        conflicts.map((conflict) => ({
          name: 'conflict',
          jobId: conflictJobId(conflict.conflict_id),
          data: conflictJobSchema.parse(conflict),
        })),
      ),
    hideConflicts: (conflictIds) => remove('conflicts', conflictIds.map(conflictJobId)),
    async bury(letters: readonly DeadLetterJob[]) {
      for (const [queue, ofQueue] of Map.groupBy(letters, (letter) => deadQueueOf(letter.queue)))
        await show(
          queue,
          ofQueue.map((letter) => ({
            name: 'dead-letter',
            jobId: deadLetterJobId(letter.dead_letter_id),
            data: deadLetterJobSchema.parse(letter),
          })),
        );
    },
    async unbury(letters) {
      for (const [queue, ofQueue] of Map.groupBy(letters, (letter) => deadQueueOf(letter.queue)))
        await remove(
          queue,
          ofQueue.map((letter) => deadLetterJobId(letter.dead_letter_id)),
        );
    },
    async shown() {
      const waiting = async (queue: QueueName) =>
        (await reached(bull(queue).getJobs(['waiting', 'prioritized', 'delayed']))).map(({ data }) => data as unknown);
      const [conflicts, ...letters] = await Promise.all([
        waiting('conflicts'),
        ...WORK_QUEUES.map((queue) => waiting(deadQueueOf(queue))),
      ]);
      return {
        conflict_ids: conflicts.flatMap((data) => conflictJobSchema.safeParse(data).data?.conflict_id ?? []),
        letters: letters.flat().flatMap((data) => deadLetterJobSchema.safeParse(data).data ?? []),
      };
    },
    async failed(queue, limit) {
      if (limit < 1) return [];
      const jobs = await reached(bull(queue).getJobs(['failed'], 0, limit - 1, true));
      return jobs.flatMap((job) => {
        if (job.id === undefined) return [];
        return {
          queue,
          job_id: job.id,
          job: parseJob(queue, job.data) ?? salvageJob(queue, job.data),
          ...failureOfJob(job),
          attempts: job.attemptsMade,
        };
      });
    },
    forgetFailed: (queue, jobIds) => remove(queue, jobIds),
    async counts() {
      const all = await reached(
        Promise.all(
          queueNames.map(async (name): Promise<[QueueName, QueueCounts]> => {
            const { waiting, prioritized, active, delayed, failed } = await bull(name).getJobCounts(
              'waiting',
              'prioritized',
              'active',
              'delayed',
              'failed',
            );
            return [
              name,
              {
                waiting: (waiting ?? 0) + (prioritized ?? 0),
                active: active ?? 0,
                delayed: delayed ?? 0,
                failed: failed ?? 0,
              },
            ];
          }),
        ),
      );
      // Every name of the type is in `queueNames`, which a test holds.
      return Object.fromEntries(all) as Record<QueueName, QueueCounts>;
    },
  };
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
