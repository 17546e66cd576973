import { expect } from 'vitest';
import { type Bench, named } from './bench.ts';
import type { Register } from './register.ts';
import { promised } from './rig.ts';

/** A contact that the hub has delivered under version 3, and everything before it was heard. */
async function delivered(bench: Bench, name: string) {
  const version = bench.version(bench.id(), 3, named(name));
  await bench.write([version]);
  await bench.news();
  return { version, record_id: bench.recordIdOf(version.contact_id) };
}

/** The number an edit carries that was made upon this version. */
const edited = ({ adapter }: Bench, version: number, edits = 1): number =>
  adapter.counts_versions ? version + edits : version;

export function registerEdits(register: Register): void {
  register("the hub's own writes are not told as edits: new, changed, deleted, revived", async (bench) => {
    const id = bench.id();
    await bench.news();
    for (const [number, content] of [named('one'), named('two'), null, named('four')].entries()) {
      const version = bench.version(id, number + 1, content);
      await bench.write([version]);
      // A system that cannot tell tells the very version: the hub sees that nothing was edited.
      for (const { record } of await bench.news()) bench.expectIs(record, version);
    }
  });

  register(
    'tells nothing at all of what the hub wrote',
    async (bench) => {
      await bench.news();
      const id = bench.id();
      for (const [number, content] of [named('one'), named('two'), null, named('four')].entries())
        await bench.write([bench.version(id, number + 1, content)]);
      expect((await bench.pending()).filter(({ record }) => record.contact_id === id)).toEqual([]);
    },
    ['own_writes'],
  );

  register('a user may bring a contact, and it is told as the user made it', async (bench) => {
    await bench.news();
    const content = { canonical_name: 'Žofie 😀 "quoted"', job_title: 'born here' };
    const record_id = await bench.rig.user.create(content);
    const told = await bench.newsOf(record_id);
    expect(told).toMatchObject([{ record_id, version: edited(bench, 0), deleted: false }]);
    expect(bench.adapter.lens.fromRecord(told[0]?.fields ?? {}, null)).toMatchObject(content);
    expect(await bench.adapter.fetch([record_id])).toEqual(told);
  });

  register('an edit is told with the record as it left it, and its number', async (bench) => {
    const { version, record_id } = await delivered(bench, 'Told');
    await bench.rig.user.edit(record_id, 'edited');
    const told = await bench.newsOf(record_id);
    expect(told).toMatchObject([
      { record_id, contact_id: version.contact_id, version: edited(bench, 3), deleted: false },
    ]);
    const [record] = told;
    if (!record) throw new Error('nothing told');
    bench.expectHolds(record, { canonical_name: 'Told', job_title: 'edited' });
    expect(record.last_updated > version.last_updated).toBe(true);
    expect(await bench.adapter.fetch([record_id])).toEqual([record]);
  });

  register('read again it is told again, under the same key and with the same record', async (bench) => {
    const { record_id } = await delivered(bench, 'Again');
    await bench.rig.user.edit(record_id, 'edited');
    const first = await bench.pending();
    expect(first.filter((change) => change.record_id === record_id)).toHaveLength(1);
    expect(await bench.pending()).toEqual(first);
    await bench.news();
  });

  register(
    'what was acknowledged is not told again, and unknown keys are ignored',
    async (bench) => {
      const { record_id } = await delivered(bench, 'Acknowledged');
      await bench.rig.user.edit(record_id, 'one');
      const [first, ...others] = await bench.pending();
      expect(others).toEqual([]);
      await bench.rig.user.edit(record_id, 'two');
      await bench.adapter.ack([first?.key ?? '', first?.key ?? '', '999999999', 'no key of this system', '']);
      expect((await bench.pending()).map(({ record }) => Object(record.fields).job_title)).toEqual(['two']);
      await bench.news();
      expect(await bench.pending()).toEqual([]);
    },
    ['acknowledgement'],
  );

  register(
    'each of several edits is told once, as it left the record, oldest first',
    async (bench) => {
      const { record_id } = await delivered(bench, 'Several');
      for (const title of ['one', 'two', 'three']) await bench.rig.user.edit(record_id, title);
      const told = await bench.newsOf(record_id);
      const read = told.map(({ version, fields }) => [
        version,
        Reflect.get(Object(bench.adapter.lens.fromRecord(fields, null)), 'job_title'),
      ]);
      expect(read).toEqual([
        [edited(bench, 3, 1), 'one'],
        [edited(bench, 3, 2), 'two'],
        [edited(bench, 3, 3), 'three'],
      ]);
    },
    ['each_edit'],
  );

  register('edits of many records are told a page at a time, each once', async (bench) => {
    await bench.news();
    const records = await Promise.all(Array.from({ length: 7 }, (_, n) => bench.rig.user.create(named(`Paged ${n}`))));
    const told = await bench.news(3);
    expect(told.map(({ record_id }) => record_id).sort()).toEqual([...records].sort());
  });

  register(
    'an edit that is committed after later ones were told is told all the same',
    async (bench) => {
      await bench.news();
      const { user } = bench.rig;
      const slow = await promised(user.begin, 'late_commits')(named('begun first'));
      const quick = await user.create(named('begun last'));
      const told = await bench.newsOf(quick);
      const record_id = await slow.commit();
      expect(told).toHaveLength(1);
      expect(await bench.newsOf(record_id)).toMatchObject([{ deleted: false }]);
    },
    ['late_commits'],
  );
}
