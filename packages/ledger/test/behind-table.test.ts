/** The ledger's own `is_behind` against the table that the hub's follows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// The tables are no part of what the package offers to programs.
import { BEHIND, type DeliveryKind, HELD_OF_HEAD, type HeldOfHead } from '../../sync/spec/delivery.ts';
import { keysOf } from '../../sync/spec/words.ts';
import { type Rig, rig } from './rig.ts';

const held: Readonly<Record<HeldOfHead, readonly (readonly [version: number | null, hash: string | null])[]>> = {
  nothing: [[null, null]],
  other_content: [0, 2, 3, 9].map((version) => [version, 'other'] as const),
  same_lower: [0, 2].map((version) => [version, 'same'] as const),
  same_equal: [[3, 'same']],
  same_higher: [[4, 'same']],
};

describe.each<DeliveryKind>(['live', 'tombstone'])('with a head that is a %s version', (kind) => {
  let at: Rig;
  beforeAll(async () => {
    at = await rig();
  });
  afterAll(() => at.close());

  it.each(keysOf(HELD_OF_HEAD))('a system that holds: %s', async (name) => {
    for (const [version, hash] of held[name])
      expect(
        await at.sql(`select contact_sync_ledger.is_behind($1, $2, 3, 'same') as behind`, [version, hash]),
      ).toEqual([{ behind: BEHIND[name][kind] }]);
  });
});
