import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { createSupabase } from '../src/index.ts';
import { delivery } from './project.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
};

const postgrest = (status: number, code: string) =>
  json(status, { code, message: 'Key (email)=(secret@example.com)', details: 'secret@example.com', hint: null });

describe('what a failure of Supabase means', () => {
  const open: (() => void)[] = [];

  afterEach(() => {
    for (const close of open.splice(0)) close();
  });

  /** An adapter whose project answers as told; the calls made are counted. */
  async function facing(answer: Answer, fetchTimeoutMs = 2_000) {
    const bodies: string[] = [];
    const server = createServer(async (request, response) => {
      const body = await text(request);
      bodies.push(body);
      answer(request, response, body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push(() => {
      server.close();
      server.closeAllConnections();
    });
    // A TCP server's address is an object.
    const { port } = server.address() as AddressInfo;
    return {
      adapter: createSupabase({ url: `http://127.0.0.1:${port}`, secretKey: 'sb_secret_x', fetchTimeoutMs }),
      bodies,
    };
  }

  test.each<[string, string, string, Answer]>([
    ['OutageError', 'SUPABASE_UNAUTHORIZED', 'a wrong key', json(401, { message: 'Invalid API key' })],
    ['OutageError', 'SUPABASE_UNAUTHORIZED', 'a refused one', json(403, {})],
    ['OutageError', 'SUPABASE_UNAUTHORIZED', 'a missing grant', postgrest(403, '42501')],
    ['OutageError', 'SUPABASE_UNAUTHORIZED', 'an expired token', postgrest(401, 'PGRST301')],
    ['OutageError', 'SUPABASE_NOT_INSTALLED', 'an unknown function', postgrest(404, 'PGRST202')],
    ['OutageError', 'SUPABASE_NOT_INSTALLED', 'an unknown table', postgrest(404, 'PGRST205')],
    ['OutageError', 'SUPABASE_NOT_FOUND', 'another site', json(404, {})],
    ['OutageError', 'SUPABASE_UNAVAILABLE', 'no database', postgrest(503, 'PGRST001')],
    ['OutageError', 'SUPABASE_UNAVAILABLE', 'a database that stops', postgrest(503, '57P01')],
    ['OutageError', 'SUPABASE_UNAVAILABLE', 'a lost database', postgrest(503, '08006')],
    ['OutageError', 'SUPABASE_UNAVAILABLE', 'a gateway', json(502, {})],
    ['OutageError', 'SUPABASE_UNAVAILABLE', 'a gateway of Cloudflare', json(522, {})],
    ['OutageError', 'SUPABASE_UNEXPECTED', 'a page of somebody else', json(200, { hello: 'world' })],
    ['TransientError', 'SUPABASE_CONTENTION', 'a deadlock', postgrest(500, '40P01')],
    ['TransientError', 'SUPABASE_CONTENTION', 'a serialisation failure', postgrest(500, '40001')],
    ['TransientError', 'SUPABASE_STATEMENT_TIMEOUT', 'a slow statement', postgrest(500, '57014')],
    ['TransientError', 'SUPABASE_TIMEOUT', 'a request timeout', json(408, {})],
    ['TransientError', 'SUPABASE_FAILED', 'an error without a code', json(500, {})],
    ['ThrottledError', 'SUPABASE_BUSY', 'a full pool', postgrest(504, 'PGRST003')],
    ['ThrottledError', 'SUPABASE_BUSY', 'too many connections', postgrest(503, '53300')],
    ['PermanentError', 'SUPABASE_REFUSED', 'a value of no type', postgrest(400, '22P02')],
    ['PermanentError', 'SUPABASE_REFUSED', 'a missing value', postgrest(400, '23502')],
    ['PermanentError', 'SUPABASE_REFUSED', 'a check', postgrest(400, '23514')],
    ['PermanentError', 'SUPABASE_REFUSED', 'a raised error', postgrest(400, 'P0001')],
    ['PermanentError', 'SUPABASE_BAD_REQUEST', 'a request not understood', postgrest(400, 'PGRST102')],
    ['PermanentError', 'SUPABASE_BAD_REQUEST', 'an unknown column', postgrest(400, 'PGRST204')],
  ])('%s %s: %s', async (name, code, _what, answer) => {
    const { adapter, bodies } = await facing(answer);
    const error: unknown = await adapter.changes(null, 1).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name, code });
    expect(String(error)).not.toContain('secret@example.com');
    expect(bodies).toHaveLength(1);
  });

  test('429 waits as long as it is told, in seconds or until a date', async () => {
    const limited = await facing(json(429, {}, { 'retry-after': '7' }));
    await expect(limited.adapter.changes(null, 1)).rejects.toMatchObject({
      name: 'ThrottledError',
      code: 'SUPABASE_THROTTLED',
      retryAfterMs: 7_000,
    });
    const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
    const dated = await facing(json(429, {}, { 'retry-after': inAnHour }));
    const error: unknown = await dated.adapter.changes(null, 1).catch((thrown: unknown) => thrown);
    expect(Reflect.get(Object(error), 'retryAfterMs')).toBeGreaterThan(3_500_000);
  });

  test('a refused connection is an outage, one that breaks is not', async () => {
    const gone = await facing(() => {});
    for (const close of open.splice(0)) close();
    await expect(gone.adapter.changes(null, 1)).rejects.toMatchObject({
      name: 'OutageError',
      code: 'SUPABASE_UNREACHABLE',
    });
    const broken = await facing((request) => request.socket.destroy());
    await expect(broken.adapter.changes(null, 1)).rejects.toMatchObject({
      name: 'TransientError',
      code: 'SUPABASE_CONNECTION_LOST',
    });
  });

  test('an answer that does not come, or not to its end, is given up in time', async () => {
    const silent = await facing(() => {}, 50);
    await expect(silent.adapter.changes(null, 1)).rejects.toMatchObject({ code: 'SUPABASE_TIMEOUT' });
    const halting = await facing((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"changes": [');
    }, 50);
    await expect(halting.adapter.changes(null, 1)).rejects.toMatchObject({
      name: 'TransientError',
      code: 'SUPABASE_TIMEOUT',
    });
  });

  const batch = Array.from({ length: 100 }, (_, n) => delivery(String(n), { version: 1 }));
  const idsOf = (body: string): string[] => [...body.matchAll(/"contact_id":"(\d+)"/g)].map(([, id]) => String(id));
  const applied = (body: string) =>
    json(
      200,
      idsOf(body).map((id) => ({ contact_id: id, outcome: 'applied', record_id: id })),
    );

  test('a batch that takes too long is halved, and no further than makes sense', async () => {
    const { adapter, bodies } = await facing((request, response, body) => {
      const answer = idsOf(body).length > 50 ? postgrest(500, '57014') : applied(body);
      answer(request, response, body);
    });
    expect(await adapter.apply(batch)).toHaveLength(100);
    expect(bodies.map((body) => idsOf(body).length)).toEqual([100, 50, 50]);

    const hopeless = await facing(postgrest(500, '57014'));
    await expect(hopeless.adapter.apply(batch)).rejects.toMatchObject({ name: 'TransientError' });
    expect(hopeless.bodies.map((body) => idsOf(body).length)).toEqual([100, 50, 25]);
  });

  test('a call that one row spoils is split until that row stands alone', async () => {
    const { adapter } = await facing((request, response, body) => {
      const answer = idsOf(body).includes('42') ? postgrest(400, '22P02') : applied(body);
      answer(request, response, body);
    });
    const outcomes = await adapter.apply(batch);
    expect(outcomes).toHaveLength(100);
    expect(outcomes.filter(({ outcome }) => outcome !== 'applied')).toMatchObject([
      { contact_id: '42', outcome: 'rejected', error: { code: 'SUPABASE_REFUSED' } },
    ]);
  });

  test('an outage in the midst of a batch is no fault of its rows', async () => {
    const { adapter, bodies } = await facing(json(503, {}));
    await expect(adapter.apply(batch)).rejects.toMatchObject({ name: 'OutageError' });
    expect(bodies).toHaveLength(1);
  });

  test('nothing to write is no call', async () => {
    const { adapter, bodies } = await facing(json(500, {}));
    expect(await adapter.apply([])).toEqual([]);
    expect(await adapter.fetch([])).toEqual([]);
    await adapter.ack([]);
    expect(bodies).toEqual([]);
  });
});
