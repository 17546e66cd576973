import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isReady, loadConfig } from '@contact-sync/config';
import { createHub, type Hub } from '@contact-sync/hub';
import { type BigQuerySandbox, startBigQuery } from '@contact-sync/sandbox/bigquery';
import { startTwenty, type Twenty } from '@contact-sync/sandbox/twenty';
import { type TestDatabase, testDatabase } from '@contact-sync/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type RunningWorker, startWorker } from '../src/index.ts';
import { recordingLog } from './recording-log.ts';

const SOON = { timeout: 20_000, interval: 50 };
const { log, lines } = recordingLog();
let own: TestDatabase;
let local: TestDatabase;
let bigquery: BigQuerySandbox;
let twenty: Twenty;
let env: Record<string, string>;
let hub: Hub;
let worker: RunningWorker;

/** Supabase is away all the while: nothing else may be the slower for it. */
beforeAll(async () => {
  [own, local, bigquery, twenty] = await Promise.all([
    testDatabase(),
    testDatabase(),
    startBigQuery(),
    startTwenty({ apiKey: 'key-of-twenty', requestsPerMinute: 6_000 }),
  ]);
  env = {
    LEDGER_URL: own.url,
    LOCAL_URL: local.url,
    BIGQUERY_PROJECT: bigquery.project,
    BIGQUERY_DATASET: 'contacts',
    BIGQUERY_EMULATOR_HOST: bigquery.host,
    // Nobody listens there, and fetch does not refuse to ask (as it would for port 1 or 9).
    SUPABASE_URL: 'http://127.0.0.1:2',
    SUPABASE_SECRET_KEY: 'sb_secret_example',
    TWENTY_URL: twenty.url,
    TWENTY_API_KEY: twenty.apiKey,
    TWENTY_WEBHOOK_SECRET: 'secret-of-twenty',
    TWENTY_REQUESTS_PER_MINUTE: '6000',
    TWENTY_POLL_MS: '250',
    BIGQUERY_POLL_MS: '1000',
    TWENTY_COMPARE_MS: '1000',
    // Whatever is found soon was not found by sweeping.
    SWEEP_MS: '86400000',
  };
  const config = loadConfig(env);
  if (!isReady(config)) throw new Error('the test gives every database');
  hub = await createHub(config, log);
  await hub.install();
  worker = await startWorker(hub, { outage: { base_ms: 50, cap_ms: 200 }, drain_ms: 1_000 });
});

afterAll(async () => {
  await worker.close();
  await hub.close();
  await Promise.all([own.close(), local.close(), bigquery.close(), twenty.close()]);
});

async function namesInLocal(): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: local.url });
  await client.connect();
  const { rows } = await client.query<{ canonical_name: string }>(
    'select canonical_name from contacts where deleted_at is null',
  );
  await client.end();
  return rows.map(({ canonical_name }) => canonical_name);
}

const createInTwenty = (firstName: string): Promise<Response> =>
  fetch(`${twenty.url}/rest/people`, {
    method: 'POST',
    headers: { authorization: `Bearer ${twenty.userToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: { firstName, lastName: 'Example' } }),
  });

test('an edit in one system reaches another, while a third is away and is told to be', async () => {
  await createInTwenty('Ada');
  await vi.waitUntil(async () => (await namesInLocal()).includes('Ada Example'), SOON);
  await vi.waitUntil(() => 'propagate-supabase' in worker.status().waiting, SOON);
  expect(worker.status().failing).toHaveProperty('supabase');
  expect(worker.status().waiting).not.toHaveProperty('propagate-local');
  await vi.waitUntil(() => worker.status().last_sweep !== null, SOON);
});

test('what was removed from Twenty for good is found missing by its id', async () => {
  await createInTwenty('Gone');
  await vi.waitUntil(async () => (await namesInLocal()).includes('Gone Example'), SOON);
  // No webhook tells of it: the hub has no address here.
  const person = twenty.people().find(({ name }) => JSON.stringify(name).includes('Gone'));
  const authorization = `Bearer ${twenty.userToken}`;
  await fetch(`${twenty.url}/rest/people/${person?.id}`, { method: 'DELETE', headers: { authorization } });
  await vi.waitUntil(async () => !(await namesInLocal()).includes('Gone Example'), SOON);
  expect(lines).toContainEqual(expect.objectContaining({ message: 'ids compared', system: 'twenty', missing: 1 }));
});

test('while BigQuery is away its edits wait, and go on by themselves when it is back', async () => {
  bigquery.setDown(true);
  await createInTwenty('Grace');
  await vi.waitUntil(() => 'ingest' in worker.status().waiting, SOON);
  expect(await namesInLocal()).not.toContain('Grace Example');
  bigquery.setDown(false);
  await vi.waitUntil(async () => (await namesInLocal()).includes('Grace Example'), SOON);
  await vi.waitUntil(() => !('ingest' in worker.status().waiting), SOON);
  const ofIngest = lines.filter(({ queue }) => queue === 'ingest').map(({ message }) => message);
  expect(ofIngest).toEqual(['queue waits for its system', 'queue flows again']);
});

test('a job that fails for good is a dead letter soon, without waiting for a sweep', async () => {
  await hub.queues.bull('propagate-local').add('propagate', { nonsense: true });
  await vi.waitUntil(async () => (await hub.parts.ledger.deadLetters()).length > 0, SOON);
  expect(await hub.parts.ledger.deadLetters()).toMatchObject([{ queue: 'propagate-local', code: 'JOB_MALFORMED' }]);
  await vi.waitUntil(async () => (await hub.queues.failed('propagate-local', 10)).length === 0, SOON);
});

test('nothing that was logged holds what the contacts hold', () => {
  expect(lines.length).toBeGreaterThan(0);
  expect(JSON.stringify(lines)).not.toMatch(/Ada|Grace|Example|key-of-twenty|sb_secret/);
});

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

test('run alone it ends with 0 when it is told to stop', async () => {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const ended = once(child, 'close');
  await vi.waitUntil(() => text.includes('worker runs'), SOON);
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(text).toContain('stopped');
});

test('run alone without a configuration it ends with 2 and names what is missing', async () => {
  const child = spawn(process.execPath, [MAIN], { env: {}, stdio: ['ignore', 'ignore', 'pipe'] });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  expect(await once(child, 'close')).toEqual([2, null]);
  expect(text).toContain('LEDGER_URL is missing\n');
  expect(text).toContain('TWENTY_API_KEY is missing\n');
});
