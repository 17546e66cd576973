import { expect } from 'vitest';
import { type Bench, later, named } from './bench.ts';
import type { Register } from './register.ts';
import { can } from './register.ts';
import { promised } from './rig.ts';

const edited = ({ adapter }: Bench, version: number): number => (adapter.counts_versions ? version + 1 : version);

/** One that the hub has delivered under version 1. */
async function delivered(bench: Bench, name: string) {
  const version = bench.version(bench.id(), 1, named(name));
  await bench.write([version]);
  await bench.news();
  return { id: version.contact_id, record_id: bench.recordIdOf(version.contact_id) };
}

const alive = async (bench: Bench, id: string) =>
  (await bench.everything()).filter(({ contact_id, deleted }) => contact_id === id && !deleted);

export function registerDeletes(register: Register): void {
  register('a tombstone deletes the record and leaves its rank', async (bench) => {
    const { id } = await delivered(bench, 'Deleted');
    const tombstone = bench.version(id, 2, null);
    await bench.expectWrite(tombstone, 'applied');
    await bench.expectStands(tombstone);
    await bench.expectWrite(tombstone, 'unchanged');
    expect(await alive(bench, id)).toEqual([]);
  });

  register('a stale version never revives a deleted contact', async (bench) => {
    const { id } = await delivered(bench, 'Stale');
    const tombstone = bench.version(id, 3, null);
    await bench.expectWrite(tombstone, 'applied');
    await bench.expectWrite(bench.version(id, 2, named('stale'), later(1)), 'ahead');
    await bench.expectStands(tombstone);
  });

  register('a higher version revives it, as the same record', async (bench) => {
    const { id, record_id } = await delivered(bench, 'Before');
    await bench.expectWrite(bench.version(id, 2, null), 'applied');
    const revived = bench.version(id, 3, named('After'));
    await bench.expectWrite(revived, 'applied');
    await bench.expectStands(revived);
    expect(bench.recordIdOf(id)).toBe(record_id);
    expect(await alive(bench, id)).toHaveLength(1);
  });

  register('a tombstone of a contact that never was there leaves nobody, and is no edit', async (bench) => {
    await bench.news();
    const id = bench.id();
    const tombstone = bench.version(id, 2, null);
    const outcomes = await bench.write([tombstone]);
    expect(outcomes.get(id)?.outcome).toMatch(/^(applied|unchanged)$/);
    expect(await alive(bench, id)).toEqual([]);
    expect(await bench.news()).toEqual([]);
    await bench.expectWrite(tombstone, 'unchanged');
  });

  register(
    'a stale version does not bring a contact that was deleted before it came',
    async (bench) => {
      const id = bench.id();
      await bench.write([bench.version(id, 2, null)]);
      await bench.expectWrite(bench.version(id, 1, named('stale')), 'ahead');
      expect(await alive(bench, id)).toEqual([]);
      const newer = bench.version(id, 3, named('newer'));
      await bench.expectWrite(newer, 'applied');
      await bench.expectStands(newer);
    },
    ['graves'],
  );

  register("a user's removal is told as a deleted record, with its number", async (bench) => {
    const { id, record_id } = await delivered(bench, 'Removed');
    await bench.rig.user.remove(record_id);
    const told = await bench.newsOf(record_id);
    expect(told).toMatchObject([{ contact_id: id, version: edited(bench, 1), deleted: true }]);
    expect(await bench.adapter.fetch([record_id])).toMatchObject([{ version: edited(bench, 1), deleted: true }]);
    await bench.expectWrite(bench.version(id, 1, named('Removed')), 'ahead');
    expect(await alive(bench, id)).toEqual([]);
  });

  register("a user's revival is told as an edit, and outranks the tombstone it was made upon", async (bench) => {
    const { id, record_id } = await delivered(bench, 'Revived');
    const tombstone = bench.version(id, 2, null);
    await bench.write([tombstone]);
    await bench.news();
    await bench.rig.user.revive(record_id);
    const told = await bench.newsOf(record_id);
    expect(told).toMatchObject([{ contact_id: id, version: edited(bench, 2), deleted: false }]);
    expect(bench.adapter.lens.fromRecord(told[0]?.fields ?? {}, null)).toMatchObject({ canonical_name: 'Revived' });
    const [outcome] = (await bench.write([tombstone])).values();
    if (can(bench.traits, 'outcomes')) expect(outcome).toMatchObject({ outcome: 'ahead' });
    expect(await alive(bench, id)).toHaveLength(1);
  });

  register(
    'a record that was removed for good is noticed: it is told as deleted, or no longer among the records',
    async (bench) => {
      const { id, record_id } = await delivered(bench, 'Destroyed');
      await promised(bench.rig.user.destroy, 'destruction')(record_id);
      const told = await bench.newsOf(record_id);
      expect(await alive(bench, id)).toEqual([]);
      if (bench.adapter.forgets_removed) {
        const ids = (await bench.everything(7)).map((record) => record.record_id);
        expect(ids).not.toContain(record_id);
        expect(ids).toEqual([...ids].sort()); // what the comparison of ids relies on
      } else expect(told).toMatchObject([{ contact_id: id, version: 2, deleted: true }]);
    },
    ['destruction'],
  );

  register(
    'a stale version does not bring back what was removed for good, and a higher one does, as the same record',
    async (bench) => {
      const { id, record_id } = await delivered(bench, 'Destroyed');
      await promised(bench.rig.user.destroy, 'destruction')(record_id);
      await bench.expectWrite(bench.version(id, 2, named('stale')), 'ahead');
      expect(await alive(bench, id)).toEqual([]);
      const higher = bench.version(id, 3, named('higher'));
      await bench.expectWrite(higher, 'applied');
      await bench.expectStands(higher);
      expect(bench.recordIdOf(id)).toBe(record_id);
    },
    ['destruction', 'graves'],
  );

  register(
    'a higher version brings back a record that was removed for good, once',
    async (bench) => {
      const { id, record_id } = await delivered(bench, 'Destroyed');
      await promised(bench.rig.user.destroy, 'destruction')(record_id);
      const higher = bench.version(id, 3, { canonical_name: 'higher', job_title: 'all of it' });
      await bench.expectWrite(higher, 'applied');
      await bench.expectStands(higher);
      expect(await alive(bench, id)).toHaveLength(1);
    },
    ['destruction'],
  );
}
