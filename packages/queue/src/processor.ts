import {
  type Handlers,
  isIngest,
  keysOf,
  OutageError,
  PermanentError,
  type Queues,
  ThrottledError,
  type WorkJob,
  type WorkQueue,
} from '@contact-sync/sync';
import { type Job, RateLimitError, UnrecoverableError, WaitingError } from 'bullmq';
import type { OnError } from './backend.ts';
import { encodeFailure, failureOf, MALFORMED } from './failure.ts';
import type { Gate } from './gate.ts';
import { parseJob } from './jobs.ts';

/** Of a job with several keys this many attempts may fail before each key is tried alone. */
const SPLIT_AFTER_ATTEMPTS = 2;
/** A job that took so many workers with it may hold one key that kills: it is split before it is begun again. */
const SPLIT_AFTER_STALLS = 3;

/** What is needed of BullMQ's job. */
export type BegunJob = Pick<Job, 'id' | 'data' | 'attemptsMade' | 'stalledCounter' | 'moveToWait'>;

export interface ProcessorOptions {
  readonly queue: WorkQueue;
  readonly queues: Pick<Queues, 'split'>;
  readonly handlers: Handlers;
  readonly gate: Gate;
  /** Aborted when the worker closes and its jobs have had their time. */
  readonly stopped: AbortSignal;
  /** True from the moment the worker begins to close: nothing new is begun. */
  closing(): boolean;
  readonly onError: OnError;
}

/**
 * Runs one job and does with it what the class of its error asks for. How it leaves tells BullMQ: it returns (done, or
 * split), throws RateLimitError or WaitingError (back to waiting, no attempt spent), an Error (an attempt spent) or an
 * UnrecoverableError (failed for good).
 *
 * @param lost aborted when the job's lock is lost: another worker may have it
 */
export async function processJob(
  job: BegunJob,
  token: string,
  lost: AbortSignal,
  options: ProcessorOptions,
): Promise<void> {
  const { queue, queues, handlers, gate, stopped, onError } = options;
  if (options.closing()) return await goBack(job, token);
  const work = parseJob(queue, job.data);
  if (!work) throw new UnrecoverableError(encodeFailure(MALFORMED));
  const several = keysOf(work).length > 1;
  if (several && job.stalledCounter >= SPLIT_AFTER_STALLS) return await queues.split(work);

  const begun = gate.begin();
  try {
    await handle(handlers, work, AbortSignal.any([lost, stopped]));
    gate.answered(begun);
  } catch (error) {
    if (stopped.aborted) return await goBack(job, token);
    if (error instanceof ThrottledError) {
      await gate.throttled(begun, error);
      throw new RateLimitError();
    }
    if (error instanceof OutageError) {
      await gate.outage(begun, error);
      throw new RateLimitError();
    }
    const failure = encodeFailure(failureOf(error));
    if (error instanceof PermanentError) {
      gate.answered(begun);
      if (!several) throw new UnrecoverableError(failure);
    } else if (!several || job.attemptsMade + 1 < SPLIT_AFTER_ATTEMPTS) {
      onError(`job ${job.id} of ${queue}`, error);
      throw new Error(failure);
    }
    await queues.split(work);
  }
}

const handle = (handlers: Handlers, work: WorkJob, signal: AbortSignal): Promise<void> =>
  isIngest(work) ? handlers.ingest(work, signal) : handlers.propagate(work, signal);

async function goBack(job: BegunJob, token: string): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError();
}
