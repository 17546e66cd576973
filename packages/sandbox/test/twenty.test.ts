import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTwenty, type Twenty } from '../src/twenty/index.ts';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

let twenty: Twenty;
beforeEach(async () => {
  twenty = await startTwenty({ apiKey: 'key', requestsPerMinute: 10_000, webhookDelayMs: 5 });
  const { body } = await ask('GET', '/rest/metadata/objects');
  const [object] = dataOf<{ id: string }>(body, 'objects');
  const field = { objectMetadataId: object?.id, label: 'x' };
  await ask('POST', '/rest/metadata/fields', { ...field, name: 'contactId', type: 'TEXT', isUnique: true });
  await ask('POST', '/rest/metadata/fields', { ...field, name: 'context', type: 'RAW_JSON' });
});
afterEach(() => twenty.close());

async function ask(method: string, path: string, body?: unknown, token = 'key'): Promise<Answer> {
  const answer = await fetch(twenty.url + path, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}

const upsert = (rows: readonly unknown[]) => ask('POST', '/rest/batch/people?upsert=true', rows);

/** The list under `data.<name>`; the tests know what they asked for. */
function dataOf<T>(body: unknown, name: string): T[] {
  const list: unknown = Reflect.get(Object(Reflect.get(Object(body), 'data')), name);
  if (!Array.isArray(list)) throw new Error(`no ${name}: ${JSON.stringify(body)}`);
  return list;
}

const contactIds = ({ body }: Answer, name: string) =>
  dataOf<{ contactId: string }>(body, name).map(({ contactId }) => contactId);
const listed = async (query: string) => contactIds(await ask('GET', `/rest/people?${query}`), 'people').sort();
const filter = (condition: string) => `filter=${encodeURIComponent(condition)}`;

describe('a batch upsert', () => {
  it('answers updates first, repeats once, then inserts', async () => {
    await upsert([{ contactId: '1' }, { contactId: '2' }]);
    const answer = await upsert([{ contactId: '3' }, { contactId: '2' }, { contactId: '1' }, { contactId: '2' }]);
    expect(contactIds(answer, 'createPeople')).toEqual(['2', '1', '3']);
  });

  it('leaves its updates standing when an insert fails, and tells nobody', async () => {
    const heard: string[] = [];
    const hub = createServer(async (request, response) => {
      heard.push(await text(request));
      response.end();
    });
    await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
    const address = hub.address();
    const targetUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
    try {
      await upsert([{ contactId: '1' }]);
      await ask('POST', '/rest/webhooks', { targetUrl, operations: ['person.*'], secret: 's' });
      const failed = await upsert([{ contactId: '1', jobTitle: 'stands' }, { contactId: '9' }, { contactId: '9' }]);
      expect(failed.status).toBe(400);
      expect(twenty.people()).toMatchObject([{ contactId: '1', jobTitle: 'stands' }]);
      const told = new Promise<void>((resolve) => hub.once('request', () => resolve()));
      await ask('POST', '/rest/people', { jobTitle: 'told' });
      await told;
      expect(twenty.people()).toHaveLength(2);
    } finally {
      hub.close();
      hub.closeAllConnections();
    }
    expect(heard.some((body) => body.includes('stands'))).toBe(false);
  });

  it('matches by primary email, ignores an id that then differs, and revives', async () => {
    const emails = { primaryEmail: 'Ada@Example.com' };
    await upsert([{ contactId: '1', emails }]);
    const [ada] = twenty.people();
    await ask('DELETE', `/rest/people/${ada?.id}?soft_delete=true`);
    await upsert([{ id: '00000000-0000-4000-8000-000000000000', emails, jobTitle: 'back' }]);
    expect(twenty.people()).toMatchObject([{ id: ada?.id, contactId: '1', jobTitle: 'back', deletedAt: null }]);
  });

  it('refuses keys that match different people', async () => {
    await upsert([{ contactId: '1', emails: { primaryEmail: 'a@example.com' } }, { contactId: '2' }]);
    expect((await upsert([{ contactId: '2', emails: { primaryEmail: 'a@example.com' } }])).status).toBe(400);
  });
});

describe('filters', () => {
  beforeEach(async () => {
    await upsert([
      { contactId: '1', emails: { primaryEmail: 'a@example.com' } },
      { contactId: '2', jobTitle: 'CEO, "acting" (for now)' },
      { contactId: '3' },
    ]);
    await ask(
      'DELETE',
      `/rest/people/${twenty.people().find(({ contactId }) => contactId === '3')?.id}?soft_delete=true`,
    );
  });

  it.each([
    ['contactId[in]:["1","2","3"]', ['1', '2']],
    ['emails.primaryEmail[eq]:a@example.com', ['1']],
    ['or(contactId[eq]:"2",emails.primaryEmail[in]:["a@example.com"])', ['1', '2']],
    ['and(jobTitle[is]:NOT_NULL,contactId[in]:[1,2])', ['2']],
    ['or(jobTitle[eq]:"a, (b) [c]",and(contactId[eq]:1,or(jobTitle[is]:NULL,id[is]:NULL)))', ['1']],
    ['or(deletedAt[is]:NULL,deletedAt[is]:NOT_NULL)', ['1', '2', '3']],
    ['updatedAt[gte]:"2999-01-01T00:00:00Z"', []],
  ])('%s', async (condition, expected) => {
    expect(await listed(filter(condition))).toEqual(expected);
  });

  it('in the bracket form are silently ignored', async () => {
    expect(await listed('filter[updatedAt][gte]=2999-01-01T00:00:00Z')).toEqual(['1', '2']);
  });
});

describe('values', () => {
  it('are stored in Twenty’s spelling', async () => {
    await ask('POST', '/rest/people', {
      name: null,
      emails: { primaryEmail: 'A@B.co' },
      linkedinLink: { primaryLinkUrl: 'https://LinkedIn.com/in/A/' },
      phones: { primaryPhoneNumber: '612345678', primaryPhoneCountryCode: 'FR' },
      jobTitle: 'a\ud800b',
      context: { bb: 1, a: 1.0 },
    });
    expect(twenty.people()).toMatchObject([
      {
        name: { firstName: '', lastName: '' },
        emails: { primaryEmail: 'a@b.co' },
        linkedinLink: { primaryLinkUrl: 'https://linkedin.com/in/A' },
        phones: { primaryPhoneNumber: '612345678', primaryPhoneCallingCode: '+33' },
        jobTitle: 'a\ufffdb',
      },
    ]);
    expect(JSON.stringify(twenty.people()[0]?.context)).toBe('{"a":1,"bb":1}');
  });

  it.each([
    { linkedinLink: { primaryLinkUrl: 'ada on linkedin' } },
    { linkedinLink: { primaryLinkUrl: 'https://user:secret@linkedin.com/in/ada' } },
    { linkedinLink: { primaryLinkUrl: '', secondaryLinks: [{ url: 'ada' }] } },
    { phones: { primaryPhoneNumber: '612345678', primaryPhoneCallingCode: '+3' } },
    { phones: { additionalPhones: [{ number: '0612345678' }] } },
    { emails: { primaryEmail: 'ada' } },
    { emails: { secondEmail: 'ada@example.com' } },
    { name: { firstName: 1 } },
    { id: 'ada' },
  ])('such as %j are refused', async (row) => {
    expect((await ask('POST', '/rest/people', row)).status).toBe(400);
    expect(twenty.people()).toEqual([]);
  });

  it('with NUL fail on the server', async () => {
    expect((await ask('POST', '/rest/people', { jobTitle: 'a\u0000b' })).status).toBe(500);
  });
});

it('a field that was removed is missing, unknown, and empty when it is created again', async () => {
  await upsert([{ contactId: '1', context: { a: 1 } }]);
  twenty.removeField('context');
  const { body } = await ask('GET', '/rest/people');
  expect(Object.keys(Object(dataOf(body, 'people')[0]))).not.toContain('context');
  expect((await upsert([{ contactId: '1', context: { a: 1 } }])).status).toBe(400);
  const { body: objects } = await ask('GET', '/rest/metadata/objects');
  const [object] = dataOf<{ id: string }>(objects, 'objects');
  const field = { objectMetadataId: object?.id, label: 'x', name: 'context', type: 'RAW_JSON' };
  expect((await ask('POST', '/rest/metadata/fields', field)).status).toBe(201);
  expect(twenty.people()).toMatchObject([{ contactId: '1', context: null }]);
});

it('pages default to 60 and never exceed 200', async () => {
  for (const part of [0, 1])
    await upsert(Array.from({ length: 150 }, (_, row) => ({ contactId: String(part * 150 + row) })));
  expect(await listed('')).toHaveLength(60);
  expect(await listed('limit=1000')).toHaveLength(200);
});

it('a user acts under a name, the key does not', async () => {
  await ask('POST', '/rest/people', {}, twenty.userToken);
  expect(twenty.people()).toMatchObject([{ updatedBy: { source: 'MANUAL', name: 'Sample User' } }]);
});

it.each([
  ['GET', '/rest/companies'],
  ['GET', '/rest/people?order_by=createdAt'],
  ['GET', '/rest/people?filter=name[like]:x'],
  ['GET', '/rest/people?filter=name'],
  ['GET', '/rest/people?filter=and(jobTitle[eq]:x'],
  ['GET', '/rest/people?filter=jobTitle[eq]:x)'],
  ['GET', '/rest/people?filter=jobTitle[is]:EMPTY'],
  ['POST', '/graphql'],
])('%s %s is refused loudly: nobody has observed it', async (method, path) => {
  expect((await ask(method, path)).status).toBe(501);
});

it('is down while it is told to be', async () => {
  twenty.setDown(true);
  expect((await ask('GET', '/rest/people')).status).toBe(503);
  twenty.setDown(false);
  expect((await ask('GET', '/rest/people')).status).toBe(200);
});
