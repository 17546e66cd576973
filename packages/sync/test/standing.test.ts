import { fromMillis } from '@contact-sync/contact';
import { describe, expect, it } from 'vitest';
import type { InboxEntry, SystemRecord } from '../src/index.ts';
import { standingOf } from '../src/standing.ts';

const RANKED = { counts_versions: true };
const PLAIN = { counts_versions: false };

const kept = (record_id: string, version: number, second: number, more: Partial<InboxEntry> = {}): InboxEntry => {
  const record: SystemRecord = {
    record_id,
    contact_id: null,
    version,
    last_updated: fromMillis(second * 1000),
    last_updated_by: 'ann',
    deleted: false,
    fields: {},
  };
  return { inbox_id: `${record_id} ${version} ${second}`, record, dead_letter_id: null, ...more };
};
const told = (inbox: readonly InboxEntry[], system: { readonly counts_versions: boolean }) =>
  [...standingOf(inbox, system)].map(([id, { version, last_updated }]) => [
    id,
    version,
    Date.parse(last_updated) / 1000,
  ]);

describe('a record of which several edits were kept', () => {
  const lateWrite = [kept('r', 2, 10), kept('r', 1, 20)];

  it('stands as it was last written where versions are not counted: a late write brings an old number', () => {
    expect(told(lateWrite, PLAIN)).toEqual([['r', 1, 20]]);
    expect(told(lateWrite.toReversed(), PLAIN)).toEqual([['r', 1, 20]]);
  });

  it('stands as ranked highest where versions are counted, though a clock ran ahead', () => {
    expect(told(lateWrite, RANKED)).toEqual([['r', 2, 10]]);
    expect(told(lateWrite.toReversed(), RANKED)).toEqual([['r', 2, 10]]);
  });

  it('has to be read when nothing tells which was the last', () => {
    expect(told([kept('r', 1, 5), kept('r', 3, 10), kept('r', 2, 10), kept('s', 1, 1)], PLAIN)).toEqual([['s', 1, 1]]);
    expect(told([kept('r', 2, 10), kept('r', 2, 10), kept('r', 1, 20)], RANKED)).toEqual([]);
  });

  it('has to be read when all of them lie in dead letters', () => {
    const dead = { dead_letter_id: '1' };
    expect(told([kept('r', 2, 10, dead)], PLAIN)).toEqual([]);
    expect(told([kept('r', 2, 20, dead), kept('r', 1, 10)], RANKED)).toEqual([['r', 1, 10]]);
  });
});
