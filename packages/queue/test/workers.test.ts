import { setTimeout as wait } from 'node:timers/promises';
import {
  type IngestJob,
  OutageError,
  PermanentError,
  type PropagateJob,
  ThrottledError,
  TransientError,
} from '@contact-sync/sync';
import { afterAll, describe, expect, test } from 'vitest';
import { ATTEMPTS } from '../src/index.ts';
import { contacts, findPlaces, ids, openRig, type Rig, records, until } from './rig.ts';

const places = await findPlaces();
afterAll(() => Promise.all(places.map((place) => place.close())));

const transient = () => new TransientError('CONNECTION_LOST', 'the connection dropped');
const outage = () => new OutageError('SYSTEM_DOWN', 'the system does not answer');
const permanent = () =>
  new PermanentError('INVALID_CATEGORY', 'is not a category', { field: 'category_code', advice: 'Mend the record.' });

describe.each(places)('workers on $kind', { timeout: 20_000 }, (place) => {
  test('each job reaches the handler of its queue', async () => {
    const { queues, work } = await openRig(place);
    const seen: (IngestJob | PropagateJob)[] = [];
    const take = async (job: IngestJob | PropagateJob) => void seen.push(job);
    await work({ ingest: take, propagate: take });
    await queues.ingest('local', records(2));
    await queues.propagate('supabase', contacts(1));
    await queues.propagate('twenty', contacts(1));
    await until(() => seen.length === 3, 'three jobs');
    expect(seen).toContainEqual({ system: 'local', record_ids: ['r1', 'r2'] });
    expect(seen).toContainEqual({ target: 'supabase', contact_ids: ['1'] });
    expect(seen).toContainEqual({ target: 'twenty', contact_ids: ['1'] });
  });

  test('a throttled queue waits as long as it was asked, goes on at once after, and spends no attempt', async () => {
    const { queues, work, events } = await openRig(place);
    const calls: number[] = [];
    await work({
      propagate: async () => {
        calls.push(performance.now());
        if (calls.length <= 3) throw new ThrottledError('TOO_MANY_REQUESTS', 'slow down', 300);
      },
    });
    await queues.propagate('twenty', contacts(1));
    await until(() => calls.length === 4, 'the fourth call');
    const gaps = calls.slice(1).map((at, index) => at - (calls[index] ?? 0));
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(295);
    for (const gap of gaps) expect(gap).toBeLessThan(800);
    await until(() => events.some(({ event }) => event === 'flowing'), 'the queue to flow');
    expect(events[0]).toMatchObject({ event: 'waiting', queue: 'propagate-twenty', code: 'TOO_MANY_REQUESTS' });
    await until(async () => (await completed(queues, 'propagate-twenty')).length === 1, 'the job to complete');
    const [job] = await completed(queues, 'propagate-twenty');
    expect(job?.attemptsMade).toBeLessThanOrEqual(1); // the one that went well
    expect((await queues.counts())['propagate-twenty'].failed).toBe(0);
  });

  test('while a queue is throttled no worker of it begins a job', async () => {
    const rig = await openRig(place);
    const begun: number[] = [];
    let until_ms = 0;
    const handlers = {
      propagate: async () => {
        begun.push(performance.now());
        if (begun.length > 1) return;
        until_ms = performance.now() + 500;
        throw new ThrottledError('TOO_MANY_REQUESTS', 'slow down', 500);
      },
    };
    await rig.work(handlers, { concurrency: { 'propagate-twenty': 1 } });
    await rig.queues.propagate('twenty', contacts(1));
    await until(() => begun.length === 1, 'the first call');
    await until(() => rig.events.length > 0, 'the queue to wait');
    await rig.work(handlers);
    await rig.queues.split({ target: 'twenty', contact_ids: contacts(20) });
    await until(() => begun.length === 22, 'all calls');
    expect(begun.slice(1).filter((at) => at < until_ms - 5)).toEqual([]);
  });

  test('an outage spends no attempt over many probes, one at a time, and ends at full concurrency', async () => {
    const { queues, work, events } = await openRig(place);
    let down = true;
    let running = 0;
    let probes = 0;
    let most = 0;
    let wide = 0;
    let answered = 0;
    const { promise: all, resolve: together } = Promise.withResolvers<void>();
    await work(
      {
        propagate: async ({ target }) => {
          if (target !== 'twenty') return;
          running += 1;
          if (down) {
            probes += 1;
            if (probes > 4) most = Math.max(most, running);
            await wait(5);
            running -= 1;
            throw outage();
          }
          answered += 1;
          wide = Math.max(wide, running);
          if (wide === 3) together();
          if (answered > 1) await all;
          running -= 1;
        },
      },
      { concurrency: { 'propagate-twenty': 3 } },
    );
    await queues.split({ target: 'twenty', contact_ids: contacts(12) });
    await until(() => probes >= 4 + 2 * ATTEMPTS, 'many probes', 15_000);
    expect(most).toBe(1);
    expect((await queues.counts())['propagate-twenty'].failed).toBe(0);
    const waits = events.filter(({ event }) => event === 'waiting').map(({ retry_in_ms }) => retry_in_ms ?? 0);
    expect(Math.max(...waits)).toBeLessThanOrEqual(80);
    expect(Math.max(...waits.slice(6))).toBeGreaterThan(30);
    down = false;
    await until(async () => (await completed(queues, 'propagate-twenty')).length === 12, 'all jobs');
    expect(wide).toBe(3);
    expect(events.filter(({ event }) => event === 'flowing')).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ event: 'flowing', queue: 'propagate-twenty' });
    for (const job of await completed(queues, 'propagate-twenty')) expect(job.attemptsMade).toBeLessThanOrEqual(1);
  });

  test('while one system is down the queues of the others flow (I7)', async () => {
    const { queues, work } = await openRig(place);
    const done: string[] = [];
    await work({
      propagate: async (job) => {
        if (job.target === 'twenty') throw outage();
        done.push(...ids(job));
      },
    });
    await queues.split({ target: 'twenty', contact_ids: contacts(10) });
    await queues.split({ target: 'local', contact_ids: contacts(30) });
    await until(() => done.length === 30, 'the other queue', 3_000);
    expect((await queues.counts())['propagate-twenty'].failed).toBe(0);
  });

  test('a transient failure is tried again, and after its last attempt lies in the failed set with its code', async () => {
    const { queues, work, events } = await openRig(place);
    let calls = 0;
    await work({
      ingest: async () => {
        calls += 1;
        throw transient();
      },
    });
    await queues.ingest('supabase', records(1));
    await until(async () => (await queues.counts()).ingest.failed === 1, 'the failed set');
    expect(calls).toBe(ATTEMPTS);
    expect(await queues.failed('ingest', 10)).toEqual([
      {
        queue: 'ingest',
        job_id: expect.any(String),
        job: { system: 'supabase', record_ids: ['r1'] },
        code: 'CONNECTION_LOST',
        reason: 'the connection dropped',
        advice: expect.any(String),
        field: null,
        attempts: ATTEMPTS,
      },
    ]);
    await until(() => events.length > 0, 'the observer');
    expect(events).toEqual([{ event: 'failed', queue: 'ingest' }]);
  });

  test('an error that nobody foresaw counts as transient, and its message stays out of the queue', async () => {
    const { queues, work, errors } = await openRig(place);
    const surprise = new Error('Ada Lovelace, +1 415 555 2671');
    await work({ ingest: () => Promise.reject(surprise) });
    await queues.ingest('supabase', records(1));
    await until(async () => (await queues.counts()).ingest.failed === 1, 'the failed set');
    const [failed] = await queues.failed('ingest', 10);
    expect(failed).toMatchObject({ code: 'UNEXPECTED_ERROR', attempts: ATTEMPTS });
    expect(JSON.stringify(await queues.bull('ingest').getJobs(['failed']))).not.toContain('Lovelace');
    expect(errors).toContain(surprise);
  });

  test('a job of several keys is split after its second failed attempt, so that the bad key fails alone', async () => {
    const { queues, work } = await openRig(place);
    const good: string[] = [];
    const sizes: number[] = [];
    await work({
      propagate: async (job) => {
        sizes.push(job.contact_ids.length);
        if (ids(job).includes('3')) throw transient();
        good.push(...job.contact_ids);
      },
    });
    await queues.propagate('local', contacts(5));
    await until(async () => (await queues.counts())['propagate-local'].failed === 1, 'the failed set');
    await until(() => good.length === 4, 'the good keys');
    expect(good.sort()).toEqual(['1', '2', '4', '5']);
    expect(sizes.filter((size) => size === 5)).toHaveLength(2);
    const failed = await queues.failed('propagate-local', 10);
    expect(failed.map(({ job }) => job)).toEqual([{ target: 'local', contact_ids: ['3'] }]);
  });

  test('a permanent failure of one key lies in the failed set at once, with code, advice and field', async () => {
    const { queues, work, events } = await openRig(place);
    let calls = 0;
    await work({
      propagate: async () => {
        calls += 1;
        throw permanent();
      },
    });
    await queues.propagate('supabase', contacts(1));
    await until(async () => (await queues.counts())['propagate-supabase'].failed === 1, 'the failed set');
    expect(calls).toBe(1);
    expect(await queues.failed('propagate-supabase', 10)).toMatchObject([
      {
        job: { target: 'supabase', contact_ids: ['1'] },
        code: 'INVALID_CATEGORY',
        reason: 'is not a category',
        advice: 'Mend the record.',
        field: 'category_code',
        attempts: 1,
      },
    ]);
    await until(() => events.length > 0, 'the observer');
    expect(events).toEqual([{ event: 'failed', queue: 'propagate-supabase' }]);
  });

  test('a permanent failure among several keys splits them at once', async () => {
    const { queues, work } = await openRig(place);
    const good: string[] = [];
    const sizes: number[] = [];
    await work({
      ingest: async (job) => {
        sizes.push(job.record_ids.length);
        if (ids(job).includes('r2')) throw permanent();
        good.push(...job.record_ids);
      },
    });
    await queues.ingest('local', records(4));
    await until(async () => (await queues.counts()).ingest.failed === 1, 'the failed set');
    await until(() => good.length === 3, 'the good keys');
    expect(sizes.filter((size) => size === 4)).toHaveLength(1);
    expect((await queues.failed('ingest', 10)).map(({ job }) => ids(job))).toEqual([['r2']]);
  });

  test('a system that refuses a record is not down: a refusal ends the wait', async () => {
    const { queues, work, events } = await openRig(place);
    let calls = 0;
    await work({
      propagate: async () => {
        calls += 1;
        throw calls === 1 ? outage() : permanent();
      },
    });
    await queues.propagate('twenty', contacts(1));
    await until(async () => (await queues.counts())['propagate-twenty'].failed === 1, 'the failed set');
    expect(events.map(({ event }) => event).slice(0, 2)).toEqual(['waiting', 'flowing']);
  });

  test('a malformed job fails for good with what can be read of it, and the worker goes on', async () => {
    const { queues, work } = await openRig(place);
    const seen: string[] = [];
    const broken: unknown[] = [
      { target: 'twenty', contact_ids: ['5', 'not an id', 7] },
      { target: 'local', contact_ids: ['5'] },
      { contact_ids: 'everything' },
      {},
      'text',
      null,
    ];
    const bull = queues.bull('propagate-twenty');
    await bull.addBulk(broken.map((data) => ({ name: 'propagate', data, opts: { attempts: 5 } })));
    await work({ propagate: async (job) => void seen.push(...ids(job)) });
    await queues.propagate('twenty', contacts(1));
    await until(() => seen.length === 1, 'the good job');
    await until(
      async () => (await queues.counts())['propagate-twenty'].failed === broken.length,
      'the malformed jobs to fail',
    );
    const failed = await queues.failed('propagate-twenty', 10);
    expect(new Set(failed.map(({ code }) => code))).toEqual(new Set(['JOB_MALFORMED']));
    expect(failed.map(({ job }) => ids(job)).sort((a, b) => b.length - a.length)).toEqual([
      ['5'],
      ['5'],
      [],
      [],
      [],
      [],
    ]);
    expect(failed.every(({ attempts }) => attempts <= 1)).toBe(true);
  });

  test('the failed set is paged oldest first, and forgets what it is told to', async () => {
    const { queues, work } = await openRig(place);
    await work({ propagate: () => Promise.reject(permanent()) }, { concurrency: { 'propagate-local': 1 } });
    for (const id of contacts(5)) {
      await queues.propagate('local', [id]);
      await until(async () => (await queues.counts())['propagate-local'].failed === Number(id), 'one more');
      await wait(2); // the set is ordered by milliseconds
    }
    const page = await queues.failed('propagate-local', 2);
    expect(page.map(({ job }) => ids(job)[0])).toEqual(['1', '2']);
    await queues.forgetFailed(
      'propagate-local',
      page.map(({ job_id }) => job_id),
    );
    const rest = await queues.failed('propagate-local', 10);
    expect(rest.map(({ job }) => ids(job)[0])).toEqual(['3', '4', '5']);
    expect(await queues.failed('propagate-local', 0)).toEqual([]);
  });
});

const completed = (queues: Rig['queues'], name: 'propagate-twenty') => queues.bull(name).getJobs(['completed']);
