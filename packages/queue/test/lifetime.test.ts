import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { contacts, findPlaces, ids, openRig, type Rig, until } from './rig.ts';

const places = await findPlaces();
afterAll(() => Promise.all(places.map((place) => place.close())));

describe.each(places)('the life of workers on $kind', { timeout: 20_000 }, (place) => {
  test('a job whose workers were killed is neither lost nor failed, and in the end its keys are tried alone', async () => {
    const rig = await openRig(place);
    await rig.queues.propagate('twenty', contacts(2));
    for (let kill = 0; kill < 3; kill += 1) await killWorkerWithJob(rig);
    const seen: (readonly string[])[] = [];
    await rig.work({ propagate: async (job) => void seen.push(ids(job)) }, { lock_ms: 300, stalled_every_ms: 100 });
    await until(() => seen.length === 2, 'the keys');
    expect(seen.flat().sort()).toEqual(['1', '2']);
    expect((await rig.queues.counts())['propagate-twenty'].failed).toBe(0);
  });

  test('a job that BullMQ gave up on by itself is told as stalled', async () => {
    const rig = await openRig(place);
    await rig.queues.propagate('twenty', contacts(1));
    await killWorkerWithJob(rig);
    // As if this kill had been one too many.
    const worker = await rig.backend.worker('propagate-twenty', async () => {}, {
      lockDuration: 300,
      stalledInterval: 100,
      maxStalledCount: 0,
    });
    await until(async () => (await rig.queues.counts())['propagate-twenty'].failed === 1, 'the failed set');
    await worker.close();
    expect(await rig.queues.failed('propagate-twenty', 10)).toMatchObject([
      { code: 'JOB_STALLED', job: { target: 'twenty', contact_ids: ['1'] } },
    ]);
  });

  test('closing lets a running job end, and begins no other', async () => {
    const { queues, work } = await openRig(place);
    const { promise: began, resolve: begin } = Promise.withResolvers<void>();
    let ended = 0;
    const workers = await work(
      {
        propagate: async () => {
          begin();
          await wait(200);
          ended += 1;
        },
      },
      { concurrency: { 'propagate-local': 1 } },
    );
    await queues.split({ target: 'local', contact_ids: contacts(5) });
    await began;
    await workers.close();
    expect(ended).toBe(1);
    expect((await queues.counts())['propagate-local']).toMatchObject({ waiting: 4, active: 0, failed: 0 });
  });

  test('closing aborts a job that does not end, which goes back to waiting without an attempt', async () => {
    const { queues, work } = await openRig(place);
    const { promise: began, resolve: begin } = Promise.withResolvers<void>();
    const workers = await work(
      {
        propagate: (_job, signal) => {
          begin();
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        },
      },
      { drain_ms: 50 },
    );
    await queues.propagate('local', contacts(1));
    await began;
    await workers.close();
    expect((await queues.counts())['propagate-local']).toMatchObject({ waiting: 1, active: 0, failed: 0 });
    const [job] = await queues.bull('propagate-local').getJobs(['waiting']);
    expect(job?.attemptsMade).toBe(0);
  });

  test('closing does not wait for a job that heeds no signal', async () => {
    const { queues, work } = await openRig(place);
    const { promise: began, resolve: begin } = Promise.withResolvers<void>();
    const { promise: never, resolve: end } = Promise.withResolvers<void>();
    const workers = await work(
      {
        propagate: () => {
          begin();
          return never;
        },
      },
      { drain_ms: 50 },
    );
    await queues.propagate('local', contacts(1));
    await began;
    const start = performance.now();
    await workers.close();
    expect(performance.now() - start).toBeLessThan(4_000);
    end();
  });
});

/** Starts a worker in a process of its own, waits until it has begun a job, and kills it. */
async function killWorkerWithJob(rig: Rig): Promise<void> {
  const child = fork(new URL('stuck-worker.ts', import.meta.url), [JSON.stringify(rig.where)]);
  await once(child, 'message');
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
