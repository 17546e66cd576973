import type { Content } from '@contact-sync/contact';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordProblem } from '../src/index.ts';
import { delivery, names, only, openWorkspace, put, recordIdOf, versionOf, type Workspace } from './workspace.ts';

const ada: Content = {
  canonical_name: 'Ada Lovelace',
  given_name: 'Ada',
  family_name: 'Lovelace',
  job_title: 'Countess',
  llm_context: { how_met: 'by letter' },
};

let workspace: Workspace;
const problems: RecordProblem[] = [];
beforeEach(async () => {
  problems.length = 0;
  workspace = await openWorkspace({ onProblem: (problem) => problems.push(problem) });
});
afterEach(() => workspace.close());

const edit = (id: string, values: Record<string, unknown>) => workspace.asUser('PATCH', `/rest/people/${id}`, values);

/** A person that a user makes, as the hub reads it. */
async function born(values: Record<string, unknown>) {
  const before = new Set(workspace.twenty.people().map(({ id }) => id));
  await workspace.asUser('POST', '/rest/people', values);
  const id = workspace.twenty.people().find((person) => !before.has(person.id))?.id ?? '';
  return only(workspace.adapter, id);
}

describe('a person whom a user makes', () => {
  it('is a contact without an id, also as a copy of another that has one', async () => {
    const { adapter, twenty } = workspace;
    const id = await put(adapter, versionOf('1', 3, ada));
    const original = new Map(twenty.people().map((person) => [person.id, person])).get(id);
    if (!original) throw new Error('it is not there');
    const { name, jobTitle, llmContext, syncVersion, syncUpdatedAt, syncMapping } = original;
    const copy = await born({ name, jobTitle, llmContext, syncVersion, syncUpdatedAt, syncMapping });
    expect(copy).toMatchObject({ contact_id: null, deleted: false });
    expect(adapter.lens.fromRecord(copy.fields, null)).toMatchObject(ada);
    // The hub has given it a contact of its own, and says so.
    const accepted = versionOf('2', copy.version + 1, ada);
    expect(names(await adapter.apply([delivery(accepted, accepted, copy.record_id)]))).toEqual(['applied']);
    expect(await only(adapter, copy.record_id)).toMatchObject({ contact_id: '2', version: copy.version + 1 });
    expect(await only(adapter, id)).toMatchObject({ contact_id: '1', version: 3 });
  });

  it('cannot carry the contactId of another', async () => {
    await put(workspace.adapter, versionOf('1', 1, ada));
    await expect(born({ contactId: '1' })).rejects.toThrow('duplicate');
    expect(workspace.twenty.people()).toHaveLength(1);
  });

  it('may claim a contact that Twenty does not have: what it lacks is the contact\u2019s, and nobody is emptied', async () => {
    const { adapter } = workspace;
    const claiming = await born({ contactId: '7', name: { firstName: 'Ada', lastName: 'King' } });
    expect(claiming).toMatchObject({ contact_id: '7', version: 0 });
    expect(adapter.lens.fromRecord(claiming.fields, ada)).toEqual({
      ...ada,
      canonical_name: 'Ada King',
      family_name: 'King',
    });
    const head = versionOf('7', 2, ada);
    expect(names(await adapter.apply([delivery(head)]))).toEqual(['ahead']);
    const merged = versionOf('7', 3, adapter.lens.fromRecord(claiming.fields, ada));
    const outcomes = await adapter.apply([delivery(merged, merged, claiming.record_id)]);
    expect(outcomes).toMatchObject([{ outcome: 'applied', record_id: claiming.record_id }]);
    const { fields } = await only(adapter, claiming.record_id);
    expect(adapter.lens.fromRecord(fields, null)).toMatchObject({
      ...ada,
      canonical_name: 'Ada King',
      family_name: 'King',
    });
  });
});

describe('the contactId of a linked person', () => {
  const first = versionOf('1', 1, ada);
  let id: string;
  beforeEach(async () => {
    id = await put(workspace.adapter, first);
  });

  it('that a user clears is written again with the next delivery, even of the same version', async () => {
    const { adapter, twenty } = workspace;
    await edit(id, { contactId: '' });
    const record = await only(adapter, id);
    expect(record).toMatchObject({ contact_id: null, version: 1 });
    expect(adapter.lens.same(record.fields, ada)).toBe(true);
    expect(problems).toEqual([]);
    expect(names(await adapter.apply([delivery(first, first, id)]))).toEqual(['applied']);
    expect(twenty.people()).toMatchObject([{ id, contactId: '1' }]);
  });

  it('that a user clears is lost to who does not know the link: a second person, which the first then stands beside', async () => {
    const { adapter, twenty } = workspace;
    await edit(id, { contactId: '' });
    const [outcome] = await adapter.apply([delivery(first, first, null)]);
    expect(recordIdOf(outcome)).not.toBe(id);
    expect(names(await adapter.apply([delivery(versionOf('1', 2, ada), first, id)]))).toEqual(['TWENTY_TWO_RECORDS']);
    expect(twenty.people()).toHaveLength(2);
  });

  it('that becomes invalid is told, and mended with the next delivery', async () => {
    const { adapter, twenty } = workspace;
    await edit(id, { contactId: '9223372036854775808' });
    expect(await only(adapter, id)).toMatchObject({ contact_id: null, version: 1 });
    expect(problems).toEqual([{ code: 'INVALID_CONTACT_ID', record_id: id, field: 'contactId' }]);
    const second = versionOf('1', 2, { ...ada, job_title: 'Analyst' });
    expect(names(await adapter.apply([delivery(second, first, id)]))).toEqual(['applied']);
    expect(twenty.people()).toMatchObject([{ id, contactId: '1', jobTitle: 'Analyst' }]);
  });

  it('that becomes another contact\u2019s is refused by Twenty while that is there', async () => {
    await put(workspace.adapter, versionOf('2', 1, { canonical_name: 'Byron' }));
    await expect(edit(id, { contactId: '2' })).rejects.toThrow('duplicate');
  });

  it('that becomes one that Twenty does not have is set right by whose person it is, and the other gets one of its own', async () => {
    const { adapter, twenty } = workspace;
    await edit(id, { contactId: '2' });
    expect(await only(adapter, id)).toMatchObject({ contact_id: '2', version: 1 });
    const byron = versionOf('2', 1, { canonical_name: 'Byron' });
    expect(names(await adapter.apply([delivery(byron)]))).toEqual(['ahead']);
    expect(names(await adapter.apply([delivery(first, first, id)]))).toEqual(['applied']);
    expect(twenty.people()).toMatchObject([{ id, contactId: '1', jobTitle: 'Countess', syncVersion: 1 }]);
    expect(names(await adapter.apply([delivery(byron)]))).toEqual(['applied']);
    expect(twenty.people()).toHaveLength(2);
  });
});
