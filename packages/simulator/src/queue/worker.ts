/** The workers of one process: they take jobs, and do with them what the real ones do, by the same code. */
import { Gate, OUTAGE, processJob, RETRY, retryDelay, type Valve } from '@contact-sync/queue/processing';
import { type Handlers, type QueueObserver, type Queues, WORK_QUEUES, type WorkQueue } from '@contact-sync/sync';
import { RateLimitError, UnrecoverableError } from 'bullmq';
import type { Process } from '../process.ts';
import type { Rpc } from '../rpc.ts';
import { type Micros, MS, SECOND } from '../scheduler.ts';
import type { Backend, Ending, Job } from './backend.ts';

const CONCURRENCY: Readonly<Record<WorkQueue, number>> = {
  ingest: 2,
  'propagate-supabase': 2,
  'propagate-local': 2,
  'propagate-twenty': 1,
};
const AFTER_FAULT: Micros = SECOND;
/** A worker that waits for jobs is told of one within this time. */
const WAKE: Micros = 2 * MS;
const LOOK_AGAIN: Micros = 45 * SECOND;
const NEVER = new AbortController().signal;

export interface WorkerParts {
  readonly process: Process;
  readonly backend: Backend;
  readonly rpc: Rpc;
  readonly queues: Queues;
  readonly handlers: Handlers;
  readonly observer: QueueObserver;
  /** Told of what no class of errors foresees: a fault of the hub. */
  readonly onFault: (error: unknown) => void;
}

export function startWorkers(parts: WorkerParts): void {
  for (const queue of WORK_QUEUES) startQueue(queue, parts);
}

function startQueue(queue: WorkQueue, parts: WorkerParts): void {
  const { process, backend, rpc, observer } = parts;
  const running = new Set<string>();
  const owner = { keeps: (jobId: string) => process.awake && running.has(jobId) };
  const valve: Valve = {
    concurrency: CONCURRENCY[queue],
    rateLimit: (ms) => rpc('queue.limit', () => backend.limit(queue, ms * MS)),
  };
  const { ambient } = process;
  const gate = new Gate(valve, {
    queue,
    concurrency: CONCURRENCY[queue],
    backoff: OUTAGE,
    ambient,
    observer,
    onError: () => {},
  });
  const pause = (micros: Micros) => new Promise<void>((resolve) => void process.after(micros, resolve));
  let tokens = 0;

  async function take(slot: number): Promise<Job | null> {
    if (slot >= valve.concurrency) return null;
    try {
      const token = `${process.name}/${queue}/${++tokens}`;
      const job = await rpc('queue.take', () => backend.take(queue, token, owner));
      return job === null ? null : await work(job, token);
    } catch {
      await pause(AFTER_FAULT);
      return take(slot);
    }
  }

  async function work(job: Job, token: string): Promise<Job> {
    running.add(job.id);
    const ending = await endingOf(job, token);
    running.delete(job.id);
    try {
      await rpc('queue.finish', () => backend.finish(job.id, token, ending));
      if (ending.kind === 'failed') observer.failed(queue);
    } catch {
      // Its lock will run out, and somebody does it again.
    }
    return job;
  }

  async function endingOf(job: Job, token: string): Promise<Ending> {
    try {
      await processJob({ ...job, moveToWait: async () => 0 }, token, NEVER, {
        queue,
        queues: parts.queues,
        handlers: parts.handlers,
        gate,
        stopped: NEVER,
        closing: () => false,
        onError: (_where, error) => parts.onFault(error),
      });
      return { kind: 'done' };
    } catch (error) {
      if (error instanceof RateLimitError) return { kind: 'back' };
      const reason = error instanceof Error ? error.message : '';
      const retry_in_ms =
        error instanceof UnrecoverableError ? null : retryDelay(RETRY, job.attemptsMade + 1, ambient.random());
      return { kind: 'failed', reason, retry_in_ms };
    }
  }

  /** Until it is told of a job, or has waited long enough to look by itself. */
  const rest = () =>
    new Promise<void>((resolve) => {
      const end = () => {
        stopWaiting();
        callOff();
        process.after(WAKE, resolve);
      };
      const stopWaiting = backend.wait(queue, { isAwake: () => process.awake, call: end });
      const callOff = process.after(LOOK_AGAIN, end);
    });

  async function slot(number: number): Promise<void> {
    for (;;) {
      if ((await take(number)) !== null) continue;
      await rest();
    }
  }

  for (let number = 0; number < CONCURRENCY[queue]; number++) void slot(number);
}
