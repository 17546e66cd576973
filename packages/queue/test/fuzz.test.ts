/** Jobs of any shape, in real queues: whatever lies there, the others are done and the worker goes on. */
import { keysOf, type QueueName, WORK_QUEUES, type WorkQueue } from '@contact-sync/sync';
import { ABSURD_VERSIONS, CANARY, hostileJson, hostileText, nestedText } from '@contact-sync/testkit';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { OpenQueues } from '../src/index.ts';
import { parseJob, propagateJobSchema, salvageJob, splitJob } from '../src/jobs.ts';
import { findPlaces, ids, openRig, until } from './rig.ts';

const places = await findPlaces();
afterAll(() => Promise.all(places.map((place) => place.close())));

/** Nearly a job, or nothing like one. */
const anyJob = fc.oneof(
  hostileJson,
  fc.record({
    system: fc.oneof(fc.constantFrom('local', 'twenty', 'bigquery', CANARY), hostileJson),
    record_ids: fc.oneof(hostileJson, fc.array(fc.oneof(hostileText, hostileJson), { maxLength: 4 })),
  }),
  fc.record({
    target: fc.oneof(fc.constantFrom('local', 'twenty', 'supabase', 'bigquery'), hostileJson),
    contact_ids: fc.oneof(
      hostileJson,
      fc.array(fc.oneof(fc.constantFrom(...ABSURD_VERSIONS), hostileText), { maxLength: 4 }),
    ),
  }),
);

test('whatever a queue holds is a job of it, or the keys of one: never a key that is none', () => {
  fc.assert(
    fc.property(anyJob, fc.constantFrom(...WORK_QUEUES), (data, queue) => {
      const job = parseJob(queue, data) ?? salvageJob(queue, data);
      for (const key of keysOf(job)) expect(key.length > 0 && key.length <= 1_000).toBe(true);
      for (const one of splitJob(job)) expect(parseJob(queue, one)).toEqual(one);
      if ('contact_ids' in job && job.contact_ids.length > 0) propagateJobSchema.parse(job);
    }),
    { numRuns: 300 },
  );
  for (const queue of WORK_QUEUES)
    for (const data of [
      JSON.parse(nestedText(100_000)),
      { record_ids: Array(100_000).fill(1), contact_ids: Array(100_000).fill('x') },
    ])
      expect(keysOf(salvageJob(queue, data))).toEqual([]);
});

/** @returns false where the backend itself does not take it, as Postgres does not take NUL: that was told to who put it */
const put = (queues: OpenQueues, queue: QueueName, data: unknown): Promise<boolean> =>
  queues
    .bull(queue)
    .add(CANARY, data)
    .then(
      () => true,
      () => false,
    );

describe.each(places)('on $kind', { timeout: 20_000 }, (place) => {
  test('jobs of any shape between good ones: the good are done, the others failed and named, and none is told', async () => {
    const { queues, work, errors } = await openRig(place);
    const done: string[] = [];
    const queue: WorkQueue = 'ingest';
    const shapes = fc.sample(anyJob, { numRuns: 25, seed: 7 }).filter((data) => parseJob(queue, data) === null);
    const special = [
      JSON.parse(nestedText(1_000)),
      { system: 'local', record_ids: [`${CANARY}${'x'.repeat(1_001)}`, 'good in bad'] },
      'x'.repeat(1 << 20),
      [],
      null,
    ];
    const bad: number[] = [];
    for (const [index, data] of [...shapes, ...special].entries()) {
      if (await put(queues, queue, data)) bad.push(index);
      await queues.ingest('local', [`good ${index}`]);
    }
    expect(bad.length).toBeGreaterThan(10);
    await work({ ingest: async (job) => void done.push(...ids(job)) });
    await until(() => done.length >= shapes.length + special.length, 'the good jobs');
    await until(async () => (await queues.counts())[queue].failed >= bad.length, 'the others to fail');
    expect(done.sort()).toEqual([...shapes, ...special].map((_, index) => `good ${index}`).sort());
    const failed = await queues.failed(queue, 500);
    expect(new Set(failed.map(({ code }) => code))).toEqual(new Set(['JOB_MALFORMED']));
    expect(JSON.stringify([failed.map(({ job: _, ...told }) => told), errors])).not.toContain(CANARY);
    await queues.forgetFailed(
      queue,
      failed.map(({ job_id }) => job_id),
    );
    await queues.ingest('local', ['after all of it']);
    await until(() => done.includes('after all of it'), 'the next job');
    const nothing = { waiting: 0, active: 0, delayed: 0, failed: 0 };
    await expect.poll(async () => (await queues.counts())[queue]).toEqual(nothing);
  });

  test('what lies among the dead letters and conflicts and is none of them is not shown as one', async () => {
    const { queues } = await openRig(place);
    let lying = 0;
    for (const data of fc.sample(anyJob, { numRuns: 15, seed: 3 })) {
      if (await put(queues, 'conflicts', data)) lying += 1;
      await put(queues, 'ingest-dead', data);
    }
    expect(await queues.shown()).toEqual({ conflict_ids: [], letters: [] });
    const texts = fc.sample(hostileText, { numRuns: 20, seed: 5 });
    await queues.hideConflicts(texts.map((text) => text.slice(0, 500)));
    await queues.unbury(texts.map((text) => ({ queue: 'ingest', dead_letter_id: text.slice(0, 500) })));
    await queues.forgetFailed('ingest', ['no such job', CANARY]);
    expect((await queues.counts()).conflicts.waiting).toBe(lying);
  });
});
