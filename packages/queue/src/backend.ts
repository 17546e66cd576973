import { type Durability, OutageError, PermanentError, type QueueName, type WorkQueue } from '@contact-sync/sync';
import type { Metrics, Processor, Queue, Telemetry, Worker, WorkerOptions } from 'bullmq';
import type { ScheduleQueue } from './names.ts';
import { openPostgres } from './postgres.ts';
import { openRedis } from './redis.ts';

/**
 * Told of a fault. `where`, for a log: `redis worker`, `queue ingest`, `job 7 of ingest`. The message of the error may
 * quote data or a password: log what `faultFields` of `@contact-sync/sync` takes of it.
 */
export type OnError = (where: string, error: unknown) => void;

/** Where in a Redis or a Postgres the queues lie, and who hears of its faults. */
export interface BackendOptions {
  /** Postgres: the schema of the queues' tables. Default `bullmq`. */
  readonly schema?: string;
  /** Redis: what all keys begin with, hash-tagged so that they share a slot. Default `{contact-sync}`. */
  readonly prefix?: string;
  /** Told of faults that no caller waits for: a dropped connection, a lock that could not be renewed. */
  readonly onError?: OnError;
  /** Traces what is told to the queues and worked off, see {@link openTelemetry}. Default: nothing does. */
  readonly telemetry?: Telemetry | undefined;
}

/** What a worker needs beside its connection. */
export type WorkerTuning = Pick<
  WorkerOptions,
  | 'autorun'
  | 'concurrency'
  | 'lockDuration'
  | 'stalledInterval'
  | 'maxStalledCount'
  | 'runRetryDelay'
  | 'limiter'
  | 'metrics'
  | 'settings'
>;

/** Where the queues live. Makes BullMQ's classes with the right connections, each with an `error` listener, ready to use. */
export interface Backend {
  readonly kind: 'redis' | 'postgres';
  /** For producers: fails fast. @throws {OutageError} QUEUE_UNREACHABLE */
  queue(name: QueueName | ScheduleQueue): Promise<Queue>;
  /** For workers: waits for the backend to come back. @throws {OutageError} QUEUE_UNREACHABLE when it is not there now */
  worker(name: WorkQueue | ScheduleQueue, processor: Processor, tuning: WorkerTuning): Promise<Worker>;
  /**
   * Jobs of a queue that ended, minute by minute as the backend counts them, see {@link endedIn}.
   *
   * @throws {OutageError} QUEUE_UNREACHABLE
   */
  ended(queue: Queue, kind: 'completed' | 'failed'): Promise<Metrics>;
  /** How durable what lies here is, as the backend tells it now. @throws {OutageError} QUEUE_UNREACHABLE */
  durability(): Promise<Durability>;
  /** Drops the connections, within seconds, whatever state they are in. Close queues and workers before. */
  close(): Promise<void>;
}

/**
 * Connects to `redis:`, `rediss:`, `postgres:` or `postgresql:`. On Postgres the tables are made or brought up to date;
 * several processes may start at once.
 *
 * @throws {OutageError} QUEUE_UNREACHABLE
 * @throws {PermanentError} QUEUE_URL_UNSUPPORTED
 */
export async function openBackend(queueUrl: string, options: BackendOptions = {}): Promise<Backend> {
  const onError = once(options.onError ?? (() => {}));
  const scheme = URL.parse(queueUrl)?.protocol;
  switch (scheme) {
    case 'redis:':
    case 'rediss:':
      return openRedis(queueUrl, options.prefix ?? '{contact-sync}', onError, options.telemetry);
    case 'postgres:':
    case 'postgresql:':
      return openPostgres(queueUrl, options.schema ?? 'bullmq', onError, options.telemetry);
    default:
      // The URL itself may hold a password.
      throw new PermanentError(
        'QUEUE_URL_UNSUPPORTED',
        `queues cannot live at ${scheme ?? 'something that is no URL'}`,
        {
          advice: 'Give the queues a URL that begins with redis://, rediss://, postgres:// or postgresql://.',
        },
      );
  }
}

/** A fault of a connection that many share comes back from each of them: it is told by the first alone. */
function once(onError: OnError): OnError {
  const told = new WeakSet<Error>();
  return (where, error) => {
    if (error instanceof Error) {
      if (told.has(error)) return;
      told.add(error);
    }
    onError(where, error);
  };
}

/** The backend's own error, told by its code alone: connection errors quote commands, and commands quote passwords. */
export function unreachable(error: unknown): OutageError {
  if (error instanceof OutageError) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const what = code ?? (error instanceof Error ? error.name : typeof error);
  return new OutageError('QUEUE_UNREACHABLE', `the queues’ backend does not serve (${what})`, {
    advice: 'See that the Redis or Postgres that holds the queues runs, and that its URL and credentials are right.',
  });
}

/** @throws {OutageError} QUEUE_UNREACHABLE for whatever the backend throws */
export async function reached<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw unreachable(error);
  }
}

/** @returns whether `work` was done, well or badly, within `ms` */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, ms, false);
  const settled = () => resolve(true);
  work.then(settled, settled);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
