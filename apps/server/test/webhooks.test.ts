import { createHub, createSystems, type Hub } from '@contact-sync/hub';
import { startTwenty, type Twenty } from '@contact-sync/sandbox/twenty';
import type { System } from '@contact-sync/sync';
import { type TestDatabase, testDatabase } from '@contact-sync/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type RunningServer, startServer } from '../src/index.ts';
import { CLOSED, configOf, SUPABASE_SECRET, signed } from './fixture.ts';
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
  server = await startServer(hub, { host: '127.0.0.1', port: 0, wake: (system) => woken.push(system) });
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

  test('that is told again and again, byte for byte, is one edit', async () => {
    twenty.dropWebhooks(1);
    await editInTwenty('Repeated');
    const before = await inbox();
    const record = twenty.people().at(-1);
    const body = JSON.stringify({ eventName: 'person.created', record });
    const headers = signed(body);
    const answers = await Promise.all([post('twenty', body, headers), post('twenty', body, headers)]);
    answers.push(await post('twenty', body, headers));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
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

  test('without the secret is refused and wakes nobody', async () => {
    for (const secret of ['', `${SUPABASE_SECRET}x`]) {
      const answer = await post('supabase', '{}', { 'x-webhook-secret': secret });
      expect(answer.status).toBe(401);
      expect(await problemOf(answer)).toMatchObject({ code: 'WEBHOOK_FORGED' });
    }
    expect(woken).toEqual([]);
  });

  test('reads the edits here where no intake runs in this process', async () => {
    const alone = await startServer(hub, { host: '127.0.0.1', port: 0 });
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
  const apart = await startServer(gone, { host: '127.0.0.1', port: 0 });
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
