import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { OutageError, PermanentError } from '@contact-sync/sync';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { type OpenQueues, openBackend, openQueues } from '../src/index.ts';
import { linkTo } from './link.ts';
import { contacts, findOwnPlaces, ids, openRig, until } from './rig.ts';

const places = await findOwnPlaces();
afterAll(() => Promise.all(places.map((place) => place.close())));

const unreachable = { code: 'QUEUE_UNREACHABLE', name: 'OutageError' };

describe.each(places)('when $kind goes away', { timeout: 20_000 }, ({ url, restart }) => {
  test('telling jobs fails fast, and works again when it is back', async () => {
    const link = await linkTo(url);
    onTestFinished(link.close);
    const { queues } = await openRig({ url: link.url, share: false });
    await link.cut();
    const start = performance.now();
    await expect(queues.propagate('local', contacts(1))).rejects.toMatchObject(unreachable);
    await expect(queues.failed('ingest', 1)).rejects.toMatchObject(unreachable);
    await expect(queues.counts()).rejects.toMatchObject(unreachable);
    expect(performance.now() - start).toBeLessThan(2_000);
    await link.mend();
    await until(() => tells(queues), 'the backend to be back');
    expect((await queues.counts())['propagate-local'].waiting).toBe(1);
  });

  test('workers go on by themselves when it is back', async () => {
    const link = await linkTo(url);
    onTestFinished(link.close);
    const rig = await openRig({ url: link.url, share: false });
    const near = await queuesAt({ ...rig.where, url });
    const nth = (index: number) => contacts(4).slice(index, index + 1);
    // What ran when the link was cut may run again: its completion was perhaps not heard of.
    const seen = new Set<string>();
    await rig.work({
      propagate: async (job) => {
        for (const id of ids(job)) seen.add(id);
      },
    });
    await near.propagate('local', nth(0));
    await until(() => seen.size === 1, 'a job before');
    await link.cut();
    await near.propagate('local', nth(1));
    await near.propagate('supabase', nth(2));
    await near.propagate('twenty', nth(3));
    await near.ingest('local', ['r1']);
    await link.mend();
    await until(() => seen.size === 4, 'a job of each queue after', 15_000);
    await until(async () => (await near.counts()).ingest.waiting === 0, 'the last queue', 15_000);
  });

  test('a job that runs meanwhile is not lost', async () => {
    const link = await linkTo(url);
    onTestFinished(link.close);
    const rig = await openRig({ url: link.url, share: false });
    const near = await queuesAt({ ...rig.where, url });
    const { promise: began, resolve: begin } = Promise.withResolvers<void>();
    const { promise: cut, resolve: goOn } = Promise.withResolvers<void>();
    await rig.work({
      propagate: async () => {
        begin();
        await cut;
      },
    });
    await near.propagate('twenty', contacts(1));
    await began;
    await link.cut();
    goOn();
    await until(() => rig.errors.length > 0, 'the worker to notice');
    await link.mend();
    await until(
      async () => (await near.bull('propagate-twenty').getJobs(['completed'])).length === 1,
      'the job to complete',
      15_000,
    );
  });

  test.skipIf(!restart)('a restart in the midst of work loses no job, and workers and producers go on', async () => {
    const rig = await openRig({ url, share: false });
    await rig.queues.split({ target: 'twenty', contact_ids: contacts(50) });
    let gone: Promise<void> | undefined;
    const seen: string[] = [];
    await rig.work({
      propagate: async (job) => {
        if (seen.length === 10) gone = restart?.();
        seen.push(...ids(job));
      },
    });
    await until(() => gone !== undefined, 'the kill');
    await gone;
    await until(() => new Set(seen).size === 50, 'all jobs', 15_000);
    await until(() => tells(rig.queues), 'the producers to be back');
    await until(async () => (await rig.queues.counts())['propagate-local'].waiting === 0, 'a job after', 15_000);
    expect((await rig.queues.counts())['propagate-twenty'].failed).toBe(0);
  });

  test('several processes may open a backend that is new, at once', async () => {
    const schema = `new_${randomUUID().replaceAll('-', '')}`;
    const backends = await Promise.all(Array.from({ length: 4 }, () => openBackend(url, { schema })));
    await Promise.all(backends.map((backend) => backend.close()));
  });

  test('opening it while it is away is an outage, told without its password', async () => {
    const link = await linkTo(url);
    await link.cut();
    const there = new URL(link.url);
    there.password = 'hunter2';
    const error: unknown = await openBackend(there.href).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OutageError);
    expect(error).toMatchObject(unreachable);
    expect(inspect(error, { depth: 10 })).not.toContain('hunter2');
  });
});

test('a URL of another kind is refused, without being quoted', async () => {
  for (const url of ['mysql://root:hunter2@somewhere', 'hunter2', '']) {
    const error: unknown = await openBackend(url).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ code: 'QUEUE_URL_UNSUPPORTED', advice: expect.stringContaining('redis://') });
    expect(inspect(error)).not.toContain('hunter2');
  }
});

/** Tells one job to the local queue, if it can. */
const tells = (queues: OpenQueues): Promise<boolean> =>
  queues.propagate('local', contacts(1)).then(
    () => true,
    () => false,
  );

async function queuesAt(where: { readonly url: string; readonly schema: string; readonly prefix: string }) {
  const backend = await openBackend(where.url, where);
  const queues = await openQueues(backend);
  onTestFinished(async () => {
    await queues.close();
    await backend.close();
  });
  return queues;
}
