import { fromMicros } from '@contact-sync/contact';
import type { Version } from '@contact-sync/sync';
import { contents } from '@contact-sync/testkit';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MAPPINGS } from './mappings.ts';
import { delivery, names, only, openWorkspace, put, recordIdOf, TIME, versionOf, type Workspace } from './workspace.ts';

const ada = { canonical_name: 'Ada Lovelace', given_name: 'Ada', family_name: 'Lovelace', emails: ['ada@example.com'] };

const LARGEST = 2n ** 63n - 1n;

describe.each(MAPPINGS)('any contact under %s', (_, mapping) => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await openWorkspace({ mapping });
  });
  afterAll(() => workspace.close());

  it('is read from Twenty as it was written, by being created and by being written over', async () => {
    const { contact_id: idField = 'contactId' } = mapping.sync;
    let used = 0;
    const micros = fc.bigInt({ min: 0n, max: 4_000_000_000_000_000n });
    await fc.assert(
      fc.asyncProperty(fc.array(contents, { minLength: 1, maxLength: 40 }), micros, async (all, time) => {
        const { adapter, twenty } = workspace;
        const first = used;
        used += all.length;
        const last_updated = fromMicros(time);
        // Primary emails are unique in Twenty: each contact gets its own, the one it drew comes second.
        const version = (index: number, number: number, shift: number): Version => {
          const content = all[(index + shift) % all.length];
          const emails = [`c${first + index}@example.com`, ...(content?.emails ?? [])];
          const id = String(LARGEST - BigInt(first + index));
          return { ...versionOf(id, number, { ...content, emails }), last_updated };
        };
        const created = all.map((__, index) => version(index, 1, 0));
        const outcomes = await adapter.apply(created.map((one) => delivery(one)));
        expect(new Set(names(outcomes))).toEqual(new Set(['applied']));
        const changed = all.map((__, index) => version(index, 2, 1));
        const again = await adapter.apply(changed.map((one, index) => delivery(one, created[index] ?? null)));
        expect(new Set(names(again))).toEqual(new Set(['applied']));
        const once = await adapter.apply(changed.map((one, index) => delivery(one, created[index] ?? null)));
        expect(new Set(names(once))).toEqual(new Set(['unchanged']));

        const records = await adapter.fetch(again.map(recordIdOf));
        expect(records).toHaveLength(all.length);
        const stored = new Map(twenty.people().map((person) => [person.id, person]));
        for (const record of records) {
          const wanted = changed.find(({ contact_id }) => contact_id === record.contact_id);
          if (!wanted?.content) throw new Error('a record of nobody');
          expect(adapter.lens.same(record.fields, wanted.content)).toBe(true);
          expect(adapter.lens.fromRecord(record.fields, wanted.content)).toEqual(wanted.content);
          expect(record.version).toBe(2);
          expect(stored.get(record.record_id)).toMatchObject({
            [idField]: wanted.contact_id,
            syncUpdatedAt: last_updated,
          });
        }
      }),
      { numRuns: 6 },
    );
  });
});

describe('apply', () => {
  let workspace: Workspace;
  beforeEach(async () => {
    workspace = await openWorkspace();
  });
  afterEach(() => workspace.close());

  const person = (id: string) => workspace.twenty.people().find((one) => one.id === id);

  it('writes a new contact with its version, and says of the same one later that it was there', async () => {
    const { adapter } = workspace;
    const version = versionOf('7', 3, ada);
    const id = await put(adapter, version);
    expect(person(id)).toMatchObject({ contactId: '7', syncVersion: 3, syncUpdatedAt: TIME });
    expect(await adapter.apply([delivery(version)])).toEqual([
      { contact_id: '7', outcome: 'unchanged', record_id: id },
    ]);
  });

  it('gives each of a mixed batch its own record id, whatever the order of the answer', async () => {
    const { adapter } = workspace;
    const old = Array.from({ length: 30 }, (_, n) => versionOf(String(n), 1, { canonical_name: `Old ${n}` }));
    await adapter.apply(old.map((version) => delivery(version)));
    const mixed = Array.from({ length: 60 }, (_, n) => versionOf(String(n), 2, { canonical_name: `New ${n}` }));
    const outcomes = await adapter.apply(mixed.map((version, n) => delivery(version, old[n] ?? null)).reverse());
    expect(outcomes).toHaveLength(60);
    for (const outcome of outcomes)
      expect(person(recordIdOf(outcome))).toMatchObject({ contactId: outcome.contact_id, syncVersion: 2 });
  });

  it('clears what the new version no longer has', async () => {
    const { adapter } = workspace;
    const full = versionOf('1', 1, {
      ...ada,
      phones: ['+14155552671', '+33612345678'],
      job_title: 'Analyst',
      linkedin_url: 'https://linkedin.com/in/ada',
      category_code: 'B',
      llm_context: { how_met: 'by letter' },
    });
    const id = await put(adapter, full);
    const bare = versionOf('1', 2, { canonical_name: 'Ada' });
    await put(adapter, bare, full);
    expect(person(id)).toMatchObject({
      name: { firstName: 'Ada', lastName: '' },
      emails: { primaryEmail: '', additionalEmails: [] },
      phones: { primaryPhoneNumber: '', primaryPhoneCountryCode: '', additionalPhones: [] },
      linkedinLink: { primaryLinkUrl: '' },
      jobTitle: '',
      categoryCode: '',
      llmContext: null,
    });
  });

  it('leaves alone what it need not change, such as the label of a link', async () => {
    const { adapter, asUser } = workspace;
    const first = versionOf('1', 1, { ...ada, linkedin_url: 'https://linkedin.com/in/ada' });
    const id = await put(adapter, first);
    const linkedinLink = { primaryLinkUrl: 'https://linkedin.com/in/ada', primaryLinkLabel: 'Her page' };
    await asUser('PATCH', `/rest/people/${id}`, { linkedinLink });
    await put(adapter, versionOf('1', 2, { ...first.content, job_title: 'Countess' }), first);
    expect(person(id)).toMatchObject({ jobTitle: 'Countess', linkedinLink });
  });

  it('does not write over an edit that the hub has not heard of', async () => {
    const { adapter, asUser } = workspace;
    const first = versionOf('1', 1, ada);
    const id = await put(adapter, first);
    await asUser('PATCH', `/rest/people/${id}`, { jobTitle: 'Countess' });
    const second = versionOf('1', 2, { ...ada, job_title: 'Analyst' });
    expect(await adapter.apply([delivery(second, first, id)])).toEqual([
      { contact_id: '1', outcome: 'ahead', record_id: id },
    ]);
    expect(person(id)).toMatchObject({ jobTitle: 'Countess', syncVersion: 1 });
  });

  it.each([
    ['a higher number', 5, ada, true],
    ['other content although the hub believes to hold nothing', 1, { canonical_name: 'Somebody' }, false],
  ])('reports a record with %s as ahead', async (_, number, content, believed) => {
    const { adapter } = workspace;
    const there = versionOf('1', number, content);
    await put(adapter, there);
    const older = versionOf('1', 2, ada);
    expect(names(await adapter.apply([delivery(older, believed ? there : null)]))).toEqual(['ahead']);
  });

  it('numbers a record that was born in Twenty and accepted', async () => {
    const { adapter, asUser } = workspace;
    await asUser('POST', '/rest/people', { name: { firstName: 'Ada', lastName: 'Lovelace' } });
    const [born] = workspace.twenty.people();
    const record = await only(adapter, born?.id ?? '');
    expect(record).toMatchObject({ contact_id: null, version: 0, deleted: false });
    const accepted = versionOf('1', 1, adapter.lens.fromRecord(record.fields, null));
    const outcomes = await adapter.apply([delivery(accepted, accepted, record.record_id)]);
    expect(names(outcomes)).toEqual(['applied']);
    expect(person(record.record_id)).toMatchObject({ contactId: '1', syncVersion: 1 });
  });

  it('numbers a record whose edit of first and last name was accepted', async () => {
    const { adapter, asUser } = workspace;
    const first = versionOf('1', 1, ada);
    const id = await put(adapter, first);
    await asUser('PATCH', `/rest/people/${id}`, { name: { firstName: 'Ada', lastName: 'King' } });
    const record = await only(adapter, id);
    const accepted = versionOf('1', 2, adapter.lens.fromRecord(record.fields, first.content));
    expect(accepted.content?.canonical_name).toBe('Ada King');
    expect(names(await adapter.apply([delivery(accepted, accepted, id)]))).toEqual(['applied']);
    expect(await only(adapter, id)).toMatchObject({ version: 2 });
  });

  it('creates a person anew who was deleted for good', async () => {
    const { adapter, asUser } = workspace;
    const first = versionOf('1', 1, ada);
    const id = await put(adapter, first);
    await asUser('DELETE', `/rest/people/${id}`);
    const second = versionOf('1', 2, { ...ada, job_title: 'Analyst' });
    const [outcome] = await adapter.apply([delivery(second, first, id)]);
    expect(outcome).toMatchObject({ outcome: 'applied' });
    expect(recordIdOf(outcome)).not.toBe(id);
  });
});
