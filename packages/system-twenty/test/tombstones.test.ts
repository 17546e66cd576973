import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTwenty } from '../src/index.ts';
import { openProxy } from './proxy.ts';
import {
  delivery,
  names,
  only,
  openWorkspace,
  put,
  recordIdOf,
  SECRET,
  versionOf,
  type Workspace,
} from './workspace.ts';

const ada = { canonical_name: 'Ada Lovelace', given_name: 'Ada', family_name: 'Lovelace', emails: ['ada@example.com'] };

describe('tombstones', () => {
  let workspace: Workspace;
  beforeEach(async () => {
    workspace = await openWorkspace();
  });
  afterEach(() => workspace.close());

  it('delete softly, and keep contact and number', async () => {
    const { adapter } = workspace;
    const first = versionOf('1', 1, ada);
    const id = await put(adapter, first);
    const gone = versionOf('1', 2, null);
    expect(names(await adapter.apply([delivery(gone, first, id)]))).toEqual(['applied']);
    expect(await only(adapter, id)).toMatchObject({ deleted: true, contact_id: '1', version: 2 });
    expect(names(await adapter.apply([delivery(gone, first, id)]))).toEqual(['unchanged']);
    const back = versionOf('1', 3, { ...ada, job_title: 'Returned' });
    expect(names(await adapter.apply([delivery(back, gone, id)]))).toEqual(['applied']);
    expect(await only(adapter, id)).toMatchObject({ deleted: false, version: 3 });
  });

  it('are not written over by a late older version', async () => {
    const { adapter } = workspace;
    const first = versionOf('1', 1, ada);
    const id = await put(adapter, first);
    await adapter.apply([delivery(versionOf('1', 3, null), first, id)]);
    const late = versionOf('1', 2, { ...ada, job_title: 'late' });
    expect(names(await adapter.apply([delivery(late, first, id)]))).toEqual(['ahead']);
    expect(await only(adapter, id)).toMatchObject({ deleted: true });
  });

  it('stay deleted when a late write of another worker comes between the deletion and its number', async () => {
    const { adapter, twenty } = workspace;
    const first = versionOf('1', 1, ada);
    const id = await put(adapter, first);
    const connect = { apiKey: twenty.apiKey, webhookSecret: SECRET, requestsPerMinute: 1_000_000 };
    const ready = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const slowly = await openProxy(twenty.url, async ({ method }) => {
      if (method !== 'POST') return undefined;
      ready.resolve();
      await go.promise;
      return undefined;
    });
    const second = versionOf('1', 2, { ...ada, job_title: 'Analyst' });
    const late = createTwenty({ ...connect, url: slowly.url }).apply([delivery(second, first, id)]);
    const between = await openProxy(twenty.url, async ({ method }) => {
      if (method === 'PATCH') {
        go.resolve();
        await late;
      }
      return undefined;
    });
    await ready.promise;
    const third = versionOf('1', 3, null);
    const outcomes = await createTwenty({ ...connect, url: between.url }).apply([delivery(third, first, id)]);
    await Promise.all([slowly.close(), between.close()]);
    expect([names(await late), names(outcomes)]).toEqual([['applied'], ['applied']]);
    expect(await only(adapter, id)).toMatchObject({ deleted: true, version: 3 });
  });

  it('let a user who restores the person at once have it back', async () => {
    const { twenty, adapter, asUser } = workspace;
    const first = versionOf('1', 1, ada);
    const id = await put(adapter, first);
    const between = await openProxy(twenty.url, async ({ method }) => {
      if (method === 'PATCH')
        await asUser('PATCH', `/rest/restore/people?filter=${encodeURIComponent(`id[eq]:"${id}"`)}`);
      return undefined;
    });
    const connect = { url: between.url, apiKey: twenty.apiKey, webhookSecret: SECRET, requestsPerMinute: 1_000_000 };
    await createTwenty(connect).apply([delivery(versionOf('1', 2, null), first, id)]);
    await between.close();
    expect(await only(adapter, id)).toMatchObject({ deleted: false, version: 2 });
  });

  it('do not delete what a user edited meanwhile', async () => {
    const { adapter, asUser } = workspace;
    const first = versionOf('1', 1, ada);
    const id = await put(adapter, first);
    await asUser('PATCH', `/rest/people/${id}`, { jobTitle: 'Countess' });
    expect(names(await adapter.apply([delivery(versionOf('1', 2, null), first, id)]))).toEqual(['ahead']);
  });

  it('of contacts that Twenty never had change nothing', async () => {
    const outcomes = await workspace.adapter.apply([
      delivery(versionOf('1', 2, null)),
      delivery(versionOf('2', 2, null)),
    ]);
    expect(names(outcomes)).toEqual(['unchanged', 'unchanged']);
    expect(new Set(outcomes.map(recordIdOf)).size).toBe(2);
    expect(workspace.twenty.people()).toEqual([]);
  });

  it('give their primary email free', async () => {
    const { adapter } = workspace;
    const first = versionOf('1', 1, ada);
    const id = await put(adapter, first);
    await adapter.apply([delivery(versionOf('1', 2, null), first, id)]);
    expect(names(await adapter.apply([delivery(versionOf('2', 1, ada))]))).toEqual(['applied']);
    expect(await only(adapter, id)).toMatchObject({ deleted: true, version: 2 });
  });

  it('of a user are told by poll and by fetch, and so is a restore', async () => {
    const { adapter, asUser } = workspace;
    const first = versionOf('1', 1, ada);
    const id = await put(adapter, first);
    await asUser('DELETE', `/rest/people/${id}?soft_delete=true`);
    expect(await only(adapter, id)).toMatchObject({ deleted: true, contact_id: '1', version: 1 });
    expect((await adapter.changes(null, 10)).changes).toMatchObject([{ record_id: id, record: { deleted: true } }]);
    const gone = versionOf('1', 2, null);
    expect(names(await adapter.apply([delivery(gone, gone, id)]))).toEqual(['applied']);

    await asUser('PATCH', `/rest/restore/people?filter=${encodeURIComponent(`id[eq]:"${id}"`)}`);
    const { changes } = await adapter.changes(null, 10);
    expect(changes).toMatchObject([{ record_id: id, record: { deleted: false, version: 2 } }]);
    expect(adapter.lens.fromRecord(changes[0]?.record.fields ?? {}, first.content)).toEqual(first.content);
    expect(names(await adapter.apply([delivery(versionOf('1', 3, null), gone, id)]))).toEqual(['ahead']);
    const back = versionOf('1', 3, ada);
    expect(names(await adapter.apply([delivery(back, back, id)]))).toEqual(['applied']);
    expect(await only(adapter, id)).toMatchObject({ deleted: false, version: 3 });
  });

  it('of a user that the hub has not heard of are not undone by a delivery', async () => {
    const { adapter, asUser } = workspace;
    const first = versionOf('1', 1, ada);
    const id = await put(adapter, first);
    await asUser('DELETE', `/rest/people/${id}?soft_delete=true`);
    const second = versionOf('1', 2, { ...ada, job_title: 'Analyst' });
    expect(names(await adapter.apply([delivery(second, first, id)]))).toEqual(['ahead']);
    expect(names(await adapter.apply([delivery(first, first, id)]))).toEqual(['ahead']);
    expect(await only(adapter, id)).toMatchObject({ deleted: true, version: 1 });
  });

  it('for good leave nobody to fetch or to scan, and a tombstone then finds nothing to do', async () => {
    const { adapter, asUser, twenty } = workspace;
    const first = versionOf('1', 1, ada);
    const id = await put(adapter, first);
    await asUser('DELETE', `/rest/people/${id}`);
    expect(await adapter.fetch([id])).toEqual([]);
    expect((await adapter.scan(null, 10)).records).toEqual([]);
    expect((await adapter.changes(null, 10)).changes).toEqual([]);
    const gone = versionOf('1', 2, null);
    expect(await adapter.apply([delivery(gone, first, id)])).toEqual([
      { contact_id: '1', outcome: 'unchanged', record_id: id },
    ]);
    expect(twenty.people()).toEqual([]);
  });

  it('for good, of whom the hub has not heard, are followed by a new person for the same contact', async () => {
    const { adapter, asUser, twenty } = workspace;
    const first = versionOf('1', 1, ada);
    const id = await put(adapter, first);
    await asUser('DELETE', `/rest/people/${id}`);
    const second = versionOf('1', 2, { ...ada, job_title: 'Analyst' });
    const [outcome] = await adapter.apply([delivery(second, first, id)]);
    expect(outcome).toMatchObject({ outcome: 'applied' });
    const anew = recordIdOf(outcome);
    expect(anew).not.toBe(id);
    expect(twenty.people()).toMatchObject([{ id: anew, contactId: '1', syncVersion: 2, jobTitle: 'Analyst' }]);
  });

  it('of the hub go to the trash and never further, whatever it delivers', async () => {
    const { adapter, twenty } = workspace;
    const first = versionOf('1', 1, ada);
    const id = await put(adapter, first);
    for (const number of [2, 3]) await adapter.apply([delivery(versionOf('1', number, null), first, id)]);
    expect(twenty.people()).toMatchObject([{ id, contactId: '1', syncVersion: 3, deletedAt: expect.any(String) }]);
  });
});
