import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Change, PermanentError } from '@contact-sync/sync';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTwenty, WebhookError } from '../src/index.ts';
import { recordingLines } from './proxy.ts';
import { openWorkspace, put, SECRET, until, versionOf, type Workspace } from './workspace.ts';

interface Sample {
  secret: string;
  headers: Record<string, string>;
  body: string;
}

// The shape of the recording.
const samples = recordingLines('webhooks.jsonl').map((line) => JSON.parse(line) as Sample);
const MINUTE = 60_000;

function refusal(run: () => unknown): [string, number] {
  try {
    run();
  } catch (error) {
    if (error instanceof WebhookError && error instanceof PermanentError) return [error.code, error.status];
    throw error;
  }
  throw new Error('it was taken');
}

describe('webhooks that a real server sent', () => {
  const parse = ({ secret, headers, body }: Sample, offsetMs = 0) =>
    createTwenty({ url: 'http://127.0.0.1:9', apiKey: '', webhookSecret: secret }).parseWebhook({
      rawBody: body,
      headers,
      now: Number(headers['x-twenty-webhook-timestamp']) + offsetMs,
    });

  it.each(samples.map((sample) => [/person\.\w+/.exec(sample.body)?.[0], sample] as const))(
    '%s is taken when it comes',
    (event, sample) => {
      const { record, record_id } = parse(sample);
      expect(sample.body).toContain(record_id);
      expect(record.deleted).toBe(event === 'person.deleted' || event === 'person.destroyed');
      expect(parse({ ...sample, body: sample.body }, 4 * MINUTE).key).toBe(parse(sample, -4 * MINUTE).key);
    },
  );

  it('tell who edited without the name', () => {
    expect(samples.map((sample) => parse(sample).record.last_updated_by)).toEqual([
      ...Array.from({ length: 5 }, () => 'twenty:API'),
      'twenty:MANUAL:20202020-0687-4c41-b707-ed1bfca972a7',
    ]);
  });

  it.each(samples.map((sample) => [sample] as const))('are refused when anything was tampered with', (sample) => {
    const { headers, body } = sample;
    const forged = ['WEBHOOK_FORGED', 401];
    const other = (name: string, value: string | undefined) => {
      const changed: Record<string, string> = { ...headers };
      delete changed[name];
      return { ...sample, headers: value === undefined ? changed : { ...changed, [name]: value } };
    };
    const signature = headers['x-twenty-webhook-signature'] ?? '';
    expect(refusal(() => parse({ ...sample, body: body.replace('"firstName":"', '"firstName":"X') }))).toEqual(forged);
    expect(refusal(() => parse({ ...sample, body: `${body} ` }))).toEqual(forged);
    expect(refusal(() => parse({ ...sample, secret: 'hub-secret-2' }))).toEqual(forged);
    expect(refusal(() => parse(other('x-twenty-webhook-signature', undefined)))).toEqual(forged);
    expect(refusal(() => parse(other('x-twenty-webhook-signature', 'abc')))).toEqual(forged);
    expect(
      refusal(() =>
        parse(other('x-twenty-webhook-signature', `0${signature.slice(1)}`.replace(signature, 'f'.repeat(64)))),
      ),
    ).toEqual(forged);
    expect(refusal(() => parse(other('x-twenty-webhook-timestamp', undefined)))).toEqual(forged);
    expect(refusal(() => parse(other('x-twenty-webhook-timestamp', '1795363196207')))).toEqual(forged);
  });

  it.each([6 * MINUTE, -6 * MINUTE])('are refused %i ms away from when they were signed', (offset) => {
    for (const sample of samples) expect(refusal(() => parse(sample, offset))).toEqual(['WEBHOOK_STALE', 401]);
  });
});

describe('webhooks of the sandbox', () => {
  const heard: { body: Buffer; headers: IncomingHttpHeaders }[] = [];
  const hub = createServer(async (request, response) => {
    heard.push({ body: await buffer(request), headers: request.headers });
    response.end();
  });
  let publicUrl: string;
  let workspace: Workspace;

  beforeAll(async () => {
    await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
    const address = hub.address();
    publicUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  });
  afterAll(() => {
    hub.close();
    hub.closeAllConnections();
  });
  beforeEach(async () => {
    workspace = await openWorkspace({ publicUrl });
    heard.length = 0;
  });
  afterEach(() => workspace.close());

  const told = (): Change[] =>
    heard.map(({ body, headers }) => workspace.adapter.parseWebhook({ rawBody: body, headers }));
  /** Twenty's times tell nothing smaller. */
  const millisecondsGoBy = async () => {
    const now = Date.now();
    await until(() => Date.now() > now + 1);
  };
  const events = () => heard.map(({ body }) => /person\.\w+/.exec(body.toString())?.[0]).sort();

  it('have the key under which the same state is polled', async () => {
    const { adapter, asUser } = workspace;
    await asUser('POST', '/rest/people', {
      name: { firstName: 'Ada' },
      phones: { primaryPhoneNumber: '+33612345678' },
    });
    await until(() => heard.length === 1);
    const { changes } = await adapter.changes(null, 100);
    expect(told()).toEqual(changes);
    expect(changes[0]?.record.last_updated_by).toMatch(/^twenty:MANUAL:[0-9a-f-]{36}$/);
  });

  it('come once for each write that changes something, and not for one that does not', async () => {
    const { adapter, asUser } = workspace;
    const id = await put(adapter, versionOf('1', 1, { canonical_name: 'Ada' }));
    await asUser('PATCH', `/rest/people/${id}`, { jobTitle: 'Countess' });
    await asUser('PATCH', `/rest/people/${id}`, { jobTitle: 'Countess' });
    await asUser('DELETE', `/rest/people/${id}?soft_delete=true`);
    await millisecondsGoBy();
    await asUser('PATCH', `/rest/restore/people?filter=${encodeURIComponent(`id[eq]:"${id}"`)}`);
    await millisecondsGoBy();
    await asUser('DELETE', `/rest/people/${id}`);
    await until(() => heard.length === 5);
    expect(events()).toEqual([
      'person.created',
      'person.deleted',
      'person.destroyed',
      'person.restored',
      'person.updated',
    ]);
    expect(told().filter(({ record }) => record.deleted)).toHaveLength(2);
    expect(new Set(told().map(({ key }) => key)).size).toBe(5);
  });

  it('tell a removal for good as a deleted record under its number, even from the trash', async () => {
    const { adapter, asUser } = workspace;
    const ids = [
      await put(adapter, versionOf('1', 3, { canonical_name: 'Ada' })),
      await put(adapter, versionOf('2', 4, { canonical_name: 'Byron' })),
    ];
    await asUser('DELETE', `/rest/people/${ids[1]}?soft_delete=true`);
    for (const id of ids) await asUser('DELETE', `/rest/people/${id}`);
    await until(() => events().filter((event) => event === 'person.destroyed').length === 2);
    const destroyed = told().filter((_, index) => heard[index]?.body.includes('person.destroyed'));
    expect(
      destroyed.map(({ record }) => [record.record_id, record.contact_id, record.version, record.deleted]).sort(),
    ).toEqual(
      [
        [ids[0], '1', 3, true],
        [ids[1], '2', 4, true],
      ].sort(),
    );
    expect(await adapter.fetch(ids)).toEqual([]);
  });

  it('tell a restore as the poll does: a living person under the number it had', async () => {
    const { adapter, asUser } = workspace;
    const id = await put(adapter, versionOf('1', 3, { canonical_name: 'Ada' }));
    await asUser('DELETE', `/rest/people/${id}?soft_delete=true`);
    await asUser('PATCH', `/rest/restore/people?filter=${encodeURIComponent(`id[eq]:"${id}"`)}`);
    await until(() => events().includes('person.restored'));
    const restored = told().filter((_, index) => heard[index]?.body.includes('person.restored'));
    expect(restored).toMatchObject([{ record_id: id, record: { deleted: false, contact_id: '1', version: 3 } }]);
    expect((await adapter.changes(null, 10)).changes).toEqual(restored);
  });

  it('get lost without a second try', async () => {
    const { asUser, twenty } = workspace;
    twenty.dropWebhooks(1);
    await asUser('POST', '/rest/people', { jobTitle: 'lost' });
    await asUser('POST', '/rest/people', { jobTitle: 'told' });
    await until(() => heard.length > 0);
    expect(heard.map(({ body }) => body.includes('told'))).toEqual([true]);
  });

  it('of something else than a person are malformed', async () => {
    const { createHmac } = await import('node:crypto');
    for (const body of [
      'no json',
      '[]',
      '{"eventName":"company.updated","record":{}}',
      '{"eventName":"person.updated"}',
    ]) {
      const timestamp = String(Date.now());
      const signature = createHmac('sha256', SECRET).update(`${timestamp}:${body}`).digest('hex');
      const headers = { 'x-twenty-webhook-timestamp': timestamp, 'x-twenty-webhook-signature': signature };
      expect(refusal(() => workspace.adapter.parseWebhook({ rawBody: body, headers }))).toEqual([
        'WEBHOOK_MALFORMED',
        400,
      ]);
    }
  });
});
