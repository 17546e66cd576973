import { createHub, type Hub } from '@contact-sync/hub';
import type { Parts } from '@contact-sync/sync';
import { type TestDatabase, testDatabase } from '@contact-sync/testkit';
import { startWorker } from '@contact-sync/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningServer } from '../src/index.ts';
import { ask, configOf, serve } from './fixture.ts';
import { recordingLog } from './recording-log.ts';
import { idOf, version } from './stage.ts';

const SOON = { timeout: 20_000, interval: 100 };
let own: TestDatabase;
let local: TestDatabase;
let hub: Hub;
let server: RunningServer;

/** BigQuery and the local database are there, and no worker is. */
beforeAll(async () => {
  [own, local] = await Promise.all([testDatabase(), testDatabase()]);
  const env = {
    LEDGER_URL: own.url,
    QUEUE_URL: own.url,
    LOCAL_URL: local.url,
    ALERT_STALL_MS: '1000',
    SWEEP_MS: '500',
  };
  const around = (parts: Parts): Parts => ({
    ...parts,
    canonical: {
      ...parts.canonical,
      system: 'bigquery',
      lens: parts.canonical.lens,
      counts_versions: parts.canonical.counts_versions,
      changes: async () => ({ changes: [], cursor: null, more: false }),
      health: async () => ({ ok: true, latency_ms: 0, detail: null }),
    },
  });
  hub = await createHub(configOf(env), recordingLog().log, { around });
  await hub.install();
  server = await serve(hub);
});

afterAll(async () => {
  await server.close();
  await hub.close();
  await Promise.all([own.close(), local.close()]);
});

const ready = async () => {
  const { status, text } = await ask(server.url, '/readyz');
  return { code: status, ...JSON.parse(text) };
};

test('a hub without a worker is ready for as long as nothing waits', async () => {
  expect(await ready()).toMatchObject({ code: 200, status: 'degraded', progress: { ok: true, stalls: [] } });
});

test('it is not while work waits that nobody does, says why, and lives all the same; a worker mends it', async () => {
  // Twenty and Supabase are away, and whatever waits for them is their doing.
  await waiting();
  await expect.poll(ready, SOON).toMatchObject({
    code: 503,
    status: 'stalled',
    progress: { ok: false, stalls: [{ code: 'NO_WORKER', system: null, waiting: expect.any(Number) }] },
  });
  expect((await ask(server.url, '/healthz')).status).toBe(200);
  expect((await hub.monitor.health()).status).toBe('stalled');
  const worker = await startWorker(hub, { drain_ms: 500 });
  try {
    await expect.poll(ready, SOON).toMatchObject({ code: 200, status: 'degraded', progress: { ok: true, stalls: [] } });
    const status = await hub.parts.ledger.status();
    expect(status.systems.find(({ system }) => system === 'local')?.pending).toBe(0);
  } finally {
    await worker.close();
  }
});

/** A new head, of which the queue of the local database was told. */
async function waiting(): Promise<void> {
  const id = idOf(2);
  const head = version(id, 1, { canonical_name: 'Ada' });
  const row = {
    ...head,
    change_id: `${id}:1:${head.content_hash}`,
    status: 'accepted' as const,
    source: 'bigquery' as const,
    recorded_at: head.last_updated,
    appended: true,
  };
  const nothing = { held: [], links: [], conflict: null, closed: [], events: [], inbox_done: [] };
  await hub.parts.ledger.commit([{ contact_id: id, expected_revision: 0, head, history: [row], ...nothing }], []);
  await hub.parts.queues.propagate('local', [id]);
}
