import { PassThrough } from 'node:stream';
import { openLog } from '@contact-sync/hub';
import { METRICS } from '@contact-sync/monitor';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningServer } from '../src/index.ts';
import { ask, serve, signed } from './fixture.ts';
import { contact, letters, openStage, type Stage, tie } from './stage.ts';

const TOKEN = 'a-token-of-sixteen-or-more';
let logged = '';
let stage: Stage;
let open: RunningServer;
let guarded: RunningServer;

beforeAll(async () => {
  const out = new PassThrough({ encoding: 'utf8' }).on('data', (chunk: string) => {
    logged += chunk;
  });
  stage = await openStage(openLog('debug', out));
  const { ledger } = stage.hub.parts;
  await ledger.install();
  await contact(ledger, 1, { canonical_name: 'Zenobia Canary' });
  await tie(ledger, 2);
  await letters(ledger, 'zenobia@canary.example');
  open = await serve(stage.hub);
  guarded = await serve(stage.hub, { apiToken: TOKEN });
});

afterAll(async () => {
  await Promise.all([open?.close(), guarded?.close()]);
  await stage?.close();
});

/** The value of the first series that begins so; `undefined`: there is none. */
const seriesOf = (text: string, series: string): string | undefined =>
  text
    .split('\n')
    .find((line) => line.startsWith(series))
    ?.split(' ')
    .at(-1);

test('/metrics tells what the ledger and the queues hold', async () => {
  const { status, headers, text } = await ask(open.url, '/metrics');
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(seriesOf(text, 'contact_sync_contacts')).toBe('2');
  expect(seriesOf(text, 'contact_sync_conflicts_open')).toBe('1');
  expect(seriesOf(text, 'contact_sync_dead_letters_open{system="twenty"}')).toBe('1');
  expect(seriesOf(text, 'contact_sync_errors_open{system="twenty",code="INVALID_CATEGORY"}')).toBe('1');
  expect(seriesOf(text, 'contact_sync_queue_jobs{queue="ingest",state="waiting"}')).toBe('0');
  expect(seriesOf(text, 'contact_sync_system_up{system="supabase"}')).toBe('0');
  expect(seriesOf(text, 'contact_sync_scrape_errors_total')).toBe('0');
  expect(seriesOf(text, 'nodejs_heap_size_used_bytes')).toMatch(/^\d+$/);
  const known = new Set(METRICS.map(({ name }) => name));
  for (const [name] of text.matchAll(/^contact_sync_\w+/gm)) expect(known).toContain(name);
  expect(text).not.toMatch(/canary|zenobia|9007199254740993/i);
});

test('who may see /metrics: the token where one is set, else who asks from this machine', async () => {
  expect((await ask(guarded.url, '/metrics')).status).toBe(401);
  expect((await ask(guarded.url, '/metrics', { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(200);
  expect((await ask(guarded.url, '/metrics', { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
  expect((await ask(open.url, '/metrics', { headers: { host: 'hub.example' } })).status).toBe(403);
  const sameSite = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' };
  const body = JSON.stringify({ token: TOKEN, operator: 'Ada' });
  const begun = await ask(guarded.url, '/api/session', { method: 'POST', headers: sameSite, body });
  const cookie = [begun.headers['set-cookie'] ?? []].flat().map((one) => one.split(';')[0]);
  expect((await ask(guarded.url, '/metrics', { headers: { cookie: cookie.join('; ') } })).status).toBe(200);
});

test('scrapes in a loop are counted once a second, and all of them are answered', async () => {
  const answers = await Promise.all(Array.from({ length: 30 }, () => ask(open.url, '/metrics')));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  const took = new Set(answers.map(({ text }) => seriesOf(text, 'contact_sync_scrape_duration_seconds')));
  expect(took.size).toBeLessThanOrEqual(2);
});

const requestLines = async (id: string) => {
  await expect.poll(() => logged).toContain(`"request_id":"${id}"`);
  return logged
    .trim()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line))
    .filter(({ request_id }) => request_id === id);
};

test('a request has an id, in the answer and on every line that is logged of it', async () => {
  const { headers } = await ask(open.url, '/webhooks/twenty', { method: 'POST', headers: signed('{}'), body: '{}' });
  const id = String(headers['x-request-id']);
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  const lines = await requestLines(id);
  await expect.poll(async () => (await requestLines(id)).map(({ msg }) => msg)).toEqual(['request refused', 'request']);
  expect(lines[0]).toMatchObject({ status: 400, code: 'WEBHOOK_MALFORMED' });
  expect((await ask(open.url, '/healthz')).headers['x-request-id']).not.toBe(id);
});

test('the id of a proxy is taken over, and what could be anything else is not', async () => {
  const given = '4bf92f3577b34da6a3ce929d0e0e4736';
  const answer = await ask(open.url, '/healthz', { headers: { 'x-request-id': given } });
  expect(answer.headers['x-request-id']).toBe(given);
  expect(await requestLines(given)).toMatchObject([{ path: '/healthz', status: 200 }]);
  for (const odd of ['zenobia-canary', 'zenobia@canary.example', 'short', '1'.repeat(65), '12345678 "', '12345678{}']) {
    const refused = await ask(open.url, '/healthz', { headers: { 'x-request-id': odd } });
    expect(refused.headers['x-request-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  }
  expect(logged).not.toMatch(/zenobia|canary/i);
});

test('with the ledger and the queues away a scrape is answered all the same, with what can be told', async () => {
  await stage.hub.close();
  let text = '';
  await expect
    .poll(async () => {
      const answer = await ask(open.url, '/metrics');
      expect(answer.status).toBe(200);
      text = answer.text;
      return seriesOf(text, 'contact_sync_contacts');
    })
    .toBeUndefined();
  expect(seriesOf(text, 'nodejs_heap_size_used_bytes')).toMatch(/^\d+$/);
});
