import { existsSync, statSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { AWAY, contactSync, printed, type Running, start } from './contact-sync.ts';

let data: string;
let env: Record<string, string>;
let up: Running;
let url: string;

/** Only what is embedded is there: every system but the local one is away. */
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'contact-sync-'));
  // Run by root, Postgres is another user, who otherwise gets a folder elsewhere that outlives the test.
  await chmod(data, 0o755);
  env = { ...AWAY, CONTACT_SYNC_DATA: data };
  up = start(['up', '--json'], env);
  await printed(up, '\n');
  const ready = JSON.parse(up.out());
  expect(ready).toEqual({ ready: true, url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), pid: up.pid });
  url = ready.url;
});

afterAll(async () => {
  up.signal('SIGTERM');
  await up.ended;
  await rm(data, { recursive: true, force: true });
});

test('with systems away it runs all the same, and shows its queues', async () => {
  expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({
    status: 'degraded',
    ledger: { ok: true },
    queues: { ok: true },
    systems: { local: { ok: true }, twenty: { ok: false } },
  });
  expect((await fetch(`${url}/queues/`)).status).toBe(200);
  expect(up.err()).toContain('cannot be installed');
});

test('other commands find its databases, whose addresses only the owner can read', async () => {
  expect(statSync(join(data, 'running.json')).mode & 0o777).toBe(0o600);
  const { code, out } = await contactSync(['status', '--json'], env);
  // Not all is well: systems are away.
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    status: 'degraded',
    ledger: { contacts: 0, dead_letters: 0, workers: [{ waiting: {} }] },
    systems: [{ system: 'bigquery', reachable: { ok: false }, latency: { count: 0, p50_ms: null } }, {}, {}, {}],
    queues: expect.arrayContaining([expect.objectContaining({ queue: 'ingest', waiting: 0 })]),
    alerts: expect.any(Array),
    stalls: [],
  });
});

test('the status is a table for people, without colours where nobody sees them', async () => {
  const { out } = await contactSync(['status'], env);
  expect(out).toMatch(/^supabase +down: \S/m);
  expect(out).toMatch(/^propagate-twenty-dead +0 +0 +0 +0 +– +–$/m);
  expect(out).toMatch(/^last 5 min +finished +p50 +p95 +p99 +faults$/m);
  expect(out).toMatch(/^degraded: 0 contacts, 0 conflicts, 0 dead letters, 1 worker$/m);
  expect(out).not.toContain('\u001b');
});

test('commands about what is not there say so', async () => {
  const [dead, conflicts, replay, sync, resolve] = await Promise.all([
    contactSync(['dead', 'list', '--json'], env),
    contactSync(['conflicts', 'list', '--json'], env),
    contactSync(['replay', '4711', '--json'], env),
    contactSync(['sync', '4711'], env),
    contactSync(['conflicts', 'resolve', '4711-1', '--candidate', 'abcdef'], env),
  ]);
  expect([dead.code, JSON.parse(dead.out)]).toEqual([0, []]);
  expect([conflicts.code, JSON.parse(conflicts.out)]).toEqual([0, []]);
  expect([replay.code, JSON.parse(replay.out)]).toEqual([
    0,
    [{ dead_letter_id: '4711', result: 'not_open', code: null }],
  ]);
  // BigQuery, which is away, may know it.
  expect(sync).toMatchObject({ code: 1, out: '', err: expect.stringContaining('BIGQUERY_') });
  expect(resolve).toMatchObject({ code: 1, out: '', err: expect.stringContaining('NO_SUCH_CONFLICT') });
});

test('a dry run tells of each system, and ends with 1 where one is away', async () => {
  const { code, out } = await contactSync(['init', '--dry-run', '--json'], env);
  expect(code).toBe(1);
  const parts: { part: string; steps: string[]; error: { code: string } | null }[] = JSON.parse(out);
  expect(parts.map(({ part, error }) => [part, error === null])).toEqual([
    ['bigquery', false],
    ['supabase', false],
    ['local', true],
    ['twenty', false],
  ]);
});

test('told to stop it ends with 0 and leaves nothing behind but its data', async () => {
  up.signal('SIGTERM');
  expect(await up.ended).toMatchObject({ code: 0, signal: null });
  expect(existsSync(join(data, 'running.json'))).toBe(false);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});

test('it takes its data up again, prints its addresses, and ends when its parent does', async () => {
  const again = start(['up', '--exit-with-parent'], env);
  await printed(again, 'contact-sync is up');
  expect(again.out()).toMatch(/^ {2}queues +http:\/\/127\.0\.0\.1:\d+\/queues$/m);
  expect(again.out()).toContain('postgres:…@127.0.0.1');
  again.endInput();
  expect(await again.ended).toMatchObject({ code: 0, signal: null });
});

test('a port that is taken ends it with 1, and nothing of it goes on', async () => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await vi.waitUntil(() => blocker.listening);
  const address = blocker.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  const { code, out, err } = await start(['up', '--json'], { ...env, PORT: String(address.port) }).ended;
  blocker.close();
  expect(code).toBe(1);
  expect(out).toBe('');
  expect(err).toContain('EADDRINUSE');
  expect(existsSync(join(data, 'running.json'))).toBe(false);
});
