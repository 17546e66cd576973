import {
  type Ambient,
  type Handlers,
  type QueueObserver,
  type Queues,
  WORK_QUEUES,
  type WorkJob,
  type WorkQueue,
} from '@contact-sync/sync';
import type { Worker } from 'bullmq';
import { type Backend, type OnError, within } from './backend.ts';
import { COUNTED_MINUTES } from './counted-minutes.ts';
import { type Backoff, OUTAGE, RETRY, retryDelay } from './flow.ts';
import { Gate } from './gate.ts';
import { MAX_STALLED, parseJob } from './jobs.ts';
import { processJob } from './processor.ts';

const CONCURRENCY: Readonly<Record<WorkQueue, number>> = {
  ingest: 4,
  'propagate-supabase': 2,
  'propagate-local': 2,
  // One call takes along whatever waits for Twenty: a second beside it would bring the same again.
  'propagate-twenty': 1,
};

/** A job whose worker was killed is taken up again after at most about the lock and two looks for stalled jobs. */
const LOCK_MS = 20_000;
const STALLED_EVERY_MS = 10_000;
/** How long a running job may take to end when its workers close, and then to heed its signal. */
const DRAIN_MS = 10_000;
const ABORT_MS = 2_000;
const CLOSE_MS = 3_000;

/**
 * Told of a job that begins, `null` where its data is none of this queue; runs it by calling `run` once. What either throws
 * is what the job throws.
 */
export type Around = (
  job: { readonly queue: WorkQueue; readonly id: string | undefined; readonly work: WorkJob | null },
  run: () => Promise<void>,
) => Promise<void>;

/** How the workers of one process behave. Times are milliseconds. */
export interface WorkersOptions {
  /** Jobs at once, for each queue; default 4 of `ingest`, 2 for Supabase and for the local database, 1 for Twenty. */
  readonly concurrency?: Partial<Record<WorkQueue, number>>;
  /** Between the attempts of a job; default {@link RETRY}. */
  readonly retry?: Backoff;
  /** Between the probes of a system that is down; default {@link OUTAGE}. */
  readonly outage?: Backoff;
  /** How long a job is left to a worker that shows no sign of life; default 20 seconds. */
  readonly lock_ms?: number;
  /** Between two looks for jobs whose worker is gone; default 10 seconds. */
  readonly stalled_every_ms?: number;
  /** How long running jobs may go on when the workers close; default 10 seconds. */
  readonly drain_ms?: number;
  /** How long they may then take to heed their signals; default 2 seconds. */
  readonly abort_ms?: number;
  readonly ambient?: Pick<Ambient, 'now' | 'random'>;
  /** Told of the faults of the workers, and of errors that spend an attempt. */
  readonly onError?: OnError;
  /** Each job runs in it: for what is logged meanwhile to name the job. Default: it just runs. */
  readonly around?: Around;
}

/** The workers of one process, one for each work queue. */
export interface Workers {
  /**
   * Begins no more jobs, lets those that run end, then aborts their signals; what still does not end is left to another
   * worker. Returns within `drain_ms` and about 5 seconds.
   */
  close(): Promise<void>;
}

/**
 * Runs the handlers on the jobs of every work queue.
 *
 * @throws {OutageError} QUEUE_UNREACHABLE when the backend is not there now; once started, workers outlive that
 */
export async function startWorkers(
  backend: Backend,
  queues: Pick<Queues, 'split'>,
  handlers: Handlers,
  observer: QueueObserver,
  options: WorkersOptions = {},
): Promise<Workers> {
  const started: Workers[] = [];
  const results = await Promise.allSettled(
    WORK_QUEUES.map(async (queue) => {
      started.push(await startWorker(queue, backend, queues, handlers, observer, options));
    }),
  );
  const close = async () => {
    await Promise.all(started.map((worker) => worker.close()));
  };
  const broken = results.find((result) => result.status === 'rejected');
  if (broken) {
    await close();
    throw broken.reason;
  }
  return { close };
}

async function startWorker(
  queue: WorkQueue,
  backend: Backend,
  queues: Pick<Queues, 'split'>,
  handlers: Handlers,
  observer: QueueObserver,
  options: WorkersOptions,
): Promise<Workers> {
  const onError = options.onError ?? (() => {});
  const ambient = options.ambient ?? { now: Date.now, random: Math.random };
  const retry = options.retry ?? RETRY;
  const around = options.around ?? ((_job, run) => run());
  const concurrency = options.concurrency?.[queue] ?? CONCURRENCY[queue];
  const running = new Set<{
    readonly jobId: string | undefined;
    readonly lost: AbortController;
    readonly done: Promise<void>;
  }>();
  const stop = new AbortController();
  let closing = false;

  const worker: Worker = await backend.worker(
    queue,
    async (job, token = '') => {
      const lost = new AbortController();
      const done = around({ queue, id: job.id, work: parseJob(queue, job.data) }, () =>
        processJob(job, token, lost.signal, {
          queue,
          queues,
          handlers,
          gate,
          stopped: stop.signal,
          closing: () => closing,
          onError,
        }),
      );
      const entry = { jobId: job.id, lost, done };
      running.add(entry);
      try {
        await done;
      } finally {
        running.delete(entry);
      }
    },
    {
      // `gate` needs the worker, and the jobs need the gate.
      autorun: false,
      concurrency,
      lockDuration: options.lock_ms ?? LOCK_MS,
      stalledInterval: options.stalled_every_ms ?? STALLED_EVERY_MS,
      maxStalledCount: MAX_STALLED,
      runRetryDelay: 1_000,
      metrics: { maxDataPoints: COUNTED_MINUTES },
      // Without a limiter the backends let a rate limit of ours pass when the next job is fetched; this one never binds.
      limiter: { max: 1_000_000_000, duration: 1_000 },
      settings: { backoffStrategy: (attempts) => retryDelay(retry, attempts, ambient.random()) },
    },
  );
  const gate = new Gate(worker, {
    queue,
    concurrency,
    backoff: options.outage ?? OUTAGE,
    ambient,
    observer,
    onError,
  });
  worker.on('lockRenewalFailed', (jobIds) => {
    for (const { jobId, lost } of running)
      if (jobId !== undefined && jobIds.includes(jobId)) lost.abort(new Error('the lock of the job is lost'));
  });
  worker.on('failed', (job) => {
    if (job?.finishedOn !== undefined) observer.failed(queue);
  });
  worker.run().catch((error: unknown) => onError(`worker ${queue}`, error));

  return {
    async close() {
      closing = true;
      await worker.pause(true);
      const idle = () => Promise.allSettled(running.values().map(({ done }) => done));
      let drained = await within(options.drain_ms ?? DRAIN_MS, idle());
      if (!drained) {
        stop.abort(new Error('the worker closes'));
        drained = await within(options.abort_ms ?? ABORT_MS, idle());
      }
      // BullMQ's own close waits without a bound: for its jobs, and for good where Redis is away at this very moment.
      await within(CLOSE_MS, worker.close(!drained));
    },
  };
}
