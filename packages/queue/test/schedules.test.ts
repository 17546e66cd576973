import { randomUUID } from 'node:crypto';
import type { ScheduleName } from '@contact-sync/sync';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  type Backend,
  type OpenSchedules,
  openBackend,
  openSchedules,
  type RunSchedule,
  type ScheduleWorkerOptions,
  startScheduleWorker,
} from '../src/index.ts';
import { findPlaces, until } from './rig.ts';

const places = await findPlaces();
afterAll(() => Promise.all(places.map((place) => place.close())));

const HOUR = 3_600_000;
const hourly = (...names: readonly ScheduleName[]) => names.map((name) => ({ name, every_ms: HOUR }));
const schema = `s_${randomUUID().replaceAll('-', '')}`;

describe.each(places)('schedules on $kind', { timeout: 20_000 }, (place) => {
  interface Process {
    readonly backend: Backend;
    readonly schedules: OpenSchedules;
    work(run: RunSchedule, options?: ScheduleWorkerOptions): ReturnType<typeof startScheduleWorker>;
  }
  /** Processes that share queues of their own, which begin empty. */
  async function processes(count: number) {
    const where = { schema, prefix: `{test-${randomUUID()}}` };
    const open = async (): Promise<Process> => {
      const backend = await openBackend(place.url, where);
      const schedules = await openSchedules(backend);
      onTestFinished(async () => {
        await schedules.close();
        await backend.close();
      });
      return {
        backend,
        schedules,
        async work(run, options = {}) {
          const worker = await startScheduleWorker(backend, run, { drain_ms: 100, held_ms: 50, ...options });
          onTestFinished(() => worker.close());
          return worker;
        },
      };
    };
    const opened = [await open()];
    while (opened.length < count) opened.push(await open());
    const empty = () => emptied(place, where);
    await empty();
    return { opened, open, empty };
  }
  async function pair() {
    const { opened, ...more } = await processes(2);
    const [one, two] = opened;
    if (one === undefined || two === undefined) throw new Error('two were opened');
    return { one, two, ...more };
  }
  const waiting = async ({ schedules }: Process) =>
    (await schedules.bull.getJobs(['waiting', 'delayed'])).map(({ id }) => id);

  test('told again, by several processes at once and after a restart, stay one each with one job to come', async () => {
    const { one, two, open } = await pair();
    const catalogue = hourly('sync', 'sweep', 'retention');
    await Promise.all([one, two, one, two].map(({ schedules }) => schedules.keep(catalogue)));
    const due = await one.schedules.due();
    expect([...due.keys()].sort()).toEqual(['retention', 'sweep', 'sync']);
    // Of Postgres, two that meet at the same moment may have made the job after the next as well: one a period all the same.
    const jobs = await waiting(one);
    expect(new Set(jobs.map((id) => id?.split(':')[1])).size).toBe(3);
    expect(new Set(jobs).size).toBe(jobs.length);
    const again = await open();
    expect(await again.schedules.keep(catalogue)).toEqual([]);
    expect(await again.schedules.due()).toEqual(due);
    expect(await again.schedules.count()).toBe(3);
    expect(await waiting(one)).toEqual(jobs);
  });

  test('one that is not named is removed with its job, and a new period is taken over', async () => {
    const { one, two } = await pair();
    await one.schedules.keep(hourly('sync', 'sweep'));
    expect(await two.schedules.keep([{ name: 'sync', every_ms: HOUR * 48 }])).toEqual(['sync', 'sweep']);
    expect(await waiting(one)).toHaveLength(1);
    const due = await one.schedules.due();
    expect([...due.keys()]).toEqual(['sync']);
    const [scheduler] = await one.schedules.bull.getJobSchedulers();
    expect(scheduler).toMatchObject({ key: 'sync', every: HOUR * 48 });
    expect(await one.schedules.keep([{ name: 'sync', every_ms: HOUR * 48 }])).toEqual([]);
  });

  test('are made again in the same rhythm after the backend was emptied', async () => {
    const { one, empty } = await pair();
    await one.schedules.keep(hourly('sync', 'sweep'));
    const due = await one.schedules.due();
    await empty();
    expect(await one.schedules.count()).toBe(0);
    expect(await one.schedules.keep(hourly('sync', 'sweep'))).toEqual(['sync', 'sweep']);
    expect(await one.schedules.due()).toEqual(due);
  });

  test('run once a period however many workers there are, and once for all the periods that were missed', async () => {
    const { one, two } = await pair();
    await one.schedules.keep([{ name: 'sweep', every_ms: 1_000 }]);
    const first = Date.parse((await one.schedules.due()).get('sweep') ?? '');
    await until(() => Date.now() > first + 2_100, 'periods to be missed');
    const begun = Date.now();
    const runs: number[] = [];
    const run: RunSchedule = async (name, asked) => {
      expect([name, asked]).toEqual(['sweep', false]);
      runs.push(Date.now());
      return 'over';
    };
    await Promise.all([one.work(run), two.work(run)]);
    await until(() => runs.length >= 3, 'three runs');
    expect(runs.length).toBeLessThanOrEqual(Math.floor((Date.now() - begun) / 1_000) + 2);
    expect(await waiting(one)).toHaveLength(1);
    expect(await two.schedules.count()).toBe(1);
  });

  test('what somebody asks for runs soon, once however often it is asked for, and waits while it is held', async () => {
    const { one, two } = await pair();
    for (const { schedules } of [one, two, one]) await schedules.runNow('retention');
    let held = 3;
    const runs: (readonly [string, boolean])[] = [];
    await one.work(async (name, asked) => {
      if (held-- > 0) return 'held';
      runs.push([name, asked]);
      return 'over';
    });
    await until(() => runs.length > 0, 'the run');
    await until(async () => (await one.schedules.bull.getJobCounts('completed')).completed === 1, 'its end');
    expect(runs).toEqual([['retention', true]]);
    expect(await waiting(one)).toEqual([]);
    await one.schedules.runNow('retention');
    await until(() => runs.length === 2, 'another run');
  });

  test('a run that is under way while its worker closes is told so, and left to another', async () => {
    const { one, two } = await pair();
    await one.schedules.runNow('sync');
    const { promise: began, resolve: begin } = Promise.withResolvers<void>();
    const worker = await one.work((_name, _asked, signal) => {
      begin();
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve('over')));
    });
    await began;
    await worker.close();
    let seen = 0;
    await two.work(async () => {
      seen += 1;
      return 'over';
    });
    await until(() => seen === 1, 'the other to take it');
  });

  test('neither a name that nobody knows nor a run that throws stops anything', async () => {
    const { one } = await pair();
    const errors: unknown[] = [];
    const names: string[] = [];
    await one.work(
      async (name) => {
        names.push(name);
        throw new Error('no run should');
      },
      { onError: (_where, error) => errors.push(error) },
    );
    await one.schedules.bull.add('of another version', { asked: 'perhaps' });
    await one.schedules.bull.add('sync', null);
    await until(async () => (await one.schedules.bull.getJobCounts('completed')).completed === 2, 'both to be over');
    expect(names).toEqual(['sync']);
    expect(errors).toHaveLength(1);
  });
});

/** As FLUSHALL does, for the queues of one test. */
async function emptied(
  place: { readonly kind: string; readonly url: string },
  where: { schema: string; prefix: string },
) {
  if (place.kind === 'redis') {
    const redis = new Redis(place.url);
    const keys = await redis.keys(`${where.prefix}:*`);
    if (keys.length > 0) await redis.del(...keys);
    redis.disconnect();
    return;
  }
  const client = new pg.Client(place.url);
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = $1 AND tablename <> 'migration'",
    [where.schema],
  );
  if (rows.length > 0) await client.query(`TRUNCATE ${rows.map(({ name }) => name).join(', ')}`);
  await client.end();
}
