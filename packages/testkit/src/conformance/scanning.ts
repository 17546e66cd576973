import type { RecordId } from '@contact-sync/sync';
import { expect } from 'vitest';
import { named } from './bench.ts';
import type { Register } from './register.ts';

/** More pages than there can be: whoever needs them goes round in circles. */
const TOO_MANY_PAGES = 2_000;

export function registerScanning(register: Register): void {
  register('while users write, it sees each record that is there throughout exactly once, and ends', async (bench) => {
    const { adapter, rig } = bench;
    const ids = bench.ids(40);
    await bench.write(ids.map((id) => bench.version(id, 1)));
    const records = ids.map((id) => bench.recordIdOf(id));
    const removed = new Set<RecordId>();
    const seen = new Map<RecordId, number>();
    let cursor: string | null = null;
    let pages = 0;
    do {
      const page: Awaited<ReturnType<typeof adapter.scan>> = await adapter.scan(cursor, 9);
      for (const { record_id } of page.records) seen.set(record_id, (seen.get(record_id) ?? 0) + 1);
      expect(page.records.length).toBeLessThanOrEqual(9);
      cursor = page.cursor;
      // Eight times, spread over what is read before, now and after this page.
      const [edited, gone] = [records[pages * 5], records[pages * 5 + 1]];
      if (pages < 8 && edited !== undefined && gone !== undefined) {
        await rig.user.edit(edited, `edited ${pages}`);
        await rig.user.create(named(`Meanwhile ${pages}`));
        await (rig.user.destroy ?? rig.user.remove)(gone);
        removed.add(gone);
      }
      pages += 1;
      expect(pages).toBeLessThan(TOO_MANY_PAGES);
    } while (cursor !== null);
    for (const record_id of records.filter((record) => !removed.has(record))) expect(seen.get(record_id)).toBe(1);
    for (const times of seen.values()) expect(times).toBe(1);
    await bench.news();
  });
}
