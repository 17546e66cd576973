import {
  type Change,
  OutageError,
  PermanentError,
  type SystemRecord,
  ThrottledError,
  TransientError,
} from '@contact-sync/sync';
import { openHttpProxy } from '@contact-sync/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTwenty, type RecordProblem } from '../src/index.ts';
import { openProxy } from './proxy.ts';
import { delivery, names, only, openWorkspace, put, SECRET, versionOf, type Workspace } from './workspace.ts';

let workspace: Workspace;
let clock: number;
const problems: RecordProblem[] = [];
beforeEach(async () => {
  clock = Date.UTC(2026, 0, 1);
  problems.length = 0;
  workspace = await openWorkspace({ now: () => clock, onProblem: (problem) => problems.push(problem) });
});
afterEach(() => workspace.close());

const ada = { canonical_name: 'Ada' };

/** Reads a whole window, a page at a time. */
async function readAll(cursor: string | null, limit: number): Promise<{ changes: Change[]; cursor: string | null }> {
  const changes: Change[] = [];
  for (let at = cursor; ; ) {
    const page = await workspace.adapter.changes(at, limit);
    changes.push(...page.changes);
    at = page.cursor;
    if (!page.more) return { changes, cursor: at };
  }
}

describe('polling', () => {
  it('tells everything at first, then only what changed since, deleted people too', async () => {
    const { adapter, asUser } = workspace;
    const people = Array.from({ length: 25 }, (_, n) =>
      delivery(versionOf(String(n), 1, { canonical_name: `No. ${n}` })),
    );
    await adapter.apply(people);
    const first = await readAll(null, 10);
    expect(new Set(first.changes.map(({ record_id }) => record_id)).size).toBe(25);

    clock += 3_600_000;
    const idle = await readAll(first.cursor, 10);
    clock += 3_600_000;
    expect((await readAll(idle.cursor, 10)).changes).toEqual([]);
    const [one, two] = first.changes;
    await asUser('PATCH', `/rest/people/${one?.record_id}`, { jobTitle: 'edited' });
    clock += 1;
    await asUser('DELETE', `/rest/people/${two?.record_id}?soft_delete=true`);
    const then = await readAll(idle.cursor, 10);
    expect(then.changes.map(({ record_id, record }) => [record_id, record.deleted])).toEqual([
      [one?.record_id, false],
      [two?.record_id, true],
    ]);
    expect(first.changes.map(({ key }) => key)).not.toContain(then.changes[0]?.key);
  });

  it('gives the same keys again within the overlap, and misses no row of many in one millisecond', async () => {
    const { adapter } = workspace;
    await adapter.apply(Array.from({ length: 40 }, (_, n) => delivery(versionOf(String(n), 1, ada))));
    const first = await readAll(null, 7);
    const second = await readAll(first.cursor, 7);
    expect(first.changes).toHaveLength(40);
    expect(new Set(second.changes.map(({ key }) => key))).toEqual(new Set(first.changes.map(({ key }) => key)));
  });

  it('is not led astray by an updatedAt that somebody wrote into the future', async () => {
    const { adapter, asUser } = workspace;
    await put(adapter, versionOf('1', 1, ada));
    await asUser('POST', '/rest/people', { updatedAt: '2999-01-01T00:00:00.000Z' });
    const first = await readAll(null, 10);
    clock += 600_000;
    await asUser('POST', '/rest/people', { jobTitle: 'later' });
    expect((await readAll(first.cursor, 10)).changes.map(({ record }) => record.fields.jobTitle)).toContain('later');
  });

  it('reads a row that was edited while its window was read', async () => {
    const { adapter, asUser } = workspace;
    await adapter.apply(Array.from({ length: 4 }, (_, n) => delivery(versionOf(String(n), 1, ada))));
    const page = await adapter.changes(null, 2);
    clock += 1_000;
    await asUser('PATCH', `/rest/people/${page.changes[0]?.record_id}`, { jobTitle: 'meanwhile' });
    const rest = await readAll(page.cursor, 2);
    const next = await readAll(rest.cursor, 2);
    expect([...rest.changes, ...next.changes].map(({ record }) => record.fields.jobTitle)).toContain('meanwhile');
  });

  it('tells everything of an outage of days, though the hub is started anew in the middle of reading', async () => {
    const { adapter, asUser, twenty } = workspace;
    await adapter.apply(Array.from({ length: 240 }, (_, n) => delivery(versionOf(String(n), 1, ada))));
    const first = await readAll(null, 200);
    clock += 3_600_000;
    const before = await readAll(first.cursor, 200);
    const ids = twenty.people().map(({ id }) => id);
    const expected = new Map<string, string>();
    for (let day = 1; day <= 5; day++) {
      clock += 86_400_000;
      for (const id of ids.slice(day * 40, day * 40 + 25)) {
        await asUser('PATCH', `/rest/people/${id}`, { jobTitle: `day ${day}` });
        expected.set(id, `day ${day}`);
      }
    }
    const [trashed = '', restored = '', destroyed = ''] = ids;
    const restore = `/rest/restore/people?filter=${encodeURIComponent(`id[eq]:"${restored}"`)}`;
    await asUser('DELETE', `/rest/people/${trashed}?soft_delete=true`);
    await asUser('DELETE', `/rest/people/${restored}?soft_delete=true`);
    await asUser('PATCH', restore);
    await asUser('DELETE', `/rest/people/${destroyed}`);

    const heard = new Map<string, SystemRecord>();
    const hear = (changes: readonly Change[]) => {
      for (const { record } of changes) heard.set(record.record_id, record);
    };
    const page = await adapter.changes(before.cursor, 50);
    expect(page.more).toBe(true);
    hear(page.changes);
    // Away again for days, and edits go on: also of what was read already.
    clock += 2 * 86_400_000;
    const [again = ''] = page.changes.map(({ record_id }) => record_id);
    await asUser('PATCH', `/rest/people/${again}`, { jobTitle: 'while away' });
    expected.set(again, 'while away');
    clock += 3_600_000;

    const connect = { url: twenty.url, apiKey: twenty.apiKey, webhookSecret: SECRET, now: () => clock };
    const restarted = createTwenty({ ...connect, requestsPerMinute: 1_000_000 });
    for (let cursor = page.cursor, windows = 0; windows < 2; ) {
      const next = await restarted.changes(cursor, 50);
      hear(next.changes);
      cursor = next.cursor;
      if (!next.more) windows++;
    }
    for (const [id, jobTitle] of expected) expect(heard.get(id)?.fields).toMatchObject({ jobTitle });
    expect(heard.get(trashed)).toMatchObject({ deleted: true, version: 1 });
    expect(heard.get(restored)).toMatchObject({ deleted: false, version: 1 });
    expect(heard.has(destroyed)).toBe(false);
    expect(heard.size).toBeLessThan(150);
  });

  it('refuses a cursor of somebody else', async () => {
    await expect(workspace.adapter.changes('17', 10)).rejects.toMatchObject({ code: 'TWENTY_BAD_CURSOR' });
  });
});

describe('reading', () => {
  it('fetches any number of people, and leaves out who is not there', async () => {
    const { adapter } = workspace;
    const all = Array.from({ length: 60 }, (_, n) => delivery(versionOf(String(n), 1, ada)));
    await adapter.apply(all);
    const ids = workspace.twenty.people().map(({ id }) => id);
    const none = ['00000000-0000-4000-8000-000000000000', 'not an id of Twenty'];
    expect((await adapter.fetch([...ids, ...none])).map(({ record_id }) => record_id).sort()).toEqual(ids.sort());
    expect(await adapter.fetch([])).toEqual([]);
  });

  it('scans everybody in ascending order of ids over all pages, softly deleted people too', async () => {
    const { adapter, twenty, asUser } = workspace;
    await adapter.apply(Array.from({ length: 60 }, (_, n) => delivery(versionOf(String(n), 1, ada))));
    const [first, second] = twenty.people();
    await asUser('DELETE', `/rest/people/${first?.id}?soft_delete=true`);
    await asUser('DELETE', `/rest/people/${second?.id}`);
    const seen: SystemRecord[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof adapter.scan>> = await adapter.scan(cursor, 7);
      seen.push(...page.records);
      cursor = page.cursor;
    } while (cursor !== null);
    const ids = seen.map(({ record_id }) => record_id);
    expect(ids).toEqual(
      twenty
        .people()
        .map(({ id }) => id)
        .sort(),
    );
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(ids).toHaveLength(59);
    expect(seen.filter(({ deleted }) => deleted).map(({ record_id }) => record_id)).toEqual([first?.id]);
    expect(adapter.forgets_removed).toBe(true);
  });

  it('stops when people come in another order, where some would seem to be gone', async () => {
    const { adapter, twenty } = workspace;
    await adapter.apply(Array.from({ length: 2 }, (_, n) => delivery(versionOf(String(n), 1, ada))));
    const people = twenty.people().toSorted((a, b) => (a.id < b.id ? 1 : -1));
    const body = { data: { people }, pageInfo: { hasNextPage: false, endCursor: null } };
    const proxy = await openProxy(twenty.url, () => ({ status: 200, body }));
    try {
      const turned = createTwenty({ url: proxy.url, apiKey: twenty.apiKey, webhookSecret: SECRET });
      await expect(turned.scan(null, 10)).rejects.toMatchObject({ code: 'TWENTY_UNEXPECTED_ANSWER' });
    } finally {
      await proxy.close();
    }
  });

  it('reports sync fields that somebody wrote into, reads them as empty, and the next write mends them', async () => {
    const { adapter, asUser } = workspace;
    const first = versionOf('1', 1, ada);
    const id = await put(adapter, first);
    await asUser('PATCH', `/rest/people/${id}`, { contactId: 'c-2', syncVersion: 1.5 });
    expect(await only(adapter, id)).toMatchObject({ contact_id: null, version: 0 });
    expect(problems.map(({ code }) => code)).toEqual(['INVALID_CONTACT_ID', 'INVALID_SYNC_VERSION']);
    expect(names(await adapter.apply([delivery(first, first, id)]))).toEqual(['applied']);
    expect(await only(adapter, id)).toMatchObject({ contact_id: '1', version: 1 });
  });
});

describe('when Twenty does not serve', () => {
  it('an outage is told from what a contact is to blame for', async () => {
    const { adapter, twenty } = workspace;
    twenty.setDown(true);
    await expect(adapter.apply([delivery(versionOf('1', 1, ada))])).rejects.toBeInstanceOf(OutageError);
    expect(await adapter.health()).toMatchObject({ ok: false, detail: 'Twenty answered 503' });
    twenty.setDown(false);
    expect(await adapter.health()).toMatchObject({ ok: true, detail: null });
    await put(adapter, versionOf('1', 1, ada));
  });

  it.each([120_000, -120_000])('its clock is found wrong by %i ms, and unknown where it tells none', async (wrong) => {
    const proxy = await openHttpProxy(workspace.twenty.url);
    const { apiKey } = workspace.twenty;
    const adapter = createTwenty({ url: proxy.url, apiKey, webhookSecret: SECRET, now: () => clock });
    try {
      proxy.redate((date) => new Date(Date.parse(date) + wrong).toUTCString());
      const { skew_ms, latency_ms } = await adapter.health();
      expect(Math.abs((skew_ms ?? Number.NaN) - wrong)).toBeLessThanOrEqual(latency_ms / 2 + 1_000);
      proxy.redate(() => null);
      expect(await adapter.health()).toMatchObject({ ok: true, skew_ms: null });
      proxy.redate((date) => date);
      await proxy.cut();
      expect(await adapter.health()).toMatchObject({ ok: false, skew_ms: null });
    } finally {
      await proxy.close();
    }
  });

  it('a wrong key is an outage with advice', async () => {
    const wrong = createTwenty({ url: workspace.twenty.url, apiKey: 'wrong', webhookSecret: SECRET });
    const failure = { code: 'TWENTY_UNAUTHORIZED', advice: expect.stringContaining('API key') };
    await expect(wrong.fetch(['00000000-0000-4000-8000-000000000000'])).rejects.toMatchObject(failure);
  });

  it('nobody listening is an outage', async () => {
    const proxy = await openProxy(workspace.twenty.url, () => undefined);
    await proxy.close();
    const nobody = createTwenty({ url: proxy.url, apiKey: 'key', webhookSecret: SECRET });
    await expect(nobody.scan(null, 10)).rejects.toMatchObject({ name: 'OutageError', code: 'TWENTY_UNREACHABLE' });
  });

  it.each(['lose', 'hang'] as const)('a write whose answer is lost (%s) may be repeated', async (how) => {
    let broken = true;
    const proxy = await openProxy(workspace.twenty.url, ({ method }) =>
      method === 'POST' && broken ? how : undefined,
    );
    const connect = { url: proxy.url, apiKey: workspace.twenty.apiKey, webhookSecret: SECRET };
    const adapter = createTwenty({ ...connect, timeoutMs: 250 });
    try {
      const wanted = delivery(versionOf('1', 1, ada));
      await expect(adapter.apply([wanted])).rejects.toBeInstanceOf(TransientError);
      broken = false;
      expect(names(await adapter.apply([wanted]))).toEqual([how === 'lose' ? 'unchanged' : 'applied']);
      expect(workspace.twenty.people()).toHaveLength(1);
    } finally {
      await proxy.close();
    }
  });

  it('the allowance is kept on this side, and a refusal on the other holds everybody back', async () => {
    const limited = await openWorkspace({ serverPerMinute: 10, requestsPerMinute: 5, maxWaitMs: 0, now: () => clock });
    try {
      const ids = ['00000000-0000-4000-8000-000000000000'];
      for (let spent = 0; spent < 5; spent++) await limited.adapter.fetch(ids);
      const failure: unknown = await limited.adapter.fetch(ids).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ThrottledError);
      expect(failure).toMatchObject({ code: 'TWENTY_BUDGET_SPENT', retryAfterMs: 12_000 });

      const greedy = createTwenty({
        url: limited.twenty.url,
        apiKey: 'key',
        webhookSecret: SECRET,
        maxWaitMs: 0,
        now: () => clock,
      });
      for (let spent = 0; spent < 5; spent++) await greedy.fetch(ids);
      await expect(greedy.fetch(ids)).rejects.toMatchObject({ code: 'TWENTY_THROTTLED' });
      await expect(greedy.fetch(ids)).rejects.toMatchObject({ code: 'TWENTY_BUDGET_SPENT' });
      expect(await greedy.health()).toMatchObject({ ok: true });
      clock += 60_000;
      expect(await greedy.fetch(ids)).toEqual([]);
    } finally {
      await limited.close();
    }
  });

  it('a field that somebody removed is a missing schema and nobody’s fault', async () => {
    const body = {
      statusCode: 400,
      error: 'BadRequestException',
      messages: ['Object person doesn\'t have any "syncVersion" field.'],
    };
    const proxy = await openProxy(workspace.twenty.url, ({ method }) =>
      method === 'POST' ? { status: 400, body } : undefined,
    );
    const adapter = createTwenty({ url: proxy.url, apiKey: workspace.twenty.apiKey, webhookSecret: SECRET });
    try {
      const failure = adapter.apply([delivery(versionOf('1', 1, ada))]);
      await expect(failure).rejects.not.toBeInstanceOf(PermanentError);
      await expect(failure).rejects.toMatchObject({ code: 'TWENTY_SCHEMA' });
    } finally {
      await proxy.close();
    }
  });
});
