/** Every route of the contract, on a real ledger. */
import { type Asking, problemSchema, ROUTES, type RouteName } from '@contact-sync/api';
import type { OpenConflict } from '@contact-sync/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningServer } from '../src/index.ts';
import { describeWatching } from './api-watching.ts';
import { type Call, caller, refused, TOKEN } from './caller.ts';
import { serve } from './fixture.ts';
import { recordingLog } from './recording-log.ts';
import { contact, idOf, letters, openStage, type Stage, tie } from './stage.ts';

const { log, lines } = recordingLog();
let stage: Stage;
let server: RunningServer;
let call: Call;
const asked = new Set<RouteName>();

beforeAll(async () => {
  stage = await openStage(log);
  const { ledger } = stage.hub.parts;
  await ledger.install();
  server = await serve(stage.hub, { apiToken: TOKEN });
  const ask = caller(server.url, { 'X-Operator': 'Grace' });
  call = (name, ...rest) => {
    asked.add(name);
    return ask(name, ...rest);
  };
  await contact(ledger, 1, { canonical_name: 'Ada' }, { canonical_name: 'Ada', emails: ['ada@example.com'] });
  await contact(ledger, 2, { canonical_name: 'Bob', organization: 'Bakery' });
  await contact(ledger, 3, { canonical_name: 'Cy' }, null);
});

afterAll(async () => {
  await server.close();
  await stage.close();
});

describe('contacts', () => {
  test('are listed in the order of their names, a page at a time', async () => {
    const first = await call('contacts', { query: { limit: 1 } });
    expect(first.items).toMatchObject([{ contact_id: idOf(1), canonical_name: 'Ada', version: 2, state: 'in_step' }]);
    const second = await call('contacts', { query: { limit: 1, after: first.next ?? '' } });
    expect(second.items).toMatchObject([{ canonical_name: 'Bob' }]);
    expect(second.next).toBeNull();
  });

  test.each([
    ['words of the address', { q: 'ADA@ex' }, [1]],
    ['the organization', { q: 'bakery' }, [2]],
    ['the id', { q: idOf(2) }, [2]],
    ['the deleted', { deleted: 'true' }, [3]],
    ['a category that nobody has', { category: 'H' }, []],
    ['a state', { state: 'in_step' }, [1, 2]],
  ] as const)('are found by %s', async (_what, query, found) => {
    const { items } = await call('contacts', { query });
    expect(items.map(({ contact_id }) => contact_id)).toEqual(found.map(idOf));
  });

  test('are shown with how they stand in each system', async () => {
    const shown = await call('contact', { params: { contact_id: idOf(1) } });
    expect(shown).toMatchObject({ version: 2, deleted: false, state: 'in_step', content: { canonical_name: 'Ada' } });
    expect(shown.systems.map(({ system, version, behind }) => [system, version, behind])).toEqual([
      ['bigquery', 2, false],
      ['supabase', 2, false],
      ['local', 2, false],
      ['twenty', 2, false],
    ]);
  });

  test('have a timeline that tells of each version what it changed', async () => {
    const asking = { params: { contact_id: idOf(1) }, query: { limit: 3 } };
    const first = await call('timeline', asking);
    const rest = await call('timeline', { ...asking, query: { limit: 50, after: first.next ?? '' } });
    const versions = [...first.items, ...rest.items].filter((item) => item.kind === 'version');
    expect(versions.map(({ version, changes }) => [version, changes])).toEqual([
      [2, [{ field: 'emails', before: null, after: ['ada@example.com'] }]],
      [1, [{ field: 'canonical_name', before: null, after: 'Ada' }]],
    ]);
  });

  test('have every version that they had', async () => {
    const { items } = await call('versions', { params: { contact_id: idOf(1), version: 1 } });
    expect(items).toMatchObject([{ version: 1, status: 'accepted', content: { canonical_name: 'Ada' } }]);
  });

  test('that nobody knows are 404, by a code and with what to do', async () => {
    for (const name of ['contact', 'timeline', 'sync'] as const) {
      const error = await refused(call(name, { params: { contact_id: '404' } } as Asking<typeof name>));
      expect(error).toMatchObject({ status: 404, code: 'NO_SUCH_CONTACT' });
    }
    const asking = { params: { contact_id: idOf(1), version: 99 } };
    expect((await refused(call('versions', asking))).problem).toMatchObject({
      status: 404,
      title: 'Not Found',
      code: 'NO_SUCH_VERSION',
      advice: expect.stringContaining('timeline'),
    });
  });

  test('are synced: what came of it is told for each system', async () => {
    const synced = await call('sync', { params: { contact_id: idOf(2) } });
    expect(synced).toMatchObject({ contact_id: idOf(2), version: 1 });
    expect(Object.keys(synced.systems).sort()).toEqual(['bigquery', 'local', 'supabase', 'twenty']);
  });
});

describeWatching(() => ({ stage, call }));

describe('an action under a key', () => {
  const restore = (key: string, version: number, as = call) =>
    as('restore', { params: { contact_id: idOf(1) }, body: { version } }, { idempotencyKey: key });

  test('happens once, however often it is sent, and answers the same', async () => {
    const before = stage.appended.length;
    const first = await restore('one', 1);
    expect(first).toEqual({ contact_id: idOf(1), version: 3, result: 'restored' });
    expect(await restore('one', 1)).toEqual(first);
    expect(stage.appended.slice(before)).toMatchObject([{ version: 3, content: { canonical_name: 'Ada' } }]);
    const { items } = await call('actions', { query: { subject: `contact:${idOf(1)}` } });
    expect(items).toMatchObject([{ kind: 'restore', by: 'Grace', via: 'api', outcome: 'done', result: first }]);
  });

  test('is not another one, and is nobody else’s', async () => {
    await restore('two', 2);
    expect(await refused(restore('two', 1))).toMatchObject({ status: 422, code: 'KEY_REUSED' });
    const other = caller(server.url, { 'X-Operator': 'Hedy' });
    expect(await restore('two', 1, other)).toMatchObject({ result: 'restored' });
    const { items } = await call('actions', { query: { limit: 1 } });
    expect(items).toMatchObject([{ by: 'Hedy' }]);
  });

  test('of more than 200 characters is refused', async () => {
    const { problem } = await refused(restore('k'.repeat(201), 1));
    expect(problem).toMatchObject({ status: 400, code: 'BAD_REQUEST', errors: [{ field: 'Idempotency-Key' }] });
  });

  test('without one happens each time', async () => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    for (const version of [2, 1]) {
      const body = JSON.stringify({ version });
      const url = `${server.url}/api/contacts/${idOf(1)}/restore`;
      const answer = await fetch(url, { method: 'POST', headers, body });
      expect(await answer.json()).toMatchObject({ result: 'restored' });
    }
    expect((await call('actions', { query: { limit: 1 } })).items).toMatchObject([{ by: 'api' }]);
  });
});

describe('conflicts', () => {
  let ties: OpenConflict[];
  beforeAll(async () => {
    ties = [];
    for (const n of [11, 12, 13]) ties.push(await tie(stage.hub.parts.ledger, n));
  });
  const of = (n: number) => ({ params: { conflict_id: `${idOf(n)}-2` } });

  test('are listed oldest first, and shown field by field', async () => {
    const { items, next } = await call('conflicts', { query: { limit: 2 } });
    expect(items.map(({ conflict_id }) => conflict_id)).toEqual(ties.slice(0, 2).map((one) => one.conflict_id));
    expect((await call('conflicts', { query: { after: next ?? '' } })).items).toHaveLength(1);
    const shown = await call('conflict', of(11));
    expect(shown.base).toMatchObject({ version: 1, content: { canonical_name: 'Tie 11' } });
    expect(shown.fields).toEqual([
      {
        field: 'canonical_name',
        base: 'Tie 11',
        values: ['Tie 11', 'Tie 11'],
        differs: false,
        changed: [false, false],
      },
      { field: 'job_title', base: null, values: ['one', 'other'], differs: true, changed: [true, true] },
    ]);
  });

  test('are decided for a side, for fields, or by hand', async () => {
    const [, rival] = ties[0]?.candidates ?? [];
    const choices = [
      { candidate: rival?.content_hash ?? '' },
      { fields: { job_title: 'base' as const } },
      { content: { canonical_name: 'Tie 13', job_title: 'both' } },
    ];
    for (const [index, body] of choices.entries()) {
      const resolved = await call('resolve', { ...of(11 + index), body });
      expect(resolved).toEqual({ conflict_id: `${idOf(11 + index)}-2`, contact_id: idOf(11 + index), version: 3 });
    }
    const accepted = stage.appended.filter(({ status }) => status === 'accepted').slice(-3);
    expect(accepted.map(({ content }) => content?.job_title)).toEqual(['other', undefined, 'both']);
    const { items } = await call('conflicts', { query: { status: 'closed' } });
    expect(items.map(({ status, closed_by }) => [status, closed_by])).toEqual(Array(3).fill(['resolved', 'Grace']));
    expect((await call('conflict', of(11))).actions).toMatchObject([{ kind: 'resolve', by: 'Grace' }]);
  });

  test('that are closed, or nobody knows, or are decided wrongly, say so', async () => {
    await tie(stage.hub.parts.ledger, 14);
    const resolve = (n: number, body: object) => refused(call('resolve', { ...of(n), body }));
    const hash = 'a'.repeat(64);
    expect(await resolve(11, { candidate: hash })).toMatchObject({ status: 409, code: 'CONFLICT_CLOSED' });
    expect(await resolve(99, { candidate: hash })).toMatchObject({ status: 404, code: 'NO_SUCH_CONFLICT' });
    expect(await resolve(14, { candidate: hash })).toMatchObject({ status: 404, code: 'NO_SUCH_CANDIDATE' });
    expect(await resolve(14, { fields: { shoe_size: 'base' } })).toMatchObject({ status: 404, code: 'NO_SUCH_FIELD' });
    const wrong = await resolve(14, { content: { canonical_name: 'Tie', category_code: 'Q' } });
    expect(wrong.problem).toMatchObject({ status: 422, code: 'INVALID_CONTENT', errors: [{ field: 'category_code' }] });
    const restore = { params: { contact_id: idOf(14) }, body: { version: 1 } };
    expect(await refused(call('restore', restore))).toMatchObject({ status: 409, code: 'CONTACT_IN_CONFLICT' });
  });
});

describe('dead letters', () => {
  beforeAll(() => letters(stage.hub.parts.ledger, 'r1', 'r2', 'r3', 'r4'));

  test('are listed newest first, counted by kind, and shown with what to do', async () => {
    const { items, next } = await call('deadLetters', { query: { limit: 3 } });
    expect(items.map(({ key }) => key)).toEqual(['r4', 'r3', 'r2']);
    expect((await call('deadLetters', { query: { after: next ?? '' } })).items).toMatchObject([{ key: 'r1' }]);
    expect((await call('deadLetters', { query: { system: 'local' } })).items).toEqual([]);
    expect(await call('deadLetterGroups', { query: { code: 'INVALID_CATEGORY' } })).toMatchObject({
      total: 4,
      groups: [{ queue: 'ingest', system: 'twenty', count: 4 }],
    });
    const { letter } = await call('deadLetter', { params: { dead_letter_id: items[0]?.dead_letter_id ?? '' } });
    expect(letter).toMatchObject({ key: 'r4', status: 'open', advice: 'Choose one of the known categories.' });
    const unknown = call('deadLetter', { params: { dead_letter_id: '999' } });
    expect(await refused(unknown)).toMatchObject({ status: 404, code: 'NO_SUCH_DEAD_LETTER' });
  });

  test('are given up, with a reason that is kept', async () => {
    const { items } = await call('deadLetters', { query: { limit: 1 } });
    const id = items[0]?.dead_letter_id ?? '';
    const body = { ids: [id, '999'], reason: 'the record is gone' };
    expect(await call('discard', { body })).toEqual({
      results: [
        { dead_letter_id: id, result: 'discarded' },
        { dead_letter_id: '999', result: 'not_open' },
      ],
      next: null,
    });
    const { letter, actions } = await call('deadLetter', { params: { dead_letter_id: id } });
    expect(letter).toMatchObject({ status: 'discarded', closed_by: 'Grace' });
    expect(actions).toMatchObject([{ kind: 'discard', reason: 'the record is gone' }]);
  });

  test('are replayed, all that match, a page at a time', async () => {
    const filter = { system: 'twenty' as const };
    const first = await call('replay', { body: { filter, limit: 2 } });
    expect(first.results).toHaveLength(2);
    const second = await call('replay', { body: { filter, limit: 2, after: first.next ?? '' } });
    expect(second).toMatchObject({ results: [{ dead_letter_id: expect.any(String) }], next: null });
  });
});

test('the overview tells everything at a glance', async () => {
  const overview = await call('overview', {});
  expect(overview).toMatchObject({ status: 'degraded', ledger: { ok: true }, totals: { contacts: 6, conflicts: 1 } });
  expect(overview.attention.map(({ code, severity }) => `${severity} ${code}`)).toContain('critical SYSTEM_DOWN');
  expect(overview.queue_counts?.map(({ queue }) => queue)).toContain('ingest');
  expect(overview.latest.length).toBeGreaterThan(0);
  expect(overview.flow.reduce((sum, { delivered }) => sum + delivered, 0)).toBeGreaterThan(0);
});

test('a session is none of the business of programs, and is told and ended all the same', async () => {
  expect(await call('session', {})).toEqual({ mode: 'token', operator: null, csrf: null });
  expect(await call('login', { body: { token: TOKEN, operator: 'Ada' } })).toMatchObject({ operator: 'Ada' });
  expect(await call('logout', {})).toEqual({ mode: 'token', operator: null, csrf: null });
});

describe('what is asked for in another way', () => {
  const ask = (path: string, init: RequestInit & { headers?: Record<string, string> } = {}) =>
    fetch(`${server.url}/api${path}`, { ...init, headers: { authorization: `Bearer ${TOKEN}`, ...init.headers } });
  const post = { method: 'POST', headers: { 'content-type': 'application/json' } };

  test.each([
    ['/contacts?limit=0', {}, ['limit']],
    ['/contacts?limit=7&limit=8', {}, ['limit']],
    ['/contacts?category=Q&state=lost', {}, ['category', 'state']],
    ['/contacts/9223372036854775808', {}, ['contact_id']],
    ['/contacts/07', {}, ['contact_id']],
    ['/contacts/1/versions/-1', {}, ['version']],
    ['/conflicts/7', {}, ['conflict_id']],
    ['/dead-letters/0', {}, ['dead_letter_id']],
    ['/dead-letters?since=yesterday', {}, ['since']],
    ['/contacts/1/restore', post, ['version']],
    ['/contacts/1/restore', { ...post, body: '{"version":"1"}' }, ['version']],
    ['/dead-letters/replay', { ...post, body: '{}' }, ['ids']],
    ['/dead-letters/replay', { ...post, body: '{"filter":{"status":"all"}}' }, ['filter']],
    ['/dead-letters/discard', { ...post, body: '{"ids":["7"],"reason":" "}' }, ['reason']],
    ['/dead-letters/discard', { ...post, body: '{"ids":["7"],"reason":"\\u0000"}' }, ['']],
    ['/conflicts/1-1/resolve', { ...post, body: '{}' }, ['candidate']],
    ['/alerts?state=maybe&code=RAIN&limit=501', {}, ['state', 'code', 'limit']],
    ['/alerts/07/acknowledge', post, ['alert_id']],
    ['/alerts/7/silence', { ...post, body: '{"minutes":10081}' }, ['minutes']],
    ['/alerts/7/silence', { ...post, body: '{"minutes":"5"}' }, ['minutes']],
    ['/drift/mars', { ...post, body: '{"repair":"yes"}' }, ['system', 'repair']],
    ['/schedules/nap/pause', post, ['name']],
  ])('%s with %j is 400, and tells which field', async (path, init, fields) => {
    const answer = await ask(path, init);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    const problem = problemSchema.parse(await answer.json());
    expect(problem).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    expect(problem.errors?.map(({ field }) => field)).toEqual(fields);
  });

  test.each([
    ['no JSON', 'application/json', '{', 400, 'BAD_REQUEST'],
    ['JSON of another alphabet', 'application/json; charset=latin1', '{}', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a form', 'application/x-www-form-urlencoded', 'ids=7', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['text', 'text/plain', '{"ids":["7"]}', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['more than a megabyte', 'application/json', `{"ids":["${'7'.repeat(1 << 20)}"]}`, 413, 'TOO_LARGE'],
  ])('a body of %s is refused', async (_what, type, body, status, code) => {
    const answer = await ask('/dead-letters/replay', { method: 'POST', headers: { 'content-type': type }, body });
    expect(await answer.json()).toMatchObject({ status, code });
  });

  test.each([
    ['PUT', '/contacts', 'GET, HEAD, OPTIONS'],
    ['POST', '/contacts/1', 'GET, HEAD, OPTIONS'],
    ['GET', '/dead-letters/replay', 'POST, OPTIONS'],
    ['PATCH', '/session', 'GET, POST, DELETE, HEAD, OPTIONS'],
    ['DELETE', '/events', 'GET, HEAD'],
  ])('%s %s is 405, and tells what is allowed', async (method, path, allow) => {
    const answer = await ask(path, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
    expect(await answer.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
  });

  test('HEAD is GET without a body, OPTIONS tells the methods, and what is not there is 404', async () => {
    const head = await ask('/contacts', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await ask('/events', { method: 'HEAD' })).headers.get('content-type')).toMatch(/^text\/event-stream/);
    const options = await ask('/contacts/1/sync', { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST, OPTIONS']);
    for (const path of ['/nothing', '/contacts/1/nothing', '/Contacts'])
      expect(await (await ask(path)).json()).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });
});

test('an outage is told as one, with when to come again', async () => {
  const away = await openStage(log, { LEDGER_URL: 'postgres://somebody@127.0.0.1:2/gone' });
  const other = await serve(away.hub, { apiToken: TOKEN });
  try {
    const ask = caller(other.url);
    const answer = await fetch(`${other.url}/api/contacts`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await answer.json()).toMatchObject({ status: 503, code: 'LEDGER_UNREACHABLE', advice: /LEDGER_URL/ });
    const overview = await ask('overview', {});
    expect(overview).toMatchObject({ status: 'unavailable', totals: null, flow: [], latest: [], queues: { ok: true } });
    expect(overview.systems.map(({ pending }) => pending)).toEqual([null, null, null, null]);
    expect(overview.attention[0]).toMatchObject({ code: 'LEDGER_DOWN', severity: 'critical' });
  } finally {
    await other.close();
    await away.close();
  }
});

test('the log tells patterns of paths, and nothing that was asked for', () => {
  const told = lines.filter(({ message }) => message === 'request');
  expect(told).toContainEqual(
    expect.objectContaining({ level: 'info', method: 'POST', path: '/api/contacts/{contact_id}/restore', status: 200 }),
  );
  expect(JSON.stringify(told)).not.toContain(idOf(1));
  expect(JSON.stringify(lines)).not.toMatch(/ada@|bakery|Grace|999/);
});

test('no route was left out here', () => {
  expect([...asked].sort()).toEqual(Object.keys(ROUTES).sort());
});
