import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { canonicalJson, parseContent, timestamp } from '@contact-sync/contact';
import { type Change, SyncError } from '@contact-sync/sync';
import {
  ABSURD_DATES,
  ABSURD_VERSIONS,
  CANARY,
  contents,
  HOSTILE_JSON_TEXTS,
  hostileJson,
  hostileJsonText,
  hostileText,
  nestedText,
  worked,
} from '@contact-sync/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTwenty, WebhookError } from '../src/index.ts';
import { openWorkspace, SECRET, type Workspace } from './workspace.ts';

const NOW = Date.parse('2026-05-01T12:00:00Z');
const adapter = createTwenty({ url: 'http://127.0.0.1:2', apiKey: '', webhookSecret: SECRET, now: () => NOW });

/** As Twenty would send it: rightly signed. @returns the edit; or the refusal, after a look at what it says */
function told(body: string | Buffer): Change | WebhookError {
  const signature = createHmac('sha256', SECRET).update(`${NOW}:`).update(body).digest('hex');
  const headers = { 'x-twenty-webhook-timestamp': String(NOW), 'x-twenty-webhook-signature': signature };
  try {
    return adapter.parseWebhook({ rawBody: body, headers });
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error;
    expect(error.status).toBe(400);
    expect(error.message).not.toContain(CANARY);
    expect(error.cause).toBeUndefined();
    return error;
  }
}

const ID = '20202020-0687-4c41-b707-ed1bfca972a7';
const plain = {
  id: ID,
  createdAt: '2026-05-01T10:00:00.000Z',
  updatedAt: '2026-05-01T11:00:00.000Z',
  deletedAt: null,
  name: { firstName: 'Ada', lastName: 'Example' },
};
const event = (record: unknown) => JSON.stringify({ eventName: 'person.updated', record });

/** What ingest does with it: nothing here may throw, whatever it holds. */
function read({ record, key }: Change, base: Parameters<typeof adapter.lens.same>[1]): void {
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(record.record_id).toBe(ID);
  expect(Number.isSafeInteger(record.version) && record.version >= 0).toBe(true);
  canonicalJson(record.fields);
  adapter.lens.same(record.fields, base);
  for (const one of [null, base]) {
    const parsed = parseContent(
      adapter.lens.fromRecord(record.fields, one && adapter.lens.over(one, one, record.fields)),
    );
    if (!parsed.ok) expect(JSON.stringify(parsed.problems)).not.toContain(CANARY);
  }
}

const NAMES = [
  'name',
  'emails',
  'phones',
  'linkedinLink',
  'jobTitle',
  'llmContext',
  'contactId',
  'syncVersion',
  'syncMapping',
  'updatedBy',
  'deletedAt',
  'updatedAt',
  'createdAt',
  'id',
];
const spoilt = fc
  .array(fc.tuple(fc.constantFrom(...NAMES), hostileJson), { minLength: 1, maxLength: 3 })
  .map((fields) => ({ ...plain, ...Object.fromEntries(fields) }));

describe('the body of a webhook', () => {
  it('that is anything but an event of a person is refused, and nothing of it is told', () => {
    fc.assert(fc.property(hostileJsonText, (body) => void told(body)));
    for (const body of HOSTILE_JSON_TEXTS) expect(told(body)).toBeInstanceOf(WebhookError);
    expect(told(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0xed, 0xa0, 0x80]))).toBeInstanceOf(WebhookError);
  });

  it('of a person whose fields are spoilt is taken or refused, and what is taken can be decided over', () => {
    fc.assert(
      fc.property(spoilt, contents, (person, base) => {
        const change = told(event(person));
        if (!(change instanceof WebhookError) && person.id === ID) read(change, base);
      }),
      { numRuns: 200 },
    );
  });

  it('with an absurd time is refused, or taken as the instant that it is', () => {
    for (const time of ABSURD_DATES) {
      const change = told(event({ ...plain, updatedAt: time, createdAt: time, deletedAt: time }));
      if (!(change instanceof WebhookError)) expect(change.record.last_updated).toBe(timestamp(time));
    }
  });

  it('with an absurd version counts as never delivered, unless it is a number that versions have', () => {
    for (const text of ABSURD_VERSIONS)
      for (const json of [JSON.stringify(text), /^-?\d+(\.\d+)?(e\d+)?$/.test(text) ? text : 'null']) {
        const body = event({ ...plain, syncVersion: 7 }).replace('"syncVersion":7', () => `"syncVersion":${json}`);
        const change = told(body);
        if (!(change instanceof WebhookError)) expect(Number.isSafeInteger(change.record.version), text).toBe(true);
      }
  });

  it.each([
    ['nested 100,000 deep', nestedText(100_000)],
    ['of nested objects', nestedText(50_000, 'object')],
    ['of 300,000 numbers', `[${Array(300_000).fill(1).join()}]`],
    ['of an infinite number', '1e999'],
    ['of half a character', '"\\ud800"'],
    ['with keys of prototypes', '{"__proto__":{"x":1},"constructor":{"prototype":1},"toJSON":1}'],
    ['with a key twice', '{"k":"1","k":"2"}'],
  ])('of a person with JSON %s is taken, for the contact model to judge', (_what, json) => {
    const body = event({ ...plain, llmContext: 'X' }).replace('"X"', () => json);
    const change = told(body);
    if (change instanceof WebhookError) throw change;
    read(change, { canonical_name: 'Ada Example' });
  });
});

describe('a lens', () => {
  const MB = 1 << 19;
  it.each<[string, Record<string, unknown>]>([
    ['an address that is escaped again and again', { linkedinLink: { primaryLinkUrl: `a.b/%${'25'.repeat(MB)}` } }],
    ['an address of slashes', { linkedinLink: { primaryLinkUrl: `a.b${'/'.repeat(MB)}` } }],
    ['an email of signs', { emails: { primaryEmail: 'a@'.repeat(MB) } }],
    ['an email of dots', { emails: { primaryEmail: `a@${'.a-'.repeat(MB)}` } }],
    ['many emails', { emails: { additionalEmails: Array.from({ length: 200_000 }, (_, n) => `${n}@x`) } }],
    [
      'a number of digits',
      { phones: { primaryPhoneNumber: `+${'1 '.repeat(MB)}`, primaryPhoneCallingCode: '+'.repeat(MB) } },
    ],
    ['many numbers', { phones: { additionalPhones: Array.from({ length: 80_000 }, (_, n) => ({ number: `+${n}` })) } }],
    ['a name of blanks', { name: { firstName: ' '.repeat(MB), lastName: '\u00a0'.repeat(MB) } }],
  ])('reads %s of some megabytes without hanging', (_what, fields) => {
    const base = {
      canonical_name: 'Ada Example',
      emails: Array.from({ length: 500 }, (_, n) => `e${n}@example.com`),
      phones: Array.from({ length: 500 }, (_, n) => `+${n}`),
    };
    const start = worked();
    const change = told(event({ ...plain, ...fields }));
    if (change instanceof WebhookError) throw change;
    read(change, base);
    expect(worked() - start).toBeLessThan(2_500);
  });
});

describe('whatever answers in place of Twenty', () => {
  let answer: { status: number; body: string } = { status: 200, body: '' };
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(answer.status).end(answer.body));
  });
  let stranger: ReturnType<typeof createTwenty>;
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    stranger = createTwenty({ url, apiKey: 'key', webhookSecret: SECRET, requestsPerMinute: 1_000_000 });
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('what comes of it is people, or an error of ours without a word of it', async () => {
    const status = fc.constantFrom(200, 200, 200, 201, 204, 302, 400, 401, 404, 413, 429, 500, 503);
    const body = fc.oneof(
      hostileJsonText,
      hostileJsonText.map((json) => `{"data":{"people":[${json}]},"pageInfo":{"endCursor":${json || 'null'}}}`),
      hostileJsonText.map((json) => `{"messages":[${json}],"error":"${CANARY}","statusCode":"${CANARY}"}`),
      spoilt.map((person) => JSON.stringify({ data: { people: [person, person] }, pageInfo: { hasNextPage: true } })),
    );
    const calls = [() => stranger.fetch([ID]), () => stranger.changes(null, 10), () => stranger.scan(CANARY, 10)];
    await fc.assert(
      fc.asyncProperty(status, body, fc.constantFrom(...calls), async (code, text, call) => {
        answer = { status: code, body: code === 204 ? '' : text };
        const result: unknown = await call().catch((error: unknown) => error);
        if (!(result instanceof Error)) return;
        expect(result).toBeInstanceOf(SyncError);
        expect(`${result}`).not.toContain(CANARY);
      }),
      { numRuns: 120, endOnFailure: true },
    );
    expect((await stranger.health()).detail ?? '').not.toContain(CANARY);
  });

  it('pages without an end are not followed for ever', async () => {
    const pageInfo = { endCursor: 'again', hasNextPage: true };
    answer = { status: 200, body: JSON.stringify({ data: { people: [plain] }, pageInfo }) };
    await expect(stranger.fetch([ID])).rejects.toBeInstanceOf(SyncError);
  });
});

describe('in a workspace', () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await openWorkspace();
  });
  afterAll(() => workspace.close());

  it('spoilt people stop no page: all are read, by poll and by id', async () => {
    const texts = fc
      .sample(hostileText, { numRuns: 15, seed: 4 })
      .map((text) => text.slice(0, 5_000).replaceAll('\0', ''));
    const ids: string[] = [];
    for (const [index, text] of texts.entries()) {
      const deep: unknown = JSON.parse(nestedText(600, index % 2 === 0 ? 'array' : 'object'));
      const context = index % 3 === 0 ? deep : { [text.slice(0, 50)]: text };
      const answer = await workspace.asUser('POST', '/rest/people', {
        name: { firstName: text.toWellFormed(), lastName: 'Example' },
        jobTitle: text.toWellFormed(),
        llmContext: JSON.parse(JSON.stringify(context)),
        syncVersion: [-1, 1.5, 2 ** 53 + 6, 1e308][index % 4],
        contactId: index % 2 === 0 ? `${CANARY}${index}` : `${index}`,
      });
      ids.push(/"id":"([0-9a-f-]{36})"/.exec(JSON.stringify(answer))?.[1] ?? '');
    }
    const polled = await workspace.adapter.changes(null, 500);
    expect(new Set(polled.changes.map(({ record_id }) => record_id))).toEqual(new Set(ids));
    const fetched = await workspace.adapter.fetch(ids);
    expect(fetched).toHaveLength(ids.length);
  });
});
