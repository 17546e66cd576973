import { fork } from 'node:child_process';
import { once } from 'node:events';
import { isReady, loadConfig } from '@contact-sync/config';
import { createHub, type Hub } from '@contact-sync/hub';
import { SCHEDULES, type ScheduleName, type TurnRecord } from '@contact-sync/sync';
import { type TestDatabase, testDatabase } from '@contact-sync/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningWorker, startWorker } from '../src/index.ts';
import { recordingLog } from './recording-log.ts';

const SOON = { timeout: 20_000, interval: 50 };
const NEVER = '86400000';
const { log, lines } = recordingLog();
let database: TestDatabase;
let hub: Hub;
const workers: RunningWorker[] = [];
const start = async () => void workers.push(await startWorker(hub, { drain_ms: 1_000 }));

/** Of the systems only the local database is there. */
beforeAll(async () => {
  database = await testDatabase();
  const config = loadConfig({
    LEDGER_URL: database.url,
    LOCAL_URL: database.url,
    BIGQUERY_PROJECT: 'project',
    BIGQUERY_DATASET: 'contacts',
    BIGQUERY_EMULATOR_HOST: 'http://127.0.0.1:2',
    SUPABASE_URL: 'http://127.0.0.1:2',
    SUPABASE_SECRET_KEY: 'sb_secret_example',
    TWENTY_URL: 'http://127.0.0.1:2',
    TWENTY_API_KEY: 'key-of-twenty',
    TWENTY_WEBHOOK_SECRET: 'secret-of-twenty',
    LOCAL_POLL_MS: '1000',
    SUPABASE_POLL_MS: '1000',
    BIGQUERY_POLL_MS: NEVER,
    TWENTY_POLL_MS: NEVER,
    TWENTY_COMPARE_MS: NEVER,
    SWEEP_MS: '1000',
    SWEEP_GRACE_MS: NEVER,
  });
  if (!isReady(config)) throw new Error('the test gives every database');
  hub = await createHub(config, log);
  await hub.parts.ledger.install();
  await hub.parts.targets.local.install({ dry_run: false });
  await start();
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  await hub.close();
  await database.close();
});

const turn = async (name: ScheduleName): Promise<TurnRecord | undefined> =>
  (await hub.watching.turns.turns()).find((one) => one.name === name);
const runs = async (name: ScheduleName) => (await turn(name))?.runs ?? 0;
const more = async (name: ScheduleName, by: number) => {
  const before = await runs(name);
  await expect.poll(() => runs(name), SOON).toBeGreaterThanOrEqual(before + by);
};
async function sql(text: string): Promise<number> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(text)).rowCount ?? 0;
  } finally {
    await client.end();
  }
}

test('every schedule is there, runs, and tells how that went', async () => {
  await expect.poll(async () => [...(await hub.schedules.due()).keys()].sort(), SOON).toEqual([...SCHEDULES].sort());
  await expect.poll(() => turn('sweep'), SOON).toMatchObject({ outcome: 'done', code: null });
  await expect.poll(() => turn('poll-local'), SOON).toMatchObject({ outcome: 'done', code: null });
  await expect
    .poll(() => turn('poll-supabase'), SOON)
    .toMatchObject({ outcome: 'failed', code: expect.stringMatching(/^SUPABASE_/) });
  for (const name of ['retention', 'drift-supabase', 'sync'] as const) await hub.schedules.runNow(name);
  await expect.poll(() => turn('retention'), SOON).toMatchObject({ outcome: 'done', runs: 1 });
  await expect
    .poll(() => turn('drift-supabase'), SOON)
    .toMatchObject({ outcome: 'failed', code: expect.stringMatching(/^SUPABASE_/) });
  await expect
    .poll(() => turn('sync'), SOON)
    .toMatchObject({ outcome: 'failed', code: expect.stringMatching(/^(BIGQUERY|SUPABASE|TWENTY)_/) });
  await more('sweep', 2);
  expect(
    lines.filter(({ message, schedule }) => message === 'a scheduled run failed' && schedule === 'sync'),
  ).toHaveLength(1);
});

test('what is paused is not done by anybody’s timer until it is resumed, and an edit is heard of all the same', async () => {
  await hub.watching.turns.pauseSchedule('poll-local', 'ada');
  await more('sweep', 1);
  const paused = await runs('poll-local');
  await more('sweep', 2);
  await sql(`insert into contacts (canonical_name) values ('Ada Example')`);
  await expect.poll(() => sql(`select from contact_sync_ledger.inbox where system = 'local'`), SOON).toBe(1);
  expect(await runs('poll-local')).toBe(paused);
  await hub.watching.turns.resumeSchedule('poll-local');
  await more('poll-local', 1);
});

test('a restart and a second worker double nothing, and an emptied backend is filled again', async () => {
  const due = await hub.schedules.due();
  await workers.pop()?.close();
  await Promise.all([start(), start()]);
  await more('sweep', 1);
  expect(await hub.schedules.count()).toBe(SCHEDULES.length);
  expect((await hub.schedules.due()).get('retention')).toBe(due.get('retention'));
  const [began, before] = [Date.now(), await runs('sweep')];
  await more('sweep', 3);
  // One of each second, and the loops' own, which come after four.
  const seconds = Math.ceil((Date.now() - began) / 1_000);
  expect((await runs('sweep')) - before).toBeLessThanOrEqual(seconds + 2 * Math.ceil(seconds / 4) + 1);

  await sql('truncate bullmq.job, bullmq.scheduler cascade');
  await expect.poll(() => hub.schedules.count(), SOON).toBe(SCHEDULES.length);
  expect((await hub.schedules.due()).get('retention')).toBe(due.get('retention'));
  await more('sweep', 2);
});

test('what a killed process had is taken over once its lease has run out, and not before', async () => {
  const child = fork(new URL('stuck-turn.ts', import.meta.url), [database.url]);
  await once(child, 'message');
  await hub.schedules.runNow('retention');
  // Longer than its lease: it shows that it lives.
  await more('sweep', 4);
  expect(await turn('retention')).toMatchObject({ running: true, runs: 2 });
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  await expect.poll(() => turn('retention'), SOON).toMatchObject({ running: false, runs: 3, outcome: 'done' });
});

test('nothing that was logged holds what the contacts hold', () => {
  expect(JSON.stringify(lines)).not.toMatch(/Ada|Example|key-of-twenty|sb_secret/);
});
