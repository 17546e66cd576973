/** What Bull Board shows of jobs that anybody may have put into a queue. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningServer } from '../src/index.ts';
import { maskedData } from '../src/masked.ts';
import { ask, serve } from './fixture.ts';
import { recordingLog } from './recording-log.ts';
import { openStage, type Stage } from './stage.ts';

const { log } = recordingLog();
const KNOWN = { target: 'local', contact_ids: ['7'] };
const FAILURE = {
  code: 'CONTENT_REFUSED',
  reason: 'a rule of the table refuses it',
  advice: 'Change it.',
  field: null,
};
let stage: Stage;
let server: RunningServer;

beforeAll(async () => {
  stage = await openStage(log);
  server = await serve(stage.hub);
});
afterAll(async () => {
  await server.close();
  await stage.close();
});

describe('the data of a job', () => {
  test.each([
    ['ingest', { system: 'local', record_ids: ['r'] }, { system: 'local', record_ids: ['r'] }],
    ['propagate-local', { ...KNOWN, name: 'Ada' }, { ...KNOWN, '•••': '•••' }],
    ['propagate-local', { target: 'Ada', contact_ids: ['Ada'] }, '•••'],
    ['propagate-local', 'Ada', '•••'],
    ['propagate-local', null, '•••'],
    ['conflicts', { conflict_id: '7-1', contact_id: '7' }, { conflict_id: '7-1', contact_id: '7' }],
    ['schedules', { asked: true, by: 'Ada' }, { asked: true, '•••': '•••' }],
    ['schedules', { asked: 'Ada' }, '•••'],
    ['ingest-dead', { dead_letter_id: '7', contents: 'Ada' }, '•••'],
  ] as const)('of %s %j is shown as %j', (queue, data, shown) => {
    expect(maskedData(queue, data)).toEqual(shown);
  });
});

test('the board shows keys, codes and our own sentences, and nothing else of what lies in a queue', async () => {
  const queue = stage.hub.queues.bull('propagate-local');
  const [plain, unknown, own, foreign, done] = await Promise.all([
    queue.add('propagate', { ...KNOWN, note: 'canary-data', 'canary-key': 1 }),
    queue.add('canary-name', { target: 'canary-target' }, { backoff: { type: 'canary-option' } }),
    queue.add('propagate', KNOWN),
    queue.add('propagate', KNOWN),
    queue.add('propagate', KNOWN),
  ]);
  await plain.log('canary-log');
  await plain.updateProgress({ 'canary-progress': 'canary-progress' });
  await queue.upsertJobScheduler('yearly', { every: 3_600_000 }, { name: 'canary-name', data: 'canary-template' });
  const ended = new Set<string | undefined>();
  const worker = await stage.hub.backend.worker(
    'propagate-local',
    async ({ id }) => {
      ended.add(id);
      if (id === done.id) return 'canary-result';
      const error = new Error(id === own.id ? JSON.stringify(FAILURE) : 'canary-reason');
      error.stack = 'canary-stack';
      throw error;
    },
    { concurrency: 1 },
  );
  await expect.poll(async () => (await queue.getJobCounts('failed')).failed).toBeGreaterThanOrEqual(4);
  await expect.poll(async () => (await queue.getJobCounts('completed')).completed).toBe(1);
  await worker.close();

  const base = '/queues/api/queues';
  const statuses = ['latest', 'active', 'waiting', 'completed', 'failed', 'delayed', 'prioritized'];
  const ids = [plain, unknown, own, foreign, done].map(({ id }) => id);
  const answers = await Promise.all(
    [
      ...statuses.map((status) => `${base}?activeQueue=propagate-local.work&status=${status}&jobsPerPage=100`),
      ...ids.flatMap((id) => ['', '/logs', '/flow'].map((more) => `${base}/propagate-local.work/${id}${more}`)),
      '/queues/api/job-schedulers',
      `${base}/propagate-local.work/metrics`,
      `${base}/propagate-local.work/default-job-options`,
    ].map((path) => ask(server.url, path)),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(answers.flatMap(({ text }) => text.match(/.{0,80}canary.{0,40}/g) ?? [])).toEqual([]);
  // What people need is there.
  const shown = async (id: string | undefined) =>
    JSON.parse((await ask(server.url, `${base}/propagate-local.work/${id}`)).text).job;
  expect(await shown(own.id)).toMatchObject({ name: 'propagate', data: KNOWN, failedReason: JSON.stringify(FAILURE) });
  expect(await shown(foreign.id)).toMatchObject({ failedReason: '•••', stacktrace: ['•••'] });
  expect(await shown(plain.id)).toMatchObject({ data: { ...KNOWN, '•••': '•••' } });
  expect(await shown(unknown.id)).toMatchObject({ name: '•••', data: '•••' });
  // And it would have been found: it lies there.
  expect(JSON.stringify((await queue.getJob(String(plain.id)))?.data)).toContain('canary-data');
});
