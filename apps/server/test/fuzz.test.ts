/** Bad input over real HTTP: each call is answered, each refusal is named, and the server goes on. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { ROUTES, type Route } from '@contact-sync/api';
import { createHub, type Hub } from '@contact-sync/hub';
import {
  ABSURD_DATES,
  ABSURD_VERSIONS,
  CANARY,
  HOSTILE_JSON_TEXTS,
  hostileFields,
  hostileJson,
  hostileJsonText,
  hostileText,
  nestedText,
  type TestDatabase,
  testDatabase,
} from '@contact-sync/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RunningServer } from '../src/index.ts';
import { type Answer, configOf, SUPABASE_SECRET, serve, TWENTY_SECRET } from './fixture.ts';
import { recordingLog } from './recording-log.ts';
import { tie } from './stage.ts';

const { log, lines } = recordingLog();
let database: TestDatabase;
let hub: Hub;
let server: RunningServer;
let woken = 0;

beforeAll(async () => {
  database = await testDatabase();
  hub = await createHub(configOf({ LEDGER_URL: database.url, LOCAL_URL: database.url }), log);
  await hub.parts.ledger.install();
  server = await serve(hub, { wake: () => (woken += 1) });
});
afterAll(async () => {
  await server.close();
  await hub.close();
  await database.close();
});
beforeEach(() => {
  lines.length = 0;
});

interface Sent {
  /** Default: the server without a token. */
  readonly to?: string;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** A request as it is, whatever a browser would say of it. */
function send({ to = server.url, path, method = 'GET', headers = {}, body = '' }: Sent): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const { hostname, port } = new URL(to);
  const call = request({ hostname, port, path, method, headers: { ...headers }, agent: false }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    response.on('error', reject);
  });
  call.on('error', reject);
  call.end(body);
  return promise;
}

function signed(body: string | Buffer): Record<string, string> {
  const at = String(Date.now());
  const signature = createHmac('sha256', TWENTY_SECRET).update(`${at}:`).update(body).digest('hex');
  return { 'x-twenty-webhook-timestamp': at, 'x-twenty-webhook-signature': signature };
}

const twenty = (body: string | Buffer, more: Readonly<Record<string, string>> = {}) =>
  send({ path: '/webhooks/twenty', method: 'POST', body, headers: { ...signed(body), ...more } });

/** Refused by name, and nothing of what was sent is told. */
function expectRefused({ status, text, headers }: Answer): void {
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(JSON.parse(text)).toMatchObject({ status, code: expect.stringMatching(/^[A-Z_]+$/) });
}

function expectNothingTold(answers: readonly Answer[]): void {
  expect(JSON.stringify(answers)).not.toContain(CANARY);
  expect(JSON.stringify(lines)).not.toContain(CANARY);
  expect(JSON.stringify(answers)).not.toMatch(/node_modules|\.ts:\d|postgres:\/\//);
}

const inbox = async () => {
  const { systems } = await hub.parts.ledger.status();
  return systems.find(({ system }) => system === 'twenty')?.inbox ?? 0;
};

let people = 0;
function eventOf(more: Readonly<Record<string, unknown>> = {}): string {
  people += 1;
  const id = `20202020-0687-4c41-b707-${people.toString(16).padStart(12, '0')}`;
  const time = '2026-05-01T11:00:00.000Z';
  const record = {
    id,
    createdAt: time,
    updatedAt: time,
    deletedAt: null,
    name: { firstName: CANARY, lastName: 'B' },
    ...more,
  };
  return JSON.stringify({ eventName: 'person.updated', record });
}
/** Bytes in the place of a text. */
const splice = (text: string, place: string, bytes: Buffer): Buffer => {
  const [before = '', after = ''] = text.split(place);
  return Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)]);
};
const withJson = (json: string) => eventOf({ llmContext: 'X' }).replace('"X"', () => json);

describe('the webhook of Twenty', () => {
  test('answers whatever is signed, and what it says that it took is in the ledger', async () => {
    let taken = await inbox();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          hostileJsonText,
          hostileJsonText.map((json) => withJson(json || 'null')),
        ),
        async (body) => {
          const answer = await twenty(body);
          if (answer.status === 200) taken += 1;
          else expectRefused(answer);
          expectNothingTold([answer]);
        },
      ),
      { numRuns: 80, endOnFailure: true },
    );
    expect(await inbox()).toBe(taken);
  });

  test.each<[string, number, () => string | Buffer]>([
    ['just as large as a body may be', 200, () => eventOf().padEnd(10 * 1024 * 1024)],
    ['a byte larger', 413, () => `${' '.repeat(10 * 1024 * 1024)}1`],
    ['of JSON nested 100,000 deep', 200, () => withJson(nestedText(100_000))],
    ['nested 100,000 deep itself', 400, () => nestedText(100_000, 'object')],
    ['of 500,000 numbers', 200, () => withJson(`[${Array(500_000).fill(1).join()}]`)],
    ['cut off in the middle of a character', 400, () => Buffer.from(eventOf()).subarray(0, 120)],
    ['of bytes that are no UTF-8', 400, () => Buffer.from([0xff, 0xfe, 0x00, 0xed, 0xa0, 0x80])],
    ['with NUL, half a character and bidi controls', 200, () => eventOf({ jobTitle: '\0\ud800\u202e' })],
    ['with bytes that are no UTF-8 in a text', 200, () => splice(eventOf(), CANARY, Buffer.from([0xff, 0xc0, 0x80]))],
    [
      'of a person with keys of prototypes',
      200,
      () => withJson('{"__proto__":{"isAdmin":true},"constructor":{"prototype":1}}'),
    ],
    ['empty', 400, () => ''],
  ])('a body %s', async (_what, status, make) => {
    const before = await inbox();
    const answer = await twenty(make());
    expect(answer.status, answer.text).toBe(status);
    if (status !== 200) expectRefused(answer);
    expect(await inbox()).toBe(before + (status === 200 ? 1 : 0));
    expectNothingTold([answer]);
    expect(Reflect.get({}, 'isAdmin')).toBeUndefined();
  });

  test('absurd times and numbers are taken or refused, never a fault of the server', async () => {
    const answers: Answer[] = [];
    for (const text of [...ABSURD_DATES, ...ABSURD_VERSIONS])
      answers.push(
        await twenty(eventOf({ updatedAt: text })),
        await twenty(eventOf({ syncVersion: Number(text) || text, contactId: text })),
      );
    for (const answer of answers) if (answer.status !== 200) expectRefused(answer);
    expectNothingTold(answers);
  });

  test('a bomb is not blown up: encoded bodies are refused, or no larger than others', async () => {
    const bomb = Buffer.alloc(11 << 20, ' ');
    for (const [encoding, body] of [
      ['gzip', gzipSync(bomb)],
      ['deflate', deflateSync(bomb)],
      ['br', brotliCompressSync(bomb, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
      ['gzip', Buffer.from(`${CANARY} no gzip`)],
      ['zstd', Buffer.from(CANARY)],
      [`${CANARY}, gzip`, Buffer.from('{}')],
    ] as const) {
      const answer = await twenty(body, { 'content-encoding': encoding });
      expectRefused(answer);
      expectNothingTold([answer]);
    }
  });

  test('headers of any kind make no difference to what is refused', async () => {
    const odd = hostileText.map((text) => text.replace(/[^\x20-\x7e]/g, '').slice(0, 500));
    const name = fc.constantFrom(
      'content-type',
      'x-twenty-webhook-timestamp',
      'x-twenty-webhook-signature',
      'host',
      'authorization',
      'accept',
      'cookie',
      'x-forwarded-for',
      'content-encoding',
      'expect',
    );
    await fc.assert(
      fc.asyncProperty(name, odd, fc.boolean(), async (header, value, supabase) => {
        const headers: Record<string, string> = supabase ? { 'x-webhook-secret': `${SUPABASE_SECRET}x` } : {};
        const answer = await send({
          path: supabase ? '/webhooks/supabase' : '/webhooks/twenty',
          method: 'POST',
          body: CANARY,
          headers: { ...headers, [header]: value },
        });
        if (answer.headers['content-type']) expectRefused(answer);
        else expect(answer.status).toBeGreaterThanOrEqual(400);
        expectNothingTold([answer]);
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });
});

test('the webhook of Supabase wakes, whatever its body is', async () => {
  const headers = { 'x-webhook-secret': SUPABASE_SECRET };
  for (const body of [...HOSTILE_JSON_TEXTS, nestedText(100_000), Buffer.from([0xff])]) {
    const answer = await send({ path: '/webhooks/supabase', method: 'POST', body, headers });
    expect(answer.status).toBe(202);
  }
  expect(woken).toBeGreaterThan(0);
});

describe('the API', () => {
  const TOKEN = 'a-token-of-sixteen-or-more';
  const authorization = `Bearer ${TOKEN}`;
  let guarded: RunningServer;
  beforeAll(async () => {
    guarded = await serve(hub, { apiToken: TOKEN });
  });
  afterAll(() => guarded.close());

  const call = (path: string, more: Partial<Sent> = {}) =>
    send({
      path: `/api${path}`,
      ...more,
      to: guarded.url,
      headers: { authorization, 'content-type': 'application/json', ...more.headers },
    });
  /** Done, refused by name, or not done because a system is away: never a fault of the server. */
  function expectUnshaken(answer: Answer, what: string): void {
    if (answer.status >= 400 && answer.status !== 503 && answer.headers['content-type']) expectRefused(answer);
    expect([200, 503].includes(answer.status) || (answer.status >= 400 && answer.status < 500), what).toBe(true);
    expectNothingTold([answer]);
  }

  const routes = Object.values<Route>(ROUTES);
  const some = (values: readonly string[]) =>
    fc.oneof(
      fc.constantFrom(...values),
      hostileText.map((text) => text.toWellFormed().slice(0, 300)),
      fc.constantFrom(...ABSURD_VERSIONS, ...ABSURD_DATES),
    );
  const value = some([
    '7',
    '7-1',
    '9223372036854775807',
    '-9223372036854775808',
    '9007199254740993',
    'W10',
    'W251bGxd',
  ]);
  const param = value.map((text) => encodeURIComponent(text) || '%20');

  test.each([
    ['/dead-letters/replay', { filter: { [CANARY]: 1 } }],
    ['/dead-letters/replay', { ids: [CANARY], filter: CANARY, after: [CANARY], limit: CANARY }],
    ['/dead-letters/discard', { ids: ['7'], reason: { [CANARY]: CANARY } }],
    ['/conflicts/7-1/resolve', { fields: { [CANARY]: CANARY } }],
    ['/contacts/7/restore', { version: CANARY, content_hash: CANARY }],
    ['/session', { token: [CANARY], operator: { [CANARY]: 1 } }],
  ])('of what was sent to %s tells no more than what is wrong with it', async (path, body) => {
    const answer = await call(path, { method: 'POST', body: JSON.stringify(body) });
    expect(JSON.parse(answer.text)).toMatchObject({
      status: 400,
      errors: expect.arrayContaining([{ field: expect.any(String), message: expect.any(String) }]),
    });
    expectNothingTold([answer]);
  });

  test('answers whatever is asked for in a path or a query', async () => {
    const reads = routes.filter(({ method }) => method === 'get');
    const names = fc.constantFrom(
      ...['after', 'limit', 'q', 'category', 'state', 'deleted', 'status', 'queue', 'system', 'code', 'contact_id'],
      ...['before', 'since', 'subject', '__proto__', 'constructor', 'toString', 'limit[]', 'q[$ne]', CANARY],
    );
    const search = fc
      .array(fc.tuple(names, value), { maxLength: 4 })
      .map((pairs) => new URLSearchParams(pairs).toString());
    const places = fc.array(fc.oneof(fc.constant('7'), fc.constant('7-1'), param), { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...reads), places, search, async ({ path }, given, query) => {
        let n = 0;
        const asked = `${path.replace(/\{\w+\}/g, () => given[n++] ?? '7')}?${query}`;
        expectUnshaken(await call(asked), asked);
      }),
      { numRuns: 250, endOnFailure: true },
    );
  });

  /** What routes take, spoilt here and there: pure noise never gets past the first check. */
  const nearly = fc
    .tuple(
      fc.constantFrom<Readonly<Record<string, unknown>>>(
        { ids: ['7'], reason: 'x' },
        { filter: { system: 'local' }, limit: 1, reason: 'x' },
        { version: 1 },
        { candidate: 'a'.repeat(64) },
        { fields: { job_title: 'base' } },
        { content: { canonical_name: 'Ada' } },
        { token: TOKEN, operator: 'Ada' },
      ),
      fc.constantFrom(
        'ids',
        'filter',
        'reason',
        'after',
        'limit',
        'version',
        'content_hash',
        'fields',
        'content',
        'operator',
      ),
      fc.oneof(hostileJson, hostileText, hostileFields, fc.constantFrom<unknown>(...ABSURD_VERSIONS.map(Number))),
    )
    .map(([body, field, spoilt]) => JSON.stringify({ ...body, [field]: spoilt }));

  test('takes no body for what it is not', async () => {
    const [conflict] = [await tie(hub.parts.ledger, 1)];
    const known: Record<string, string> = {
      contact_id: conflict.contact_id,
      conflict_id: conflict.conflict_id,
      dead_letter_id: '7',
    };
    // Who asks every system waits for those that are away; it takes no body.
    const writes = routes.filter(({ method, body }) => method !== 'get' && body !== undefined);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...writes),
        fc.oneof({ weight: 1, arbitrary: hostileJsonText }, { weight: 3, arbitrary: nearly }),
        fc.option(hostileText.map((text) => text.replace(/[^\x20-\x7e]/g, '').slice(0, 300))),
        async ({ method, path }, body, key) => {
          const asked = path.replace(/\{(\w+)\}/g, (_, name: string) => known[name] ?? '');
          const headers: Record<string, string> = key === null ? {} : { 'idempotency-key': key };
          const answer = await call(asked, { method: method.toUpperCase(), body, headers });
          expectUnshaken(answer, `${asked} ${body.slice(0, 500)} ${answer.text}`);
        },
      ),
      { numRuns: 250, endOnFailure: true },
    );
    expect(Reflect.get({}, 'isAdmin')).toBeUndefined();
  });

  test.each<[string, number, () => string | Buffer]>([
    ['ten megabytes', 413, () => `{"ids":["${CANARY.padEnd(10 << 20)}"]}`],
    ['a megabyte of nesting', 400, () => `{"filter":${nestedText(100_000, 'object')}}`],
    [
      'deep nesting where anything may be',
      422,
      () => `{"content":{"canonical_name":"x","job_title":${nestedText(50_000)}}}`,
    ],
    ['more ids than anybody means', 400, () => JSON.stringify({ ids: Array(501).fill('7') })],
    [
      'bytes that are no UTF-8',
      400,
      () => splice('{"content":{"canonical_name":"x"}}', 'x', Buffer.from([0xff, 0xfe])),
    ],
    ['UTF-16', 400, () => Buffer.from('{"ids":["7"]}', 'utf16le')],
    ['half a character', 400, () => '{"content":{"canonical_name":"\\ud800"}}'],
    ['NUL in a key', 400, () => '{"fields":{"a\\u0000":"base"}}'],
    ['a prototype', 400, () => '{"__proto__":{"candidate":"x"},"constructor":{"prototype":{"isAdmin":true}}}'],
    ['two bodies', 400, () => '{"ids":["7"]}{"ids":["8"]}'],
    ['no object', 400, () => '"ids"'],
  ])('of a body of %s says %i', async (_what, status, make) => {
    const conflict = await hub.parts.ledger.conflicts();
    const id = conflict[0]?.conflict_id ?? (await tie(hub.parts.ledger, 2)).conflict_id;
    const answer = await call(`/conflicts/${id}/resolve`, { method: 'POST', body: make() });
    expect(answer.status, answer.text).toBe(status);
    expectRefused(answer);
    expectNothingTold([answer]);
  });

  test('is not led astray by headers', async () => {
    const name = fc.constantFrom(
      ...[
        'x-operator',
        'idempotency-key',
        'x-csrf-token',
        'cookie',
        'origin',
        'host',
        'sec-fetch-site',
        'sec-fetch-mode',
      ],
      ...[
        'content-type',
        'content-encoding',
        'accept',
        'x-forwarded-for',
        'forwarded',
        'authorization',
        'if-none-match',
      ],
    );
    const odd = fc.oneof(
      hostileText.map((text) => text.replace(/[^\x20-\x7e\x80-\xff]/g, '').slice(0, 500)),
      fc.constantFrom(
        'contact-sync=e30=; contact-sync.sig=x',
        'contact-sync=%%; contact-sync.sig=',
        'null',
        'http://[',
        '*/*',
      ),
    );
    await fc.assert(
      fc.asyncProperty(name, odd, fc.boolean(), async (header, text, act) => {
        const more = act ? { method: 'POST', body: '{"ids":["7"]}' } : {};
        const answer = await call(act ? '/dead-letters/replay' : '/session', { ...more, headers: { [header]: text } });
        expectUnshaken(answer, `${header}: ${text}`);
      }),
      { numRuns: 120, endOnFailure: true },
    );
  });
});

describe('every other path', () => {
  const segment = fc.oneof(
    fc.constantFrom(
      'queues',
      'api',
      'webhooks',
      'twenty',
      '..',
      '.',
      '%2e%2e',
      '%',
      '%00',
      '%ff',
      '%E0%A4%A',
      'ingest.work',
      'ingest.dead',
      'static',
      'logs',
      'latency',
      'metrics',
      '__proto__',
      'constructor',
      CANARY,
      '1',
    ),
    hostileText.map((text) => encodeURIComponent(text.toWellFormed().slice(0, 200))),
  );
  const query = fc.oneof(
    fc.constant(''),
    fc.constantFrom(
      '?activeQueue=%25&status=x',
      '?activeQueue=ingest.work&status=waiting&page=-1&jobsPerPage=999999999',
      '?activeQueue=ingest.work&status=__proto__&page=1e999',
      '?activeQueue=ingest.work&activeQueue=x&status[]=waiting&status[a]=b',
      `?status=${CANARY}&page=NaN&jobsPerPage=${CANARY}`,
      '?activeQueue=ingest.work&page=0&jobsPerPage=0',
      '?activeQueue[__proto__][x]=1',
      `?from=${CANARY}&to=-1&granularity=1e308`,
      '?activeQueue=ingest.work&status=latest&page=2&jobsPerPage=1',
    ),
    hostileText.map(
      (text) =>
        `?activeQueue=ingest.work&status=${encodeURIComponent(text.toWellFormed().slice(0, 200))}&page=${encodeURIComponent(text.toWellFormed().slice(0, 50))}`,
    ),
  );
  const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND');

  test('is answered, by no fault of the server, and changes no queue', async () => {
    const before = await hub.queues.counts();
    await fc.assert(
      fc.asyncProperty(
        fc.array(segment, { minLength: 1, maxLength: 5 }),
        query,
        method,
        fc.boolean(),
        async (segments, search, verb, board) => {
          const path = `${board ? '/queues/api/queues' : ''}/${segments.join('/')}${search}`;
          const body = verb === 'POST' || verb === 'PUT' || verb === 'PATCH' ? `{"${CANARY}":` : '';
          const answer = await send({ path, method: verb, body, headers: { 'content-type': 'application/json' } });
          if (answer.status >= 500) expect(answer.text, path).not.toMatch(/"message":"(?!ERRORS)/);
          expect(answer.status, `${verb} ${path} ${answer.text}`).toBeLessThan(500);
          expectNothingTold([answer]);
        },
      ),
      { numRuns: 150, endOnFailure: true },
    );
    expect(await hub.queues.counts()).toEqual(before);
  });

  test('of the board, asked for nonsense, tells no more than that it is nonsense', async () => {
    await fc.assert(
      fc.asyncProperty(
        query,
        fc.constantFrom(
          '',
          '/ingest.work/1',
          '/ingest.work/1/logs',
          '/ingest.work/1/flow',
          '/ingest.work/metrics',
          '/ingest.work/workers',
        ),
        async (search, path) => {
          const answer = await send({ path: `/queues/api/queues${path}${search}` });
          expect(answer.status, `${path}${search} ${answer.text}`).toBeLessThan(500);
          expectNothingTold([answer]);
        },
      ),
      { numRuns: 80, endOnFailure: true },
    );
  });

  test('with any token is refused where a token is needed, soon', async () => {
    const guarded = await serve(hub, { apiToken: 'a-token-of-sixteen-or-more' });
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(
            hostileText,
            fc.constantFrom(
              `Bearer ${' '.repeat(7_000)}x y`,
              'Basic ====',
              `Basic ${Buffer.from(`${CANARY}:`).toString('base64')}`,
            ),
          ),
          async (text) => {
            const authorization = text.replace(/[^\x20-\x7e]/g, '').slice(0, 8_000);
            const { status } = await fetch(`${guarded.url}/queues/`, { headers: { authorization } });
            expect(status).toBe(401);
          },
        ),
        { numRuns: 30 },
      );
    } finally {
      await guarded.close();
    }
  });
});

describe('bytes that are no HTTP', () => {
  test.each([
    [
      'a wrong length, too long',
      ['POST /webhooks/twenty HTTP/1.1', 'Host: x', 'Content-Length: 100', '', CANARY],
      'hangs up',
    ],
    [
      'a length that is none',
      ['POST /webhooks/twenty HTTP/1.1', 'Host: x', `Content-Length: ${CANARY}`, '', ''],
      '400',
    ],
    [
      'two lengths',
      ['POST /webhooks/twenty HTTP/1.1', 'Host: x', 'Content-Length: 1', 'Content-Length: 2', '', 'x'],
      '400',
    ],
    [
      'a length and chunks',
      ['POST /webhooks/twenty HTTP/1.1', 'Host: x', 'Content-Length: 1', 'Transfer-Encoding: chunked', '', '0', '', ''],
      '400',
    ],
    [
      'chunks that are none',
      ['POST /webhooks/twenty HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked', '', 'zz', CANARY, ''],
      '400',
    ],
    ['headers of a megabyte', ['GET /healthz HTTP/1.1', 'Host: x', `X: ${'x'.repeat(1 << 20)}`, '', ''], '431'],
    ['no host', ['GET /healthz HTTP/1.1', '', ''], '400'],
    ['a method that is none', [`${CANARY.toUpperCase()} / HTTP/1.1`, 'Host: x', '', ''], '400'],
    ['no words', ['\0\xff\xfe'], '400'],
  ])('%s: the connection ends, the server goes on', async (_what, message, outcome) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      answer += chunk;
    });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    // Who still sends when the server hangs up may be told so by a reset.
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(message.join('\r\n'), 'latin1');
    // Who has sent too little goes away; all others are told and hung up on.
    if (outcome === 'hangs up') socket.end();
    else socket.write('\r\n');
    await closed;
    if (outcome !== 'hangs up' && answer !== '') expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${outcome} `));
    expect(answer + JSON.stringify(lines)).not.toContain(CANARY);
    expect((await send({ path: '/healthz' })).status).toBe(200);
  });
});
