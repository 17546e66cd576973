import { type ContactId, contactId, MAX_VERSION, timestamp } from '@contact-sync/contact';
import type { Version } from '@contact-sync/sync';
import fc from 'fast-check';
import { expect } from 'vitest';
import { contents, normal } from '../contents.ts';
import { type Bench, named } from './bench.ts';
import type { Register } from './register.ts';

/** By fetch, and by scan. */
async function expectAllStand(bench: Bench, versions: readonly Version[]): Promise<void> {
  const ids = versions.map(({ contact_id }) => contact_id);
  const fetched = await bench.adapter.fetch(ids.map((id) => bench.recordIdOf(id)));
  const scanned = await bench.recordsOf(ids);
  for (const records of [fetched, scanned]) {
    expect(records).toHaveLength(versions.length);
    const byId = new Map<ContactId | null, (typeof records)[number]>();
    for (const record of records) byId.set(record.contact_id, record);
    for (const version of versions) bench.expectIs(byId.get(version.contact_id), version);
  }
}

export function registerReading(register: Register): void {
  register('a version is read as it was written, whatever a contact may hold', async (bench) => {
    // Over the network a smaller one is not found within the time of a test, which would be told to be late instead.
    await fc.assert(
      fc.asyncProperty(fc.array(contents, { minLength: 1, maxLength: 40 }), async (all) => {
        // A primary email may be unique in a system: each contact gets its own, the ones it drew come after.
        const own = (id: ContactId, index: number) => {
          const content = all[index % all.length];
          return normal({ ...content, emails: [`c${id}@example.com`, ...(content?.emails ?? [])] });
        };
        const ids = bench.ids(all.length);
        const first = ids.map((id, index) => bench.version(id, 1, own(id, index)));
        const outcomes = await bench.write(first);
        expect(new Set([...outcomes.values()].map(({ outcome }) => outcome))).toEqual(new Set(['applied']));
        await expectAllStand(bench, first);
        const second = ids.map((id, index) => bench.version(id, 2, own(id, index + 1)));
        await bench.write(second);
        await expectAllStand(bench, second);
      }),
      { numRuns: 4, endOnFailure: true },
    );
  });

  register('ids at both ends of INT64, the highest version and all microseconds stay exact', async (bench) => {
    const given: readonly (readonly [string, number, string])[] = [
      ['9223372036854775807', MAX_VERSION, '2024-05-01T10:34:56.123450Z'],
      ['-9223372036854775808', 1, '1969-12-31T23:59:59.999999Z'],
      ['9007199254740993', 2, '9999-12-31T23:59:59.999999Z'],
      ['-1', 3, '0001-01-01T00:00:00.000001Z'],
      ['0', 4, '2024-02-29T00:00:00.000000Z'],
    ];
    const versions = given.map(([id, version, at]) =>
      bench.version(contactId(id), version, named(`Contact ${id}`), timestamp(at)),
    );
    await bench.write(versions);
    await expectAllStand(bench, versions);
  });

  register('asked about nothing, or about records that are not there, it answers with none', async (bench) => {
    const { adapter } = bench;
    expect(await adapter.fetch([])).toEqual([]);
    await adapter.ack([]);
    expect(await bench.write([])).toEqual(new Map());
    const known = bench.version(bench.id(), 1);
    await bench.write([known]);
    const strangers = ['9199999999999999999', '00000000-0000-4000-8000-000000000000', 'of another system', ''];
    const records = await adapter.fetch([...strangers, bench.recordIdOf(known.contact_id)]);
    expect(records.map(({ contact_id }) => contact_id)).toEqual([known.contact_id]);
  });
}
