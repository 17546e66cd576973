import { contentHash, parseContent } from '@contact-sync/contact';
import type { SystemRecord, Version } from '@contact-sync/sync';
import { expect } from 'vitest';
import { type Bench, named } from './bench.ts';
import type { Register } from './register.ts';
import { can } from './register.ts';

/** A record that a user made, and as the first version of which contact the hub took it. */
async function born(bench: Bench, name: string): Promise<{ record: SystemRecord; firstAs(id: Version): Version }> {
  await bench.news();
  const record_id = await bench.rig.user.create(named(name));
  const [record] = await bench.newsOf(record_id);
  if (!record) throw new Error('nothing told');
  const parsed = parseContent(bench.adapter.lens.fromRecord(record.fields, null));
  if (!parsed.ok) throw new Error('no contact');
  const { content } = parsed;
  return {
    record,
    firstAs: (version) => ({
      ...version,
      version: Math.max(1, record.version),
      last_updated: record.last_updated,
      content,
      content_hash: contentHash(content),
    }),
  };
}

const claim = (bench: Bench, version: Version, record: SystemRecord) => {
  bench.link(version.contact_id, record.record_id);
  bench.heard(version);
};

export function registerIdentity(register: Register): void {
  register(
    'a record that was born there has no contact_id; given one it is the same record, and that is no edit',
    async (bench) => {
      const { record, firstAs } = await born(bench, 'Born here');
      expect(record.contact_id).toBeNull();
      const version = firstAs(bench.version(bench.id(), 1));
      claim(bench, version, record);
      const outcomes = await bench.write([version]);
      expect(outcomes.get(version.contact_id)).toMatchObject({ record_id: record.record_id });
      const named = await bench.recordOf(version.contact_id);
      expect(named).toMatchObject({ record_id: record.record_id, contact_id: version.contact_id, version: 1 });
      if (!named || !version.content) throw new Error('no record');
      bench.expectHolds(named, version.content);
      for (const { record: told } of await bench.news()) expect(told).toEqual(named);
      expect(await bench.recordsOf([version.contact_id])).toHaveLength(1);
    },
    ['births'],
  );

  register(
    'a born record that was edited meanwhile gets its contact_id and keeps the edit',
    async (bench) => {
      const { record, firstAs } = await born(bench, 'Edited at once');
      await bench.rig.user.edit(record.record_id, 'meanwhile');
      const version = firstAs(bench.version(bench.id(), 1));
      claim(bench, version, record);
      await bench.expectWrite(version, 'ahead');
      const [stands] = await bench.adapter.fetch([record.record_id]);
      const read = bench.adapter.lens.fromRecord(stands?.fields ?? {}, version.content);
      expect(read).toMatchObject({ canonical_name: 'Edited at once', job_title: 'meanwhile' });
      if (can(bench.traits, 'ranks')) expect(stands?.contact_id).toBe(version.contact_id);
      await bench.news();
    },
    ['births'],
  );

  register(
    'of two contacts that claim one born record at once, one gets it',
    async (bench) => {
      const { record, firstAs } = await born(bench, 'Claimed twice');
      const versions = bench.ids(2).map((id) => firstAs(bench.version(id, 1)));
      for (const version of versions) claim(bench, version, record);
      await Promise.all(versions.map((version) => bench.writeUntilDone([version], bench.rig.open())));
      const ids = versions.map(({ contact_id }) => contact_id);
      const [stands] = await bench.adapter.fetch([record.record_id]);
      expect(ids).toContain(stands?.contact_id);
      const claimed = (await bench.recordsOf(ids)).map(({ contact_id }) => contact_id);
      expect(new Set(claimed).size).toBe(claimed.length);
      // Where ranks decide, the other one stands beside it at once; elsewhere the hub sees that it is missing.
      if (can(bench.traits, 'ranks')) expect(claimed).toHaveLength(ids.length);
      await bench.news();
    },
    ['births'],
  );

  register('a contact whose link was lost finds its record, and gets no second one', async (bench) => {
    const first = bench.version(bench.id(), 1);
    await bench.write([first]);
    const { adapter } = bench;
    const second = bench.version(first.contact_id, 2);
    if ('apply' in adapter) {
      const outcomes = await adapter.apply([{ ...second, record_id: null, held: first }]);
      expect(outcomes).toMatchObject([{ outcome: 'applied', record_id: bench.recordIdOf(first.contact_id) }]);
    } else await bench.write([second]);
    bench.heard(second);
    await bench.expectStands(second);
    expect(await bench.recordsOf([first.contact_id])).toHaveLength(1);
  });
}
