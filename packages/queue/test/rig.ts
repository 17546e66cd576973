import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type ContactId, contactId } from '@contact-sync/contact';
import { startPostgres } from '@contact-sync/sandbox/postgres';
import type { Handlers, IngestJob, PropagateJob, WorkQueue } from '@contact-sync/sync';
import { findRedis, testDatabase } from '@contact-sync/testkit';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import {
  type Backend,
  type OnError,
  type OpenQueues,
  openBackend,
  openQueues,
  startWorkers,
  type Workers,
  type WorkersOptions,
} from '../src/index.ts';

/** A place where queues live, for a whole test file. */
export interface Place {
  readonly kind: 'redis' | 'postgres';
  readonly url: string;
  /** Whether the tests of a file use the same connections. */
  readonly share: boolean;
  restart?(): Promise<void>;
  close(): Promise<void>;
}

/** Both backends, or Postgres alone where there is no Redis. */
export async function findPlaces(): Promise<readonly Place[]> {
  const database = await testDatabase();
  return withRedis({
    kind: 'postgres',
    share: true,
    url: database.url,
    async close() {
      const { queues, backend } = (await shared.get(database.url)) ?? {};
      await queues?.close();
      await backend?.close();
      await database.close();
    },
  });
}

/** As {@link findPlaces}, with a Postgres of its own, which may be restarted. */
export async function findOwnPlaces(): Promise<readonly Place[]> {
  return withRedis({ kind: 'postgres', share: false, ...(await startPostgres()) });
}

async function withRedis(postgres: Place): Promise<readonly Place[]> {
  const redis = await findRedis();
  return redis ? [postgres, { kind: 'redis', share: false, ...redis }] : [postgres];
}

export interface Event {
  readonly event: 'waiting' | 'flowing' | 'failed';
  readonly queue: WorkQueue;
  readonly code?: string;
  readonly retry_in_ms?: number;
}

/** Queues of its own for one test, closed when the test ends. */
export interface Rig {
  readonly where: { readonly url: string; readonly schema: string; readonly prefix: string };
  readonly backend: Backend;
  readonly queues: OpenQueues;
  readonly events: readonly Event[];
  /** What `onError` was told. */
  readonly errors: readonly unknown[];
  /** Begins workers; a handler that is not given does nothing. Closed when the test ends. */
  work(handlers: Partial<Handlers>, options?: WorkersOptions): Promise<Workers>;
}

const QUICK: WorkersOptions = {
  retry: { base_ms: 1, cap_ms: 4 },
  outage: { base_ms: 20, cap_ms: 80 },
  lock_ms: 1_000,
  stalled_every_ms: 500,
  drain_ms: 1_000,
  abort_ms: 200,
};

/** One schema for all tests of a file, emptied for each: to migrate one for each takes longer than most tests. */
const schema = `q_${randomUUID().replaceAll('-', '')}`;

/** For the same reason the tests of a file share their connections to Postgres, unless they cut or restart it. */
const shared = new Map<string, Promise<{ backend: Backend; queues: OpenQueues }>>();

const open = async (where: Rig['where'], onError: OnError) => {
  const backend = await openBackend(where.url, { ...where, onError });
  return { backend, queues: await openQueues(backend) };
};

export async function openRig({ url, share }: { readonly url: string; readonly share: boolean }): Promise<Rig> {
  const where = { url, schema, prefix: `{test-${randomUUID()}}` };
  if (url.startsWith('postgres')) await emptySchema(url);
  const errors: unknown[] = [];
  const events: Event[] = [];
  const sharing = share ? shared.getOrInsertComputed(url, () => open(where, () => {})) : undefined;
  const { backend, queues } = await (sharing ?? open(where, (_where, error) => errors.push(error)));
  const started: Workers[] = [];
  onTestFinished(async () => {
    await Promise.all(started.map((workers) => workers.close()));
    if (sharing) return;
    await queues.close();
    await backend.close();
  });
  return {
    where,
    backend,
    queues,
    events,
    errors,
    async work(handlers, options = {}) {
      const workers = await startWorkers(
        backend,
        queues,
        { ingest: async () => {}, propagate: async () => {}, ...handlers },
        {
          waiting: (queue, code, retry_in_ms) => events.push({ event: 'waiting', queue, code, retry_in_ms }),
          flowing: (queue) => events.push({ event: 'flowing', queue }),
          failed: (queue) => events.push({ event: 'failed', queue }),
        },
        { ...QUICK, onError: (_where, error) => errors.push(error), ...options },
      );
      started.push(workers);
      return workers;
    },
  };
}

async function emptySchema(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = $1 AND tablename <> 'migration'",
      [schema],
    );
    if (rows.length > 0) await client.query(`TRUNCATE ${rows.map(({ name }) => name).join(', ')}`);
  } finally {
    await client.end();
  }
}

/** Polls until `condition` holds. */
export async function until(condition: () => unknown, what: string, ms = 8_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${ms} ms for ${what}`);
    await wait(10);
  }
}

export const contacts = (count: number): readonly ContactId[] =>
  Array.from({ length: count }, (_, index) => contactId(`${index + 1}`));

export const records = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `r${index + 1}`);

export const ids = (job: IngestJob | PropagateJob): readonly string[] =>
  'system' in job ? job.record_ids : job.contact_ids;
