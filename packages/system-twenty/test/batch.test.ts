import { ThrottledError } from '@contact-sync/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTwenty } from '../src/index.ts';
import { openProxy, recorded } from './proxy.ts';
import { delivery, names, only, openWorkspace, put, SECRET, versionOf, type Workspace } from './workspace.ts';

const ada = { canonical_name: 'Ada Lovelace', given_name: 'Ada', family_name: 'Lovelace', emails: ['ada@example.com'] };

describe('a batch with bad rows', () => {
  let workspace: Workspace;
  beforeEach(async () => {
    workspace = await openWorkspace();
  });
  afterEach(() => workspace.close());

  it('fails for those alone who want the primary email of somebody else, and never takes the other over', async () => {
    const { adapter } = workspace;
    const first = versionOf('1', 1, ada);
    const id = await put(adapter, first);
    const rows = ['2', '3', '4'].map((n) =>
      delivery(
        versionOf(
          n,
          1,
          n === '3' ? { canonical_name: 'Imposter', emails: ['ADA@example.com'] } : { canonical_name: n },
        ),
      ),
    );
    const outcomes = await adapter.apply(rows);
    const byContact = new Map(outcomes.map((outcome) => [outcome.contact_id as string, outcome]));
    expect(byContact.get('3')).toMatchObject({
      outcome: 'rejected',
      error: { code: 'TWENTY_EMAIL_TAKEN', field: 'emails.0' },
    });
    expect(byContact.get('2')).toMatchObject({ outcome: 'applied' });
    expect(byContact.get('4')).toMatchObject({ outcome: 'applied' });
    expect(await only(adapter, id)).toMatchObject({ contact_id: '1', version: 1 });
  });

  it('lets one take the primary email that another of the batch gives up', async () => {
    const { adapter } = workspace;
    const first = versionOf('1', 1, ada);
    await put(adapter, first);
    const moved = versionOf('1', 2, { ...ada, emails: ['king@example.com'] });
    const taker = versionOf('2', 1, { canonical_name: 'Byron', emails: ['ada@example.com'] });
    const outcomes = await adapter.apply([delivery(taker), delivery(moved, first)]);
    expect(new Set(names(outcomes))).toEqual(new Set(['applied']));
    expect(workspace.twenty.people()).toHaveLength(2);
  });

  it('lets a chain of three move up, and names both of two who would swap', async () => {
    const { adapter } = workspace;
    const emailed = (id: string, version: number, email: string) =>
      versionOf(id, version, { canonical_name: `No. ${id}`, emails: [`${email}@example.com`] });
    const before = ['1', '2', '3', '4', '5'].map((id) => emailed(id, 1, id));
    await adapter.apply(before.map((version) => delivery(version)));
    const after = [
      emailed('1', 2, '2'),
      emailed('2', 2, '3'),
      emailed('3', 2, 'new'),
      emailed('4', 2, '5'),
      emailed('5', 2, '4'),
    ];
    const outcomes = await adapter.apply(after.map((version, index) => delivery(version, before[index] ?? null)));
    const byContact = Object.fromEntries(outcomes.map((outcome) => [outcome.contact_id, ...names([outcome])]));
    const [moved, stuck] = ['applied', 'TWENTY_EMAIL_TAKEN'];
    expect(byContact).toEqual({ '1': moved, '2': moved, '3': moved, '4': stuck, '5': stuck });
  });

  it('writes all of a person who was deleted for good between the look and the write', async () => {
    const first = versionOf('1', 1, ada);
    const id = await put(workspace.adapter, first);
    let once = false;
    const proxy = await openProxy(workspace.twenty.url, async ({ method }) => {
      if (method === 'POST' && !once) {
        once = true;
        await workspace.asUser('DELETE', `/rest/people/${id}`);
      }
      return undefined;
    });
    const adapter = createTwenty({ url: proxy.url, apiKey: workspace.twenty.apiKey, webhookSecret: SECRET });
    try {
      const second = versionOf('1', 2, { ...ada, job_title: 'Countess' });
      expect(names(await adapter.apply([delivery(second, first, id)]))).toEqual(['applied']);
      const record = await only(adapter, id);
      expect(second.content && adapter.lens.same(record.fields, second.content)).toBe(true);
    } finally {
      await proxy.close();
    }
  });

  it('that dies right after such a write leaves a person who lacks something, and is no edit', async () => {
    const first = versionOf('1', 1, ada);
    const id = await put(workspace.adapter, first);
    let posts = 0;
    const proxy = await openProxy(workspace.twenty.url, async ({ method }) => {
      if (method !== 'POST') return undefined;
      posts += 1;
      if (posts > 1) return { status: 503, body: {} };
      await workspace.asUser('DELETE', `/rest/people/${id}`);
      return undefined;
    });
    const second = versionOf('1', 2, { ...ada, job_title: 'Countess' });
    const dying = createTwenty({ url: proxy.url, apiKey: workspace.twenty.apiKey, webhookSecret: SECRET });
    try {
      await expect(dying.apply([delivery(second, first, id)])).rejects.toMatchObject({ code: 'TWENTY_UNAVAILABLE' });
    } finally {
      await proxy.close();
    }
    const { adapter } = workspace;
    const record = await only(adapter, id);
    expect(record).toMatchObject({ version: 2, incomplete: true });
    expect(second.content && adapter.lens.same(record.fields, second.content)).toBe(true);
    expect(names(await adapter.apply([delivery(second, second, id)]))).toEqual(['applied']);
    const whole = await only(adapter, id);
    expect(whole).not.toHaveProperty('incomplete');
    expect(adapter.lens.fromRecord(whole.fields, null)).toEqual(second.content);
  });

  const batch = (size: number) =>
    Array.from({ length: size }, (_, n) =>
      delivery(versionOf(String(n), 1, { canonical_name: `No. ${n}`, emails: [`c${n}@example.com`] })),
    );

  it('fails for those alone whom Twenty refuses, wherever they stand', async () => {
    const refusal = recorded('national phone without country');
    const proxy = await openProxy(workspace.twenty.url, ({ body }) =>
      /"contactId":"(25|38)"/.test(body) ? refusal : undefined,
    );
    const adapter = createTwenty({
      url: proxy.url,
      apiKey: workspace.twenty.apiKey,
      webhookSecret: SECRET,
      requestsPerMinute: 1_000,
    });
    try {
      const outcomes = await adapter.apply(batch(60));
      const odd = outcomes.filter(({ outcome }) => outcome !== 'applied');
      const error = { code: 'TWENTY_REFUSED', field: 'phones' };
      expect(odd.sort((a, b) => Number(a.contact_id) - Number(b.contact_id))).toMatchObject([
        { contact_id: '25', outcome: 'rejected', error },
        { contact_id: '38', outcome: 'rejected', error },
      ]);
      expect(outcomes).toHaveLength(60);
      expect(workspace.twenty.people()).toHaveLength(58);
      expect(proxy.requests()).toBeLessThan(60);
    } finally {
      await proxy.close();
    }
  });

  it('that is too large for a proxy is halved until it fits, and a single row that never fits is refused', async () => {
    const proxy = await openProxy(workspace.twenty.url, ({ body }) =>
      body.length > 6_000 ? { status: 413, body: {} } : undefined,
    );
    const { apiKey } = workspace.twenty;
    const adapter = createTwenty({ url: proxy.url, apiKey, webhookSecret: SECRET, requestsPerMinute: 1_000 });
    try {
      const large = versionOf('99', 1, { canonical_name: 'Large', llm_context: { how_met: 'x'.repeat(7_000) } });
      const outcomes = await adapter.apply([...batch(59), delivery(large)]);
      expect(outcomes).toHaveLength(60);
      expect(outcomes.filter(({ outcome }) => outcome !== 'applied')).toMatchObject([
        { contact_id: '99', outcome: 'rejected', error: { code: 'TWENTY_TOO_LARGE' } },
      ]);
      expect(workspace.twenty.people()).toHaveLength(59);
    } finally {
      await proxy.close();
    }
  });

  it('is sent in bodies that no usual limit refuses', async () => {
    let largest = 0;
    const proxy = await openProxy(workspace.twenty.url, ({ body }) => {
      largest = Math.max(largest, Buffer.byteLength(body));
      return undefined;
    });
    const { apiKey } = workspace.twenty;
    const adapter = createTwenty({ url: proxy.url, apiKey, webhookSecret: SECRET, requestsPerMinute: 1_000 });
    const llm_context = { how_met: 'ü'.repeat(95_000) };
    const versions = Array.from({ length: 50 }, (_, n) =>
      versionOf(String(n), 1, { canonical_name: `No. ${n}`, llm_context }),
    );
    try {
      expect(new Set(names(await adapter.apply(versions.map((one) => delivery(one)))))).toEqual(new Set(['applied']));
      expect(largest).toBeGreaterThan(4_000_000);
      expect(largest).toBeLessThan(8_400_000);
    } finally {
      await proxy.close();
    }
  });

  it('finds the person that another worker has made for the same contact meanwhile', async () => {
    const version = versionOf('1', 1, ada);
    let isFirst = true;
    const proxy = await openProxy(workspace.twenty.url, async ({ method }) => {
      if (method === 'POST' && isFirst) {
        isFirst = false;
        await put(workspace.adapter, version);
      }
      return undefined;
    });
    const { apiKey } = workspace.twenty;
    const adapter = createTwenty({ url: proxy.url, apiKey, webhookSecret: SECRET });
    try {
      expect(names(await adapter.apply([delivery(version)]))).toEqual(['applied']);
      expect(workspace.twenty.people()).toHaveLength(1);
    } finally {
      await proxy.close();
    }
  });

  it('gets through with many bad rows although the allowance ends half-way', async () => {
    let clock = Date.UTC(2026, 0, 1);
    const refusal = recorded('national phone without country');
    const proxy = await openProxy(workspace.twenty.url, ({ body }) =>
      body.includes('contactId') ? refusal : undefined,
    );
    const limited = { requestsPerMinute: 50, maxWaitMs: 0, now: () => clock };
    const adapter = createTwenty({
      url: proxy.url,
      apiKey: workspace.twenty.apiKey,
      webhookSecret: SECRET,
      ...limited,
    });
    try {
      let rounds = 0;
      for (; ; rounds++) {
        try {
          const outcomes = await adapter.apply(batch(60));
          expect(new Set(names(outcomes))).toEqual(new Set(['TWENTY_REFUSED']));
          break;
        } catch (error) {
          expect(error).toBeInstanceOf(ThrottledError);
          clock += 60_000;
        }
        expect(rounds).toBeLessThan(20);
      }
      expect(rounds).toBeGreaterThan(0);
    } finally {
      await proxy.close();
    }
  });

  it('sees who came to have the primary email between the look and the write', async () => {
    let once = false;
    const proxy = await openProxy(workspace.twenty.url, async ({ method }) => {
      if (method !== 'POST' || once) return undefined;
      once = true;
      await workspace.asUser('POST', '/rest/people', { emails: { primaryEmail: 'c7@example.com' } });
      return undefined;
    });
    const adapter = createTwenty({ url: proxy.url, apiKey: workspace.twenty.apiKey, webhookSecret: SECRET });
    try {
      const outcomes = await adapter.apply(batch(20));
      const odd = outcomes.filter(({ outcome }) => outcome !== 'applied');
      expect(odd).toMatchObject([{ contact_id: '7', error: { code: 'TWENTY_EMAIL_TAKEN' } }]);
      expect(workspace.twenty.people().filter(({ contactId }) => contactId !== '')).toHaveLength(19);
    } finally {
      await proxy.close();
    }
  });
});
