import { expect } from 'vitest';
import { later, named } from './bench.ts';
import type { Register } from './register.ts';

export function registerGuard(register: Register): void {
  register('a higher version is written over a lower one, even if it was made earlier', async (bench) => {
    const id = bench.id();
    await bench.expectWrite(bench.version(id, 4, named('lower'), later(60_000_000)), 'applied');
    const higher = bench.version(id, 5, named('higher'));
    await bench.expectWrite(higher, 'applied');
    await bench.expectStands(higher);
  });

  register('a stale version is not written, even if it was made later', async (bench) => {
    const id = bench.id();
    const standing = bench.version(id, 5, named('standing'));
    await bench.expectWrite(standing, 'applied');
    await bench.expectWrite(bench.version(id, 4, named('stale'), later(60_000_000)), 'ahead');
    await bench.expectStands(standing);
  });

  register('the very version that stands is unchanged', async (bench) => {
    const standing = bench.version(bench.id(), 3);
    await bench.expectWrite(standing, 'applied');
    const before = await bench.recordOf(standing.contact_id);
    await bench.expectWrite(standing, 'unchanged');
    expect(await bench.recordOf(standing.contact_id)).toEqual(before);
  });

  register(
    'of two equal versions the one made later stands, by a microsecond, in either order',
    async (bench) => {
      const [forward, backward] = [bench.id(), bench.id()];
      const early = (id: typeof forward) => bench.version(id, 2, named('early'));
      const late = (id: typeof forward) => bench.version(id, 2, named('late'), later(1));
      await bench.expectWrite(early(forward), 'applied');
      await bench.expectWrite(late(forward), 'applied');
      await bench.expectWrite(late(backward), 'applied');
      await bench.expectWrite(early(backward), 'ahead');
      await bench.expectStands(late(forward));
      await bench.expectStands(late(backward));
    },
    ['ranks'],
  );

  register(
    'of two versions of exactly equal rank the first stays, and the other is not written',
    async (bench) => {
      const id = bench.id();
      const first = bench.version(id, 2, named('first'));
      await bench.expectWrite(first, 'applied');
      await bench.expectWrite(bench.version(id, 2, named('second')), 'ahead');
      await bench.expectWrite(bench.version(id, 2, null), 'ahead');
      await bench.expectStands(first);
    },
    ['ranks'],
  );

  register("a user's edit that the hub has not heard of is not written over by the next version", async (bench) => {
    const id = bench.id();
    const first = bench.version(id, 1);
    await bench.expectWrite(first, 'applied');
    await bench.rig.user.edit(bench.recordIdOf(id), 'unheard of');
    await bench.expectWrite(bench.version(id, 2, named('next')), 'ahead');
    const record = await bench.recordOf(id);
    const read = bench.adapter.lens.fromRecord(record?.fields ?? {}, first.content);
    expect(read).toMatchObject({ canonical_name: first.content?.canonical_name, job_title: 'unheard of' });
    await bench.news();
  });

  register('the same batch a second time changes nothing, and is no edit', async (bench) => {
    const ids = bench.ids(8);
    const versions = ids.map((id, n) => bench.version(id, 2, n % 4 === 3 ? null : named(`Twice ${n}`)));
    await bench.write(ids.map((id) => bench.version(id, 1)));
    await bench.write(versions);
    const before = await bench.recordsOf(ids);
    await bench.news();
    const again = await bench.write(versions);
    if ('apply' in bench.adapter)
      expect(new Set([...again.values()].map(({ outcome }) => outcome))).toEqual(new Set(['unchanged']));
    expect(await bench.recordsOf(ids)).toEqual(before);
    expect(await bench.news()).toEqual([]);
  });
}
