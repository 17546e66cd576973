import { SCHEDULES, type ScheduleName } from '@contact-sync/sync';
import { DelayedError, type Job, WaitingError } from 'bullmq';
import { type Backend, type OnError, within } from './backend.ts';
import { MAX_STALLED, scheduleJobSchema } from './jobs.ts';
import { SCHEDULE_QUEUE } from './names.ts';

/**
 * A place for each: none waits for another that takes long. Of one and the same no two run at once, for which whoever runs
 * them cares.
 */
const CONCURRENCY = SCHEDULES.length;
const LOCK_MS = 20_000;
const STALLED_EVERY_MS = 10_000;
const HELD_MS = 1_000;
const DRAIN_MS = 3_000;
const ABORT_MS = 2_000;
const CLOSE_MS = 3_000;

/**
 * Runs a schedule once. It keeps its own record of how that went, and throws nothing.
 *
 * @param asked a person asked for it
 * @param signal aborted when the worker closes
 * @returns `held` when it is being run by somebody else now
 */
export type RunSchedule = (name: ScheduleName, asked: boolean, signal: AbortSignal) => Promise<'held' | 'over'>;

/** How the schedules' worker behaves. Times are milliseconds. */
export interface ScheduleWorkerOptions {
  /** How long a job is left to a worker that shows no sign of life; default 20 seconds. */
  readonly lock_ms?: number;
  /** Between two looks for jobs whose worker is gone; default 10 seconds. */
  readonly stalled_every_ms?: number;
  /** How long runs may go on when it closes; default 3 seconds. */
  readonly drain_ms?: number;
  /** After how long what somebody asked for is tried again while another runs it; default 1 second. */
  readonly held_ms?: number;
  readonly onError?: OnError;
}

/** The schedules' worker of one process. */
export interface ScheduleWorker {
  /** Begins no more, lets what runs end, then aborts it; what was aborted is left to another. Within `drain_ms` and 5 seconds. */
  close(): Promise<void>;
}

/**
 * Runs what the job schedulers of {@link openSchedules} bring. A run is never repeated by the queue: the next one is on its
 * way already.
 *
 * @throws {OutageError} QUEUE_UNREACHABLE when the backend is not there now; once started, it outlives that
 */
export async function startScheduleWorker(
  backend: Backend,
  run: RunSchedule,
  options: ScheduleWorkerOptions = {},
): Promise<ScheduleWorker> {
  const onError = options.onError ?? (() => {});
  const stop = new AbortController();
  const running = new Set<Promise<unknown>>();
  let closing = false;

  const goBack = async (job: Job, token: string): Promise<never> => {
    await job.moveToWait(token);
    throw new WaitingError();
  };
  const process = async (job: Job, token: string): Promise<void> => {
    if (closing) return await goBack(job, token);
    const name = SCHEDULES.find((known) => known === job.name);
    if (name === undefined) return;
    const asked = scheduleJobSchema.safeParse(job.data).data?.asked === true;
    const came = await run(name, asked, stop.signal).catch((error: unknown) => {
      onError(`job ${job.id} of ${SCHEDULE_QUEUE}`, error);
      return 'over' as const;
    });
    if (stop.signal.aborted) return await goBack(job, token);
    if (came === 'over' || !asked) return;
    await job.moveToDelayed(Date.now() + (options.held_ms ?? HELD_MS), token);
    throw new DelayedError();
  };

  const worker = await backend.worker(
    SCHEDULE_QUEUE,
    async (job, token = '') => {
      const done = process(job, token);
      running.add(done);
      try {
        await done;
      } finally {
        running.delete(done);
      }
    },
    {
      concurrency: CONCURRENCY,
      lockDuration: options.lock_ms ?? LOCK_MS,
      stalledInterval: options.stalled_every_ms ?? STALLED_EVERY_MS,
      // A job that is begun makes the next one: it must not be given up before that.
      maxStalledCount: MAX_STALLED,
      runRetryDelay: 1_000,
    },
  );

  return {
    async close() {
      closing = true;
      await worker.pause(true);
      const idle = () => Promise.allSettled(running);
      let drained = await within(options.drain_ms ?? DRAIN_MS, idle());
      if (!drained) {
        stop.abort(new Error('the worker closes'));
        drained = await within(ABORT_MS, idle());
      }
      await within(CLOSE_MS, worker.close(!drained));
    },
  };
}
