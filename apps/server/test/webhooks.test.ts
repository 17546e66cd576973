import { once } from 'node:events';
import { connect } from 'node:net';
import { createHub, createSystems, type Hub } from '@contact-sync/hub';
import { startTwenty, type Twenty } from '@contact-sync/sandbox/twenty';
import { type System, TransientError } from '@contact-sync/sync';
import { type TestDatabase, testDatabase } from '@contact-sync/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RunningServer } from '../src/index.ts';
import { CLOSED, configOf, SUPABASE_SECRET, serve, signed } from './fixture.ts';
import { recordingLog } from './recording-log.ts';

const { log, lines } = recordingLog();
const woken: System[] = [];
let database: TestDatabase;
let twenty: Twenty;
let hub: Hub;
let server: RunningServer;

beforeAll(async () => {
  [database, twenty] = await Promise.all([testDatabase(), startTwenty({ apiKey: 'key-of-twenty', webhookDelayMs: 0 })]);
  const config = configOf({ LEDGER_URL: database.url, LOCAL_URL: database.url, TWENTY_URL: twenty.url });
  hub = await createHub(config, log);
  await hub.parts.ledger.install();
  server = await serve(hub, { wake: (system) => woken.push(system) });
  // Only now it is known where the webhooks go.
  const { targets } = createSystems({ ...config, server: { ...config.server, publicUrl: server.url } }, log);
  await targets.twenty.install();
  await targets.twenty.close();
});

afterAll(async () => {
  await server.close();
  await hub.close();
  await Promise.all([database.close(), twenty.close()]);
});

beforeEach(() => {
  lines.length = 0;
  woken.length = 0;
});

const post = (system: string, body: string, headers: Record<string, string>): Promise<Response> =>
  fetch(`${server.url}/webhooks/${system}`, { method: 'POST', body, headers });

const inbox = async (): Promise<number> => {
  const { systems } = await hub.parts.ledger.status();
  return systems.find(({ system }) => system === 'twenty')?.inbox ?? 0;
};

const editInTwenty = (firstName: string): Promise<Response> =>
  fetch(`${twenty.url}/rest/people`, {
    method: 'POST',
    headers: { authorization: `Bearer ${twenty.userToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: { firstName, lastName: 'Example' } }),
  });

/** The body of a webhook that Twenty never sent. */
async function untold(firstName: string): Promise<string> {
  twenty.dropWebhooks(1);
  await editInTwenty(firstName);
  return JSON.stringify({ eventName: 'person.created', record: twenty.people().at(-1) });
}

/** Whatever a webhook could change; time changes how long it has waited. */
const everything = async () => {
  const { systems, ...counts } = await hub.parts.ledger.status();
  const waiting = systems.map((system) => ({ ...system, oldest_pending_s: null, oldest_inbox_s: null }));
  return [counts, waiting, await hub.queues.counts()];
};

const upperCase = (headers: Record<string, string>) => ({
  ...headers,
  'x-twenty-webhook-signature': String(headers['x-twenty-webhook-signature']).toUpperCase(),
});

async function problemOf(response: Response): Promise<unknown> {
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const problem: unknown = await response.json();
  expect(problem).toMatchObject({ type: 'about:blank', status: response.status });
  expect(Object.keys(Object(problem)).sort()).toEqual(['code', 'detail', 'status', 'title', 'type']);
  return problem;
}

describe('an edit in Twenty', () => {
  test('that Twenty tells of lies safe in the ledger, and the ingest queue hears of it', async () => {
    const before = await inbox();
    expect((await editInTwenty('Told')).status).toBe(201);
    await vi.waitUntil(async () => (await inbox()) === before + 1, { timeout: 10_000 });
    await vi.waitUntil(async () => (await hub.queues.counts()).ingest.waiting > 0, { timeout: 10_000 });
  });

  test('that is told again and again, signed anew each time, is one edit', async () => {
    const body = await untold('Repeated');
    const before = await inbox();
    const now = Date.now();
    const answers = await Promise.all([
      post('twenty', body, signed(body, now)),
      post('twenty', body, signed(body, now)),
    ]);
    answers.push(await post('twenty', body, signed(body, now + 1)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await inbox()).toBe(before + 1);
  });
});

describe('a replay of a call that was taken over', () => {
  test('is refused, seen in the log, and changes nothing: no edit, no version, no job', async () => {
    const body = await untold('Overheard');
    const headers = signed(body);
    expect((await post('twenty', body, headers)).status).toBe(200);
    const before = await everything();
    lines.length = 0;
    for (const spelling of [headers, upperCase(headers)]) {
      const answer = await post('twenty', body, spelling);
      expect(answer.status).toBe(409);
      expect(await problemOf(answer)).toMatchObject({ code: 'WEBHOOK_REPLAYED' });
    }
    expect(lines.filter(({ level, code }) => level === 'warn' && code === 'WEBHOOK_REPLAYED')).toHaveLength(2);
    expect(await everything()).toEqual(before);
  });

  test('is refused once its time is over, whoever forgot it', async () => {
    const body = await untold('Late');
    for (const off of [-5 * 60_000 - 1_000, 5 * 60_000 + 5_000]) {
      const answer = await post('twenty', body, signed(body, Date.now() + off));
      expect(await problemOf(answer)).toMatchObject({ status: 401, code: 'WEBHOOK_STALE' });
    }
  });

  test('changes nothing on a server that never heard of it, after a restart or beside this one', async () => {
    const body = await untold('Twice');
    const headers = signed(body);
    expect((await post('twenty', body, headers)).status).toBe(200);
    const before = await everything();
    const other = await serve(hub);
    const answer = await fetch(`${other.url}/webhooks/twenty`, { method: 'POST', body, headers });
    await other.close();
    expect(answer.status).toBe(200);
    expect(await everything()).toEqual(before);
  });

  test('is none while nothing was taken over: a call that failed may be made again', async () => {
    const body = await untold('Again');
    const headers = signed(body);
    const receive = vi
      .spyOn(hub.parts.ledger, 'receive')
      .mockRejectedValueOnce(new TransientError('LEDGER_BUSY', 'busy'));
    expect((await post('twenty', body, headers)).status).toBe(503);
    receive.mockRestore();
    const before = await inbox();
    expect((await post('twenty', body, headers)).status).toBe(200);
    expect(await inbox()).toBe(before + 1);
  });
});

describe('a call that is not from Twenty', () => {
  const body = JSON.stringify({ eventName: 'person.updated', record: { id: 'x', name: { firstName: 'Jane' } } });
  const hour = 3_600_000;
  test.each<[string, number, string, () => [string, Record<string, string>]]>([
    ['without a signature', 401, 'WEBHOOK_FORGED', () => [body, {}]],
    ['signed with another secret', 401, 'WEBHOOK_FORGED', () => [body, signed(body, Date.now(), 'another')]],
    ['changed after it was signed', 401, 'WEBHOOK_FORGED', () => [body.replace('Jane', 'Joan'), signed(body)]],
    ['signed an hour ago', 401, 'WEBHOOK_STALE', () => [body, signed(body, Date.now() - hour)]],
    ['signed in an hour', 401, 'WEBHOOK_STALE', () => [body, signed(body, Date.now() + hour)]],
    ['signed, but no JSON', 400, 'WEBHOOK_MALFORMED', () => ['Jane {', signed('Jane {')]],
    ['signed, but no person', 400, 'WEBHOOK_MALFORMED', () => ['{"Jane":1}', signed('{"Jane":1}')]],
    ['signed, but empty', 400, 'WEBHOOK_MALFORMED', () => ['', signed('')]],
  ])('%s is refused, logged by its code, and nothing is kept', async (_what, status, code, make) => {
    const before = await inbox();
    const answer = await post('twenty', ...make());
    expect(answer.status).toBe(status);
    expect(await problemOf(answer)).toMatchObject({ code });
    expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', status, code }));
    expect(JSON.stringify(lines)).not.toMatch(/Jane|Joan/);
    expect(await inbox()).toBe(before);
  });

  test.each(['GET', 'PUT', 'DELETE', 'PATCH'])('by %s is refused, signed or not', async (method) => {
    const before = await inbox();
    for (const system of ['twenty', 'supabase']) {
      const carried = method === 'GET' ? {} : { body };
      const headers = { ...signed(body), 'x-webhook-secret': SUPABASE_SECRET };
      const answer = await fetch(`${server.url}/webhooks/${system}`, { method, headers, ...carried });
      expect(answer.headers.get('allow')).toBe('POST');
      expect(await problemOf(answer)).toMatchObject({ status: 405, code: 'POST_ONLY' });
    }
    expect([await inbox(), woken]).toEqual([before, []]);
  });

  test('compressed is refused: what was signed is what is sent', async () => {
    const answer = await post('twenty', body, { ...signed(body), 'content-encoding': 'gzip' });
    expect(await problemOf(answer)).toMatchObject({ status: 415, code: 'BAD_REQUEST' });
  });

  test('is none of them by what it calls its body: only the signature counts', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json']) {
      const unsigned = await post('twenty', body, { 'content-type': type });
      expect(await problemOf(unsigned)).toMatchObject({ status: 401, code: 'WEBHOOK_FORGED' });
      const genuine = await untold(`Called ${type}`);
      expect((await post('twenty', genuine, { ...signed(genuine), 'content-type': type })).status).toBe(200);
    }
  });

  test('that is larger than any person is refused unread', async () => {
    const large = 'x'.repeat(10 * 1024 * 1024 + 1);
    const answer = await post('twenty', large, signed(large));
    expect(answer.status).toBe(413);
    expect(await problemOf(answer)).toMatchObject({ code: 'TOO_LARGE' });
  });
});

describe('a webhook of Supabase', () => {
  test('with the secret only wakes', async () => {
    const answer = await post('supabase', '{"record":{"canonical_name":"Jane"}}', {
      'x-webhook-secret': SUPABASE_SECRET,
    });
    expect(answer.status).toBe(202);
    expect(woken).toEqual(['supabase']);
    expect(JSON.stringify(lines)).not.toContain('Jane');
  });

  test('wakes at once, then no oftener than a few times a second, and not once too few', async () => {
    const start = performance.now();
    const fresh = await serve(hub, { wake: (system) => woken.push(system) });
    const call = () =>
      fetch(`${fresh.url}/webhooks/supabase`, { method: 'POST', headers: { 'x-webhook-secret': SUPABASE_SECRET } });
    expect((await call()).status).toBe(202);
    expect(woken).toEqual(['supabase']);
    for (const { status } of await Promise.all(Array.from({ length: 100 }, call))) expect(status).toBe(202);
    await vi.waitUntil(() => woken.length > 1);
    expect(woken.length).toBeLessThanOrEqual(1 + (performance.now() - start) / 200);
    await fresh.close();
  });

  test('is answered without its body being waited for', async () => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.write(`POST /webhooks/supabase HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: 1000000000\r\n\r\n`);
    const [first]: unknown[] = await once(socket, 'data');
    socket.destroy();
    expect(String(first)).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('without the secret is refused and wakes nobody', async () => {
    for (const secret of ['', `${SUPABASE_SECRET}x`]) {
      const answer = await post('supabase', '{}', { 'x-webhook-secret': secret });
      expect(answer.status).toBe(401);
      expect(await problemOf(answer)).toMatchObject({ code: 'WEBHOOK_FORGED' });
    }
    expect(woken).toEqual([]);
  });

  test('reads the edits here where no intake runs in this process', async () => {
    const alone = await serve(hub);
    const answer = await fetch(`${alone.url}/webhooks/supabase`, {
      method: 'POST',
      headers: { 'x-webhook-secret': SUPABASE_SECRET },
    });
    expect(answer.status).toBe(202);
    await alone.close();
    // Supabase is away in this test: that it was asked shows in the log.
    expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', code: 'SUPABASE_UNREACHABLE' }));
  });
});

test('while the ledger is away nothing is claimed to be safe', async () => {
  const gone = await createHub(
    configOf({
      LEDGER_URL: 'postgres://127.0.0.1:9/gone',
      QUEUE_URL: database.url,
      LOCAL_URL: database.url,
      TWENTY_URL: CLOSED,
    }),
    log,
  );
  const apart = await serve(gone);
  try {
    await editInTwenty('Unsafe');
    const body = JSON.stringify({ eventName: 'person.created', record: twenty.people().at(-1) });
    const answer = await fetch(`${apart.url}/webhooks/twenty`, { method: 'POST', body, headers: signed(body) });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(await problemOf(answer)).toMatchObject({ code: 'LEDGER_UNREACHABLE' });
    expect((await fetch(`${apart.url}/healthz`)).status).toBe(200);
    const ready = await fetch(`${apart.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ status: 'unavailable', ledger: { ok: false }, queues: { ok: true } });
  } finally {
    await apart.close();
    await gone.close();
  }
});
