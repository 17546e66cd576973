import { expect } from 'vitest';
import { largeContent } from '../contents.ts';
import { named } from './bench.ts';
import type { Register } from './register.ts';
import { promised } from './rig.ts';

/** More than PostgREST gives of a set of rows, and more than one page of any system. */
const MANY = 1_150;

export function registerSizes(register: Register): void {
  register(
    'more contacts than a thousand are written in one call, fetched and scanned, none cut off',
    async (bench) => {
      const ids = bench.ids(MANY);
      const outcomes = await bench.write(ids.map((id) => bench.version(id, 1, named(`Many ${id}`))));
      expect([...outcomes.values()].filter(({ outcome }) => outcome === 'applied')).toHaveLength(MANY);
      const fetched = await bench.adapter.fetch(ids.map((id) => bench.recordIdOf(id)));
      expect(new Set(fetched.map(({ contact_id }) => contact_id))).toEqual(new Set(ids));
      const scanned = (await bench.everything(5_000)).filter(({ contact_id }) => contact_id !== null);
      expect(new Set(scanned.map(({ record_id }) => record_id)).size).toBe(scanned.length);
      expect(new Set(scanned.map(({ contact_id }) => contact_id)).isSupersetOf(new Set(ids))).toBe(true);
    },
  );

  register('ten megabytes of contents in one call get through', async (bench) => {
    const versions = bench.ids(45).map((id) => bench.version(id, 1, largeContent(`Large ${id}`)));
    const bytes = versions.reduce((sum, { content }) => sum + Buffer.byteLength(JSON.stringify(content)), 0);
    expect(bytes).toBeGreaterThan(10 * 1024 * 1024);
    const outcomes = await bench.write(versions);
    expect([...outcomes.values()].filter(({ outcome }) => outcome !== 'applied')).toEqual([]);
    const records = await bench.adapter.fetch(versions.map(({ contact_id }) => bench.recordIdOf(contact_id)));
    expect(records).toHaveLength(versions.length);
    for (const version of versions)
      bench.expectIs(
        records.find(({ contact_id }) => contact_id === version.contact_id),
        version,
      );
  });

  register(
    'no request holds more rows or bytes than the system takes',
    async (bench) => {
      const count = 'apply' in bench.adapter ? bench.adapter.batch_size + 1 : 501;
      await bench.write(bench.ids(count).map((id) => bench.version(id, 1)));
      const { seen, allowed } = promised(bench.rig.requests, 'request_limits')();
      expect(seen.rows).toBeGreaterThan(1);
      expect(seen.rows).toBeLessThanOrEqual(allowed.rows);
      expect(seen.bytes).toBeLessThanOrEqual(allowed.bytes);
    },
    ['request_limits'],
  );
}
