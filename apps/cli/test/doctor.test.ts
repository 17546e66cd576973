import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NO_REDIS, ownRedis } from '@contact-sync/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { AWAY } from './contact-sync.ts';
import { examined } from './examined.ts';

test('with everything else away the doctor knows how a Redis has to be for queues', async (context) => {
  const redis = await ownRedis();
  if (redis === null) return context.skip(NO_REDIS);
  onTestFinished(() => redis.close());
  const folder = await mkdtemp(join(tmpdir(), 'contact-sync-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const gone = 'postgres://user:hunter2@127.0.0.1:2/gone';
  const { checks, failed, warned } = await examined(folder, {
    ...AWAY,
    ...{ LEDGER_URL: gone, LOCAL_URL: gone, QUEUE_URL: redis.url },
  });
  expect(checks).toContainEqual(expect.objectContaining({ what: 'redis memory', status: 'ok' }));
  expect(checks).toContainEqual(expect.objectContaining({ what: 'redis persistence', status: 'ok' }));
  expect(warned).toEqual(['PUBLIC_URL', 'supabase webhooks', 'workers']);
  expect(failed).toEqual(['ledger', 'bigquery', 'supabase', 'local', 'twenty']);
});
