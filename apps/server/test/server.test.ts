import { createHub, type Hub } from '@contact-sync/hub';
import { queueNames, SCHEDULE_QUEUE } from '@contact-sync/queue';
import { WORK_QUEUES } from '@contact-sync/sync';
import { findRedis, NO_REDIS, type TestDatabase, testDatabase } from '@contact-sync/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { boardNameOf, type RunningServer, startServer, UnprotectedError } from '../src/index.ts';
import { ask, configOf, serve } from './fixture.ts';
import { recordingLog } from './recording-log.ts';

const TOKEN = 'a-token-of-sixteen-or-more';
const SHOWN_NAMES = [...queueNames, SCHEDULE_QUEUE].map(boardNameOf).sort();
const { log, lines } = recordingLog();
let database: TestDatabase;
let hub: Hub;
let open: RunningServer;
let guarded: RunningServer;

beforeAll(async () => {
  database = await testDatabase();
  hub = await createHub(configOf({ LEDGER_URL: database.url, LOCAL_URL: database.url }), log);
  await hub.parts.ledger.install();
  open = await serve(hub);
  guarded = await serve(hub, { apiToken: TOKEN });
});

afterAll(async () => {
  await Promise.all([open.close(), guarded.close()]);
  await hub.close();
  await database.close();
});

describe('the queues', () => {
  test('are shown all nine and the schedules, as a page and as data, each to look at only', async () => {
    const page = await ask(open.url, '/queues/');
    expect(page.status).toBe(200);
    expect(page.text).toContain('contact-sync');
    const script = /src="(static\/js\/main[^"]+)"/.exec(page.text)?.[1];
    expect((await ask(open.url, `/queues/${script}`)).status).toBe(200);
    const { queues } = JSON.parse((await ask(open.url, '/queues/api/queues')).text);
    expect(queues.map(({ name }: { name: string }) => name).sort()).toEqual(SHOWN_NAMES);
    expect(new Set(queues.map(({ readOnlyMode }: { readOnlyMode: boolean }) => readOnlyMode))).toEqual(new Set([true]));
  });

  test('show a dead letter with its code and what to do', async () => {
    const letter = {
      dead_letter_id: '7',
      queue: 'ingest',
      system: 'local',
      key: '1',
      contact_id: null,
      code: 'INVALID_CATEGORY',
      field: 'category_code',
      reason: 'category_code is none of those known',
      advice: 'Choose one of the known categories.',
    } as const;
    await hub.queues.bury([letter]);
    const { queues } = JSON.parse(
      (await ask(open.url, '/queues/api/queues?activeQueue=ingest.dead&status=waiting')).text,
    );
    const shown = queues.find(({ name }: { name: string }) => name === 'ingest.dead');
    expect(shown.jobs).toMatchObject([{ data: letter }]);
    await hub.queues.unbury([letter]);
  });

  test('are shown on Redis as well', async ({ skip }) => {
    const redis = await findRedis();
    if (redis === null) return skip(NO_REDIS);
    const other = await createHub(
      configOf({ LEDGER_URL: database.url, LOCAL_URL: database.url, QUEUE_URL: redis.url }),
      log,
    );
    const server = await serve(other);
    try {
      const { queues } = JSON.parse((await ask(server.url, '/queues/api/queues')).text);
      expect(queues.map(({ name }: { name: string }) => name).sort()).toEqual(SHOWN_NAMES);
      expect(JSON.parse((await ask(server.url, '/readyz')).text)).toMatchObject({ queues: { ok: true } });
    } finally {
      await server.close();
      await other.close();
      await redis.close();
    }
  });

  test.each([
    ['PUT', '/queues/api/queues/ingest.work/retry/failed'],
    ['PUT', '/queues/api/queues/ingest.work/pause'],
    ['PUT', '/queues/api/queues/ingest.work/empty'],
    ['PUT', '/queues/api/queues/ingest.work/obliterate'],
    ['PUT', '/queues/api/queues/pause'],
    ['POST', '/queues/api/queues/ingest.work/add'],
    ['PUT', '/queues/api/queues/ingest.work/1/clean'],
    ['PATCH', '/queues/api/queues/ingest.work/1/update-data'],
    ['DELETE', '/queues'],
  ])('are not changed by %s %s', async (method, path) => {
    const answer = await ask(open.url, path, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('GET, HEAD');
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'READ_ONLY' });
  });

  test('are grouped, and no group hides a queue: none is called as a group is', () => {
    const names = queueNames.map(boardNameOf);
    const groups = new Set(names.filter((name) => name.includes('.')).map((name) => name.split('.')[0]));
    expect([...groups].sort()).toEqual([...WORK_QUEUES].sort());
    for (const name of names) expect(groups).not.toContain(name);
  });

  test('ask no other server for anything', async () => {
    const { headers } = await ask(open.url, '/queues/');
    expect(headers['content-security-policy']).toMatch(/^default-src 'self';/);
  });
});

describe('who may look at the queues', () => {
  const basic = (password: string) => `Basic ${Buffer.from(`anybody:${password}`).toString('base64')}`;

  test.each([
    ['the token as bearer', 200, `Bearer ${TOKEN}`],
    ['the token as a password', 200, basic(TOKEN)],
    ['another token', 401, `Bearer ${TOKEN}x`],
    ['the beginning of it', 401, `Bearer ${TOKEN.slice(0, -1)}`],
    ['its last character wrong', 401, `Bearer ${TOKEN.slice(0, -1)}\u007e`],
    ['no more than a blank', 401, 'Bearer  '],
    ['an empty password', 401, basic('')],
    ['a very long one', 401, `Bearer ${TOKEN.repeat(200)}`],
    ['another password', 401, basic('guess')],
    ['another scheme', 401, `Digest ${TOKEN}`],
    ['nothing', 401, ''],
  ])('where a token is set, who shows %s gets %i', async (_what, status, authorization) => {
    for (const path of ['/queues/', '/queues/api/queues', '/QUEUES/api/queues']) {
      const answer = await ask(guarded.url, path, authorization === '' ? {} : { headers: { authorization } });
      expect(answer.status).toBe(status);
      if (status === 401) expect(answer.headers['www-authenticate']).toMatch(/^Basic /);
    }
  });

  test.each([
    ['localhost:3210', {}, 200],
    ['[::1]:3210', {}, 200],
    ['hub.example', {}, 403],
    ['127.0.0.1.hub.example', {}, 403],
    ['localhost', { 'x-forwarded-for': '10.0.0.7' }, 403],
    ['localhost', { forwarded: 'for=10.0.0.7' }, 403],
  ])('where none is set, Host %s with %j gets %s', async (host, headers, status) => {
    const answer = await ask(open.url, '/queues/api/queues', { headers: { host, ...headers } });
    expect(answer.status).toBe(status);
  });

  test('is never everybody: a server that others reach does not start without a token', async () => {
    for (const host of ['0.0.0.0', '::'])
      await expect(startServer(hub, { host, port: 0 })).rejects.toThrow(UnprotectedError);
  });
});

describe('health', () => {
  test('tells that the process lives without asking anybody', async () => {
    const answer = await ask(open.url, '/healthz');
    expect(answer).toMatchObject({ status: 200, text: '{"status":"alive"}' });
  });

  test('asked for in a loop asks the ledger seldom', async () => {
    const asked = vi.spyOn(hub.parts.ledger, 'cursor');
    const start = performance.now();
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(open.url, '/readyz')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(asked.mock.calls.length).toBeLessThanOrEqual(1 + (performance.now() - start) / 250);
    asked.mockRestore();
  });

  test('tells each system that is away, and stays ready: webhooks can be taken over', async () => {
    const answer = await ask(open.url, '/readyz');
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({
      status: 'degraded',
      ledger: { ok: true },
      queues: { ok: true },
      systems: { bigquery: { ok: false }, supabase: { ok: false }, twenty: { ok: false } },
    });
    expect(answer.text).not.toMatch(/sb_secret|key-of-twenty|postgres:\/\//);
  });
});

describe('every answer', () => {
  test('to what is not there is a problem document', async () => {
    for (const path of ['/', '/jane@example.com', '/webhooks/jane', '/%E0%A4%A']) {
      const answer = await ask(open.url, path);
      expect(answer.status).toBe(404);
      expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
      expect(JSON.parse(answer.text)).toMatchObject({ type: 'about:blank', title: 'Not Found', code: 'NOT_FOUND' });
    }
    expect(JSON.stringify(lines)).not.toContain('jane');
  });

  test('keeps browsers from guessing, framing and keeping it, and does not tell what made it', async () => {
    for (const path of ['/', '/healthz', '/queues/']) {
      const { headers } = await ask(open.url, path);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'cache-control': 'no-store',
      });
      expect(headers).not.toHaveProperty('x-powered-by');
    }
  });
});

test('a server that was closed answers nobody, and closing twice is the same as once', async () => {
  const brief = await serve(hub);
  expect((await fetch(`${brief.url}/healthz`)).status).toBe(200);
  await Promise.all([brief.close(), brief.close()]);
  await expect(fetch(`${brief.url}/healthz`)).rejects.toThrow();
});
