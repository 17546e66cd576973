/** Who may, from where, and under which name. */
import { ROUTES, type Route } from '@contact-sync/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningServer } from '../src/index.ts';
import { caller, TOKEN } from './caller.ts';
import { type Answer, ask, serve } from './fixture.ts';
import { recordingLog } from './recording-log.ts';
import { openStage, type Stage } from './stage.ts';

const PUBLIC = 'https://hub.example';
const { log } = recordingLog();
let stage: Stage;
let guarded: RunningServer;
/** Another process under the same token. */
let twin: RunningServer;
let open: RunningServer;

beforeAll(async () => {
  stage = await openStage(log);
  await stage.hub.parts.ledger.install();
  guarded = await serve(stage.hub, { apiToken: TOKEN });
  twin = await serve(stage.hub, { apiToken: TOKEN, publicUrl: PUBLIC });
  open = await serve(stage.hub);
});

afterAll(async () => {
  await Promise.all([guarded.close(), twin.close(), open.close()]);
  await stage.close();
});

const JSON_TYPE = { 'content-type': 'application/json' };
const basic = (password: string) => `Basic ${Buffer.from(`anybody:${password}`).toString('base64')}`;
const codeOf = ({ status, text }: Answer): [number, string | undefined] => [status, JSON.parse(text).code];

/** What a browser keeps of an answer and sends from then on. */
const cookiesOf = ({ headers }: Answer): string =>
  [headers['set-cookie'] ?? []]
    .flat()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');

/** Somebody who has logged in. */
async function browser(url: string, operator = 'Ada', token = TOKEN) {
  const body = JSON.stringify({ token, operator });
  const answer = await ask(url, '/api/session', { method: 'POST', headers: JSON_TYPE, body });
  expect(answer.status).toBe(200);
  return { cookie: cookiesOf(answer), csrf: String(JSON.parse(answer.text).csrf), answer };
}

/** Changes nothing, and is recorded. */
const act = (url: string, headers: Record<string, string>) =>
  ask(url, '/api/dead-letters/replay', { method: 'POST', headers, body: '{"ids":["999"]}' });

const lastAction = async () => (await caller(guarded.url)('actions', { query: { limit: 1 } })).items[0];

describe('without token or session', () => {
  const example: Readonly<Record<string, string>> = {
    contact_id: '7',
    version: '1',
    conflict_id: '7-1',
    dead_letter_id: '7',
    alert_id: '7',
    system: 'local',
    name: 'sync',
  };
  const pathOf = ({ path }: Pick<Route, 'path'>) =>
    `/api${path.replace(/\{(\w+)\}/g, (_, name) => example[name] ?? '')}`;
  const closed = Object.entries<Route>(ROUTES).filter(([, { open: isOpen }]) => !isOpen);

  test.each([
    ...closed.map(([name, route]) => [name, route.method.toUpperCase(), pathOf(route)] as const),
    ['events', 'GET', '/api/events'] as const,
    ['the document', 'GET', '/api/openapi.json'] as const,
    ['the description', 'GET', '/api/docs'] as const,
    ['its files', 'GET', '/api/docs/swagger-ui.css'] as const,
    ['what is not there', 'GET', '/api/nothing'] as const,
    ['the queues', 'GET', '/queues/api/queues'] as const,
  ])('%s is for nobody', async (_name, method, path) => {
    for (const authorization of ['', 'Bearer guess', basic('guess')]) {
      const headers = { ...JSON_TYPE, ...(authorization === '' ? {} : { authorization }) };
      const answer = await ask(guarded.url, path, { method, headers, body: '{}' });
      expect(codeOf(answer)).toEqual([401, 'TOKEN_REQUIRED']);
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    // Nor from elsewhere, where no token is set.
    const elsewhere = await ask(open.url, path, {
      method,
      headers: { ...JSON_TYPE, host: 'evil.example' },
      body: '{}',
    });
    expect(codeOf(elsewhere)).toEqual([403, 'TOKEN_NOT_SET']);
  });

  test('who is there is told to everybody, but not from elsewhere where that would begin a session', async () => {
    expect(JSON.parse((await ask(guarded.url, '/api/session')).text)).toEqual({
      mode: 'token',
      operator: null,
      csrf: null,
    });
    for (const method of ['GET', 'POST']) {
      const headers = { ...JSON_TYPE, host: 'evil.example' };
      const answer = await ask(open.url, '/api/session', { method, headers, body: '{"operator":"x"}' });
      expect(codeOf(answer)).toEqual([403, 'TOKEN_NOT_SET']);
    }
  });

  test('a page that somebody opened asks for a password, the console has a login of its own', async () => {
    const challenge = async (path: string, headers = {}) =>
      (await ask(guarded.url, path, { headers })).headers['www-authenticate'];
    expect(await challenge('/api/docs', { 'sec-fetch-mode': 'navigate' })).toMatch(/^Basic /);
    expect(await challenge('/api/overview', { 'sec-fetch-mode': 'cors' })).toMatch(/^Bearer /);
    expect(await challenge('/queues/')).toMatch(/^Basic /);
  });
});

describe('who logs in', () => {
  test('sees everything, the queues among it, in every process that has the token', async () => {
    const { cookie, answer } = await browser(guarded.url);
    expect(JSON.parse(answer.text)).toMatchObject({ mode: 'token', operator: 'Ada', csrf: expect.any(String) });
    for (const { url } of [guarded, twin])
      for (const path of ['/api/contacts', '/api/docs', '/queues/api/queues'])
        expect((await ask(url, path, { headers: { cookie } })).status).toBe(200);
    expect(JSON.parse((await ask(twin.url, '/api/session', { headers: { cookie } })).text)).toEqual(
      JSON.parse(answer.text),
    );
  });

  test('has a cookie that no script sees and no other site sends, over HTTPS alone where that is how people come', async () => {
    for (const { url } of [guarded, twin]) {
      const cookies = [(await browser(url)).answer.headers['set-cookie'] ?? []].flat();
      expect(cookies).toHaveLength(2);
      for (const cookie of cookies) {
        expect(cookie).toMatch(/^contact-sync(\.sig)?=/);
        expect(cookie).toMatch(/; samesite=strict(;|$)/);
        expect(cookie).toMatch(/; httponly(;|$)/);
        expect(/; secure(;|$)/.test(cookie)).toBe(url === twin.url);
        const expires = Date.parse(/expires=([^;]+)/.exec(cookie)?.[1] ?? '');
        expect(Math.abs(expires - Date.now() - 12 * 3_600_000)).toBeLessThan(60_000);
      }
    }
  });

  test('does nothing by a cookie that was changed, or signed under another token', async () => {
    const { cookie } = await browser(guarded.url);
    const forged = Buffer.from(JSON.stringify({ operator: 'Eve', csrf: 'x', at: Date.now() })).toString('base64');
    const changed = cookie.replace(/contact-sync=[^;]+/, `contact-sync=${forged}`);
    expect((await ask(guarded.url, '/api/contacts', { headers: { cookie: changed } })).status).toBe(401);
    const renewed = await serve(stage.hub, { apiToken: `${TOKEN}-renewed` });
    try {
      expect((await ask(renewed.url, '/api/contacts', { headers: { cookie } })).status).toBe(401);
    } finally {
      await renewed.close();
    }
  });

  test('is recorded under their name', async () => {
    const { cookie, csrf } = await browser(guarded.url, 'Grace Höpper');
    expect((await act(guarded.url, { ...JSON_TYPE, cookie, 'x-csrf-token': csrf })).status).toBe(200);
    expect(await lastAction()).toMatchObject({ by: 'Grace Höpper', via: 'console' });
  });

  test('and out again has no cookie left', async () => {
    const { cookie, csrf } = await browser(guarded.url);
    const headers = { ...JSON_TYPE, cookie, 'x-csrf-token': csrf };
    const answer = await ask(guarded.url, '/api/session', { method: 'DELETE', headers, body: '{}' });
    expect(JSON.parse(answer.text)).toEqual({ mode: 'token', operator: null, csrf: null });
    expect(cookiesOf(answer)).toMatch(/^contact-sync=; contact-sync\.sig=/);
  });

  test.each([
    ['a wrong token', { token: `${TOKEN}x`, operator: 'Ada' }, 401, 'TOKEN_REQUIRED'],
    ['none', { operator: 'Ada' }, 401, 'TOKEN_REQUIRED'],
    ['no name', { token: TOKEN, operator: ' ' }, 400, 'BAD_REQUEST'],
    ['a name of two lines', { token: TOKEN, operator: 'Ada\nhub' }, 400, 'BAD_REQUEST'],
    ['a name that is turned around', { token: TOKEN, operator: 'Ada\u202ebuh' }, 400, 'BAD_REQUEST'],
    ['a name of 201 characters', { token: TOKEN, operator: 'a'.repeat(201) }, 400, 'BAD_REQUEST'],
  ])('with %s is not let in', async (_what, body, status, code) => {
    const headers = JSON_TYPE;
    const answer = await ask(guarded.url, '/api/session', { method: 'POST', headers, body: JSON.stringify(body) });
    expect(codeOf(answer)).toEqual([status, code]);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  test('guesses ten times in a quarter of an hour, and logs in as often as they like', async () => {
    const fresh = await serve(stage.hub, { apiToken: TOKEN });
    const login = (token: string) =>
      ask(fresh.url, '/api/session', {
        method: 'POST',
        headers: { ...JSON_TYPE, 'x-forwarded-for': `10.0.0.${token.length}` },
        body: JSON.stringify({ token, operator: 'Ada' }),
      });
    try {
      for (let n = 0; n < 15; n++) expect((await login(TOKEN)).status).toBe(200);
      for (let n = 0; n < 10; n++) expect((await login('guess'.repeat(n))).status).toBe(401);
      const answer = await login(TOKEN);
      expect(codeOf(answer)).toEqual([429, 'TOO_MANY_REQUESTS']);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(600);
      expect(answer.headers).toHaveProperty('ratelimit');
      // Who is in stays in, and so do programs.
      expect((await caller(fresh.url)('contacts', { query: {} })).items).toEqual([]);
    } finally {
      await fresh.close();
    }
  });

  test('is somebody again after twelve hours only by logging in', async () => {
    const { cookie } = await browser(guarded.url);
    const get = async () => (await ask(guarded.url, '/api/contacts', { headers: { cookie } })).status;
    stage.later(12 * 3_600_000 - 60_000);
    expect(await get()).toBe(200);
    stage.later(60_001);
    expect(await get()).toBe(401);
  });
});

describe('a change', () => {
  test.each<[string, Record<string, string>, number, string?]>([
    ['of the console', {}, 200],
    ['of the console, as browsers send it', { 'sec-fetch-site': 'same-origin', origin: 'OWN' }, 200],
    ['whose origin the proxy’s name is', { 'sec-fetch-site': 'same-origin', origin: PUBLIC }, 200],
    ['that somebody typed', { 'sec-fetch-site': 'none' }, 200],
    ['without the secret', { 'x-csrf-token': '' }, 403, 'CSRF_TOKEN'],
    ['with a guess of it', { 'x-csrf-token': 'a'.repeat(32) }, 403, 'CSRF_TOKEN'],
    ['with the secret of another session', { 'x-csrf-token': 'OTHER' }, 403, 'CSRF_TOKEN'],
    ['without the session', { cookie: '' }, 403, 'CSRF_TOKEN'],
    ['of another site’s page', { 'sec-fetch-site': 'cross-site' }, 403, 'CSRF_ORIGIN'],
    ['of another port’s page', { 'sec-fetch-site': 'same-site' }, 403, 'CSRF_ORIGIN'],
    [
      'of a form that was sent elsewhere',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
      403,
      'CSRF_ORIGIN',
    ],
    ['of another origin', { origin: 'http://evil.example' }, 403, 'CSRF_ORIGIN'],
    ['of no origin', { origin: 'null' }, 403, 'CSRF_ORIGIN'],
    ['of an origin that is none', { origin: 'x' }, 403, 'CSRF_ORIGIN'],
    ['sent as a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['sent as files', { 'content-type': 'multipart/form-data; boundary=x' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['sent as text', { 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['sent as nothing in particular', { 'content-type': '' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ])('%s: %j is %i', async (_what, more, status, code) => {
    for (const { url, token } of [
      { url: twin.url, token: true },
      { url: open.url, token: false },
    ]) {
      // Only where people come by that name is it ours.
      if (!token && more.origin === PUBLIC) continue;
      const { cookie, csrf } = await browser(url, 'Ada', token ? TOKEN : '');
      const other = await browser(url, 'Ada', token ? TOKEN : '');
      const headers: Record<string, string> = { ...JSON_TYPE, cookie, 'x-csrf-token': csrf, ...more };
      if (headers.origin === 'OWN') headers.origin = url;
      if (headers['x-csrf-token'] === 'OTHER') headers['x-csrf-token'] = other.csrf;
      // Without a session nobody is there at all where a token is needed: a password would let in who has none.
      if (token && headers.cookie === '') headers.authorization = basic(TOKEN);
      const answer = await act(url, headers);
      expect(codeOf(answer), url).toEqual([status, code]);
    }
  });

  test('by password alone, which browsers send by themselves, is refused', async () => {
    const headers = { ...JSON_TYPE, authorization: basic(TOKEN) };
    expect((await ask(guarded.url, '/api/contacts', { headers })).status).toBe(200);
    expect(codeOf(await act(guarded.url, headers))).toEqual([403, 'CSRF_TOKEN']);
    const { cookie, csrf } = await browser(guarded.url);
    expect((await act(guarded.url, { ...headers, cookie, 'x-csrf-token': csrf })).status).toBe(200);
  });

  test('by bearer needs nothing else, wherever it comes from: no browser sends it by itself', async () => {
    const headers = { ...JSON_TYPE, authorization: `Bearer ${TOKEN}`, origin: 'http://evil.example' };
    expect((await act(guarded.url, headers)).status).toBe(200);
    const sync = await ask(guarded.url, '/api/contacts/404/sync', {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(codeOf(sync)).toEqual([404, 'NO_SUCH_CONTACT']);
    // Where no token is set, none is shown either.
    expect(codeOf(await act(open.url, headers))).toEqual([403, 'CSRF_ORIGIN']);
  });

  test('that sends nothing says all the same that it would be JSON: no form can', async () => {
    const { cookie, csrf } = await browser(guarded.url);
    const headers = { cookie, 'x-csrf-token': csrf };
    const sync = (more: Record<string, string>) =>
      ask(guarded.url, '/api/contacts/404/sync', { method: 'POST', headers: { ...headers, ...more } });
    expect(codeOf(await sync({}))).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(codeOf(await sync(JSON_TYPE))).toEqual([404, 'NO_SUCH_CONTACT']);
  });

  test('is not even looked at by another site’s page, but a link may be followed', async () => {
    const { cookie } = await browser(guarded.url);
    const get = async (headers: Record<string, string>) =>
      (await ask(guarded.url, '/api/docs', { headers: { cookie, ...headers } })).status;
    expect(await get({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).toBe(403);
    expect(await get({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toBe(200);
  });

  test('on a login needs no session, and comes from no other site', async () => {
    const body = JSON.stringify({ token: TOKEN, operator: 'Ada' });
    const login = (headers: Record<string, string>) =>
      ask(guarded.url, '/api/session', { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body });
    expect(codeOf(await login({ 'sec-fetch-site': 'cross-site' }))).toEqual([403, 'CSRF_ORIGIN']);
    expect(codeOf(await login({ 'content-type': 'text/plain' }))).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });
});

describe('where no token is set', () => {
  test('a session is begun for whoever asks, and the record calls them operator until they give a name', async () => {
    const answer = await ask(open.url, '/api/session');
    const { mode, operator, csrf } = JSON.parse(answer.text);
    expect({ mode, operator }).toEqual({ mode: 'open', operator: null });
    const headers = { ...JSON_TYPE, cookie: cookiesOf(answer), 'x-csrf-token': csrf };
    expect((await act(open.url, headers)).status).toBe(200);
    expect(await lastAction()).toMatchObject({ by: 'operator', via: 'console' });
    // Asked again, it is the same.
    const again = await ask(open.url, '/api/session', { headers: { cookie: headers.cookie } });
    expect(JSON.parse(again.text).csrf).toBe(csrf);
    const named = await browser(open.url, 'Ada', '');
    expect((await act(open.url, { ...JSON_TYPE, cookie: named.cookie, 'x-csrf-token': named.csrf })).status).toBe(200);
    expect(await lastAction()).toMatchObject({ by: 'Ada', via: 'console' });
  });
});

describe('a program', () => {
  const as = (operator: string) =>
    act(guarded.url, { ...JSON_TYPE, authorization: `Bearer ${TOKEN}`, 'x-operator': operator });

  test.each([
    ['nightly import', 'nightly import'],
    // As Node sends a header, each character a byte.
    [Buffer.from('Zoë').toString('latin1'), 'Zoë'],
    ['Zoë', 'Zoë'],
    ['a'.repeat(200), 'a'.repeat(200)],
  ])('that calls itself %j is recorded as %s', async (header, by) => {
    expect((await as(header)).status).toBe(200);
    expect(await lastAction()).toMatchObject({ by, via: 'api' });
  });

  test.each(['', ' ', 'a'.repeat(201), 'a\tb', '\u0085'])('cannot call itself %j', async (name) => {
    const answer = await as(name);
    expect(JSON.parse(answer.text)).toMatchObject({ status: 400, errors: [{ field: 'X-Operator' }] });
  });
});
