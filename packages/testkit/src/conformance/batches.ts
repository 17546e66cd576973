import { PermanentError } from '@contact-sync/sync';
import { expect } from 'vitest';
import { named } from './bench.ts';
import type { Register } from './register.ts';
import { can } from './register.ts';
import { promised } from './rig.ts';

export function registerBatches(register: Register): void {
  register(
    'one contact that the system refuses is refused alone, with a code and advice; the others are written',
    async (bench) => {
      const versions = bench.ids(24).map((id) => bench.version(id, 1));
      const at = 17;
      const bad = versions[at];
      if (!bad) throw new Error('there are more');
      const spoiled = await promised(bench.rig.faults.spoil, 'refusals')(bad);
      const batch = versions.with(at, spoiled.version);
      const others = versions.toSpliced(at, 1);
      const came = await bench.write(batch).catch((thrown: unknown) => thrown);
      await spoiled.mend();
      const refused = came instanceof Map ? came.get(bad.contact_id) : undefined;
      const error: unknown = came instanceof Map ? refused?.error : came;
      if (came instanceof Map) {
        expect(came.size).toBe(batch.length);
        for (const { contact_id } of others) expect(came.get(contact_id)).toMatchObject({ outcome: 'applied' });
        expect(refused).toMatchObject({ outcome: 'rejected' });
      } else for (const { contact_id } of others) bench.link(contact_id, contact_id);
      if (can(bench.traits, 'outcomes')) expect(came).toBeInstanceOf(Map);
      expect(error).toBeInstanceOf(PermanentError);
      expect(error).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/), advice: expect.stringMatching(/\S/) });
      expect(await bench.recordsOf([bad.contact_id])).toEqual([]);
      for (const version of others) await bench.expectStands(version);
      await bench.expectWrite(bad, 'applied');
      await bench.expectStands(bad);
      await bench.news();
    },
    ['refusals'],
  );

  register('one contact twice in a call makes one record, which is one of the two', async (bench) => {
    const ids = bench.ids(5);
    const [twice = bench.id()] = ids;
    const lower = bench.version(twice, 1, named('lower'));
    const higher = bench.version(twice, 2, named('higher'));
    const others = ids.slice(1).map((id) => bench.version(id, 1));
    await bench.write([higher, ...others, lower]);
    const records = await bench.recordsOf([twice]);
    expect(records).toHaveLength(1);
    bench.expectIs(records[0], records[0]?.version === 1 ? lower : higher);
    for (const version of others) await bench.expectStands(version);
    bench.heard(records[0]?.version === 1 ? lower : higher);
    await bench.expectWrite(bench.version(twice, 3), 'applied');
  });
}
