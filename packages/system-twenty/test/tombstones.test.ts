import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { delivery, names, only, openWorkspace, put, recordIdOf, versionOf, type Workspace } from './workspace.ts';

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
});
