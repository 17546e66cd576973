import { type ContactId, timestamp } from '@contact-sync/contact';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Change,
  compareIds,
  completeRecords,
  deleteMissing,
  type LinkedRecord,
  type Parts,
  type SystemRecord,
} from '../src/index.ts';

const idOf = (n: number) => `id-${String(n).padStart(5, '0')}`;
const linkedRecord = (n: number): LinkedRecord => ({
  record_id: idOf(n),
  contact_id: String(n) as ContactId,
  version: 3,
  seen_at: '2026-11-22T12:00:00.123456+00:00',
});
const record = (record_id: string): SystemRecord => ({
  record_id,
  contact_id: null,
  version: 3,
  last_updated: timestamp('2026-11-22T12:00:00Z'),
  last_updated_by: 'somebody',
  deleted: false,
  fields: {},
});

/** A system with these records and a ledger with these links; whatever else is asked for does not exist. */
function world(options: {
  readonly linked: readonly number[];
  readonly there: readonly number[];
  readonly late?: readonly number[];
  readonly incomplete?: readonly number[];
  readonly page?: number;
}) {
  const linked = [...options.linked].sort((a, b) => a - b).map(linkedRecord);
  const there = [...options.there].sort((a, b) => a - b).map(idOf);
  const all = new Set([...there, ...(options.late ?? []).map(idOf)]);
  const lacking = new Set(options.incomplete?.map(idOf));
  const told: Change[] = [];
  const ingested: string[] = [];
  const size = options.page ?? 3;
  const twenty = {
    async scan(cursor: string | null) {
      const rest = there.filter((id) => cursor === null || id > cursor);
      const records = rest
        .slice(0, size)
        .map((id) => (lacking.has(id) ? { ...record(id), incomplete: true } : record(id)));
      return { records, cursor: rest.length > size ? (records.at(-1)?.record_id ?? null) : null };
    },
    fetch: async (ids: readonly string[]) => ids.filter((id) => all.has(id)).map(record),
  };
  const ledger = {
    linked: async (_: string, after: string, limit: number) =>
      linked.filter(({ record_id }) => record_id > after).slice(0, limit),
    async receive(_: string, changes: readonly Change[]) {
      told.push(...changes);
      return changes.map(({ record_id }) => record_id);
    },
  };
  const queues = { ingest: async (_: string, ids: readonly string[]) => void ingested.push(...ids) };
  return { parts: { targets: { twenty }, ledger, queues } as unknown as Parts, told, ingested };
}

describe('comparing ids', () => {
  it('finds exactly the linked records that are not there, however they fall into pages', async () => {
    const numbers = fc.uniqueArray(fc.nat({ max: 60 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(numbers, numbers, fc.integer({ min: 1, max: 7 }), async (linked, there, page) => {
        const found = await compareIds(world({ linked, there, page }).parts, 'twenty');
        expect(found?.linked).toBe(linked.length);
        expect(found?.missing.map(({ record_id }) => record_id)).toEqual(
          linked
            .filter((n) => !there.includes(n))
            .map(idOf)
            .sort(),
        );
      }),
    );
  });

  it('does not miss one that was made after its place was read', async () => {
    const found = await compareIds(world({ linked: [1, 2, 3], there: [1, 3], late: [2] }).parts, 'twenty');
    expect(found?.missing).toEqual([]);
  });

  it('is given up between two pages when it is told to', async () => {
    expect(await compareIds(world({ linked: [], there: [1, 2, 3, 4] }).parts, 'twenty', async () => false)).toBeNull();
  });
});

describe('what is there and lacks fields', () => {
  it('is found on the way, and told to the ingest queue', async () => {
    const { parts, ingested, told } = world({ linked: [1, 2, 3, 4], there: [1, 2, 3, 4], incomplete: [2, 4], page: 2 });
    const found = await compareIds(parts, 'twenty');
    if (found === null) throw new Error('nobody gave it up');
    await completeRecords(parts, 'twenty', found);
    expect(ingested).toEqual([idOf(2), idOf(4)]);
    expect(told).toEqual([]);
  });
});

describe('what is missing', () => {
  it('is told as deleted, under a key of its own, as of when it was last seen', async () => {
    const { parts, told, ingested } = world({ linked: [1, 2], there: [1] });
    const found = await compareIds(parts, 'twenty');
    if (found !== null) await deleteMissing(parts, 'twenty', found);
    expect(ingested).toEqual([idOf(2)]);
    expect(told).toEqual([
      {
        key: `missing:${idOf(2)}:3`,
        record_id: idOf(2),
        record: {
          ...record(idOf(2)),
          contact_id: '2',
          deleted: true,
          last_updated: '2026-11-22T12:00:00.123456Z',
          last_updated_by: 'unknown',
        },
      },
    ]);
  });

  it('is not believed when it is too much of all, unless a person says so', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, n) => linkedRecord(n));
    const attempt = async (linked: number, missing: number, all = false) => {
      const { parts, told } = world({ linked: [], there: [] });
      const outcome = await deleteMissing(parts, 'twenty', { linked, missing: many(missing) }, { all }).then(
        () => 'believed',
        (error: { code: string }) => error.code,
      );
      return [outcome, told.length];
    };
    expect(await attempt(20, 20)).toEqual(['believed', 20]);
    expect(await attempt(25, 21)).toEqual(['TOO_MANY_MISSING', 0]);
    expect(await attempt(1000, 50)).toEqual(['believed', 50]);
    expect(await attempt(1000, 51)).toEqual(['TOO_MANY_MISSING', 0]);
    expect(await attempt(1000, 51, true)).toEqual(['believed', 51]);
    expect(await attempt(1000, 0)).toEqual(['believed', 0]);
  });
});
