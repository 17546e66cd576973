import { isReady, loadConfig, type ReadyConfig } from '@contact-sync/config';
import { startTwenty, type Twenty } from '@contact-sync/sandbox/twenty';
import { OutageError } from '@contact-sync/sync';
import { type TestDatabase, testDatabase } from '@contact-sync/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHub, type Hub, logInstalled } from '../src/index.ts';
import { recordingLog } from './recording-log.ts';

/** Nobody listens there, and fetch does not refuse to ask (as it would for port 1 or 9). */
const CLOSED = 'http://127.0.0.1:2';
let own: TestDatabase;
let local: TestDatabase;
let twenty: Twenty;
let hub: Hub;

function configOf(env: Record<string, string>): ReadyConfig {
  const config = loadConfig({
    LEDGER_URL: own.url,
    LOCAL_URL: local.url,
    BIGQUERY_PROJECT: 'nowhere',
    BIGQUERY_DATASET: 'contacts',
    BIGQUERY_EMULATOR_HOST: CLOSED,
    SUPABASE_URL: CLOSED,
    SUPABASE_SECRET_KEY: 'sb_secret_example',
    TWENTY_URL: twenty.url,
    TWENTY_API_KEY: twenty.apiKey,
    TWENTY_WEBHOOK_SECRET: 'secret-of-twenty',
    ...env,
  });
  if (!isReady(config)) throw new Error('the test gives every database');
  return config;
}

beforeAll(async () => {
  [own, local, twenty] = await Promise.all([testDatabase(), testDatabase(), startTwenty({ apiKey: 'key-of-twenty' })]);
  hub = await createHub(configOf({}), recordingLog().log);
});

afterAll(async () => {
  await hub.close();
  await Promise.all([own.close(), local.close(), twenty.close()]);
});

test('a dry run tells what is missing and creates nothing', async () => {
  const outcome = await hub.install({ dry_run: true, only: ['local', 'twenty'] });
  expect(outcome.map(({ part }) => part)).toEqual(['local', 'twenty']);
  for (const { steps, error } of outcome) {
    expect(error).toBeNull();
    expect(steps).not.toHaveLength(0);
  }
  expect(await hub.install({ dry_run: true, only: ['local', 'twenty'] })).toEqual(outcome);
});

test('installing creates what is missing once, and a system that is away stops no other', async () => {
  const first = await hub.install();
  const parts = Object.fromEntries(first.map(({ part, steps, error }) => [part, error?.code ?? steps.length > 0]));
  expect(parts).toMatchObject({ ledger: false, local: true, twenty: true });
  expect(parts.bigquery).toMatch(/^BIGQUERY_/);
  expect(parts.supabase).toMatch(/^SUPABASE_/);
  const again = await hub.install();
  expect(again.flatMap(({ steps }) => steps)).toEqual([]);

  const { log, lines } = recordingLog();
  expect(logInstalled(log, first)).toEqual(['bigquery', 'supabase']);
  expect(lines.filter(({ level }) => level === 'error').map(({ part }) => part)).toEqual(['bigquery', 'supabase']);
});

test('queues that cannot be reached are told at once, and nothing is left open', async () => {
  const opened = createHub(configOf({ QUEUE_URL: 'redis://127.0.0.1:9' }), recordingLog().log);
  await expect(opened).rejects.toThrow(OutageError);
  await expect(opened).rejects.toMatchObject({ code: 'QUEUE_UNREACHABLE' });
});

test('closing twice is the same as once', async () => {
  const { log, lines } = recordingLog();
  const other = await createHub(configOf({}), log);
  await Promise.all([other.close(), other.close()]);
  await other.close();
  expect(lines).toEqual([]);
  await expect(other.parts.ledger.cursor('twenty')).rejects.toThrow();
});
