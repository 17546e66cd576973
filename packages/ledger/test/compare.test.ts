import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { commit, headed, idOf, type Rig, rig, version } from './rig.ts';

let r: Rig;
beforeAll(async () => {
  r = await rig();
});
afterAll(() => r.close());
beforeEach(() => r.empty());

const linked = (n: number, record_id: string, title: string | null = 'here') =>
  headed(version(idOf(n), 1, title), 0, { links: [{ system: 'twenty', record_id }] });

describe('the records that living contacts are linked to', () => {
  it('come in the order of bytes, a page at a time, with the version they hold and when they were seen', async () => {
    await r.ledger.commit([linked(1, 'b'), linked(2, 'B'), linked(3, 'é'), linked(4, 'a')], []);
    await r.sql(
      `update deliveries set version = 7, delivered_at = '2026-01-02T03:04:05.678901Z' where contact_id = $1 and target = 'twenty'`,
      [idOf(4)],
    );
    const first = await r.ledger.linked('twenty', '', 3);
    expect(first.map(({ record_id }) => record_id)).toEqual(['B', 'a', 'b']);
    expect(first[1]).toEqual({
      record_id: 'a',
      contact_id: idOf(4),
      version: 7,
      seen_at: expect.stringContaining('2026-01-02T03:04:05.678901'),
    });
    expect(first[0]?.version).toBe(1);
    expect((await r.ledger.linked('twenty', 'b', 3)).map(({ record_id }) => record_id)).toEqual(['é']);
  });

  it('are neither those of the deleted nor those of another system', async () => {
    await r.ledger.commit([linked(1, 'gone', null), linked(2, 'there')], []);
    await r.ledger.commit([commit(idOf(2), 1, { links: [{ system: 'local', record_id: '5' }] })], []);
    expect((await r.ledger.linked('twenty', '', 10)).map(({ record_id }) => record_id)).toEqual(['there']);
    expect((await r.ledger.linked('local', '', 10)).map(({ record_id }) => record_id)).toEqual(['5']);
  });
});

describe('the turn to compare', () => {
  it('is given to one of all that ask at once', async () => {
    const turns = await Promise.all(Array.from({ length: 8 }, () => r.ledger.claimComparison('twenty', 60_000)));
    expect(turns.filter(Boolean)).toHaveLength(1);
    expect(await r.ledger.claimComparison('local', 60_000)).toBe(true);
  });

  it('comes again when its time has passed, or when it was given back', async () => {
    expect(await r.ledger.claimComparison('twenty', 60_000)).toBe(true);
    await r.ledger.releaseComparison('twenty');
    expect(await r.ledger.claimComparison('twenty', 60_000)).toBe(true);
    await r.sql(`update systems set compared_at = compared_at - interval '61 seconds'`);
    expect(await r.ledger.claimComparison('twenty', 60_000)).toBe(true);
    expect(await r.ledger.claimComparison('twenty', 60_000)).toBe(false);
  });

  it('leaves the cursor of the system as it is', async () => {
    await r.ledger.receive('twenty', [], 'here');
    await r.ledger.claimComparison('twenty', 0);
    expect(await r.ledger.cursor('twenty')).toBe('here');
  });
});
