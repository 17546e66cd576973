import type { DeadLetterFilter, OpenConflict } from '@contact-sync/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_PLACES, toTheEnd } from './operators-pages.ts';
import { conflictRecord, knownVersion, letterGroup, letterRecord } from './operators-shapes.ts';
import { born, commit, eventOf, failure, headed, idOf, type Rig, rig, row, tied, undelivered, version } from './rig.ts';

let at: Rig;
beforeAll(async () => {
  at = await rig();
});
beforeEach(() => at.empty());
afterAll(() => at.close());

const A = idOf(1);

describe('dead letters in a list', () => {
  const keys = async (filter: DeadLetterFilter) =>
    (await at.ledger.listDeadLetters(filter, { limit: 20 })).items.map(({ key }) => key);
  const ingest = (key: string, more: Partial<Parameters<typeof failure>[0]> = {}) =>
    failure({ queue: 'ingest', system: 'local', key, ...more });

  it('come newest first, page by page, each once', async () => {
    for (let n = 0; n < 7; n++) await at.ledger.bury([ingest(`${n}`)]);
    for (const limit of [1, 2, 7, 8]) {
      const items = await toTheEnd((page) => at.ledger.listDeadLetters({}, page), limit);
      expect(items.map(({ key }) => key)).toEqual(['6', '5', '4', '3', '2', '1', '0']);
    }
    for (const after of NO_PLACES)
      expect((await at.ledger.listDeadLetters({}, { after, limit: 1 })).items).toMatchObject([{ key: '6' }]);
  });

  it('are the open ones, unless others are asked for, and say what became of them', async () => {
    const buried = await at.ledger.bury([ingest('open'), ingest('closed')]);
    const closed = buried.find(({ key }) => key === 'closed')?.dead_letter_id ?? '';
    await at.ledger.closeDeadLetters([closed], 'replayed', 'ada');
    expect(await keys({})).toEqual(['open']);
    expect(await keys({ status: 'closed' })).toEqual(['closed']);
    expect((await keys({ status: 'all' })).toSorted()).toEqual(['closed', 'open']);
    const told = await at.ledger.deadLetter(closed);
    expect(told).toMatchObject({ status: 'replayed', closed_by: 'ada', closed_at: expect.any(String) });
    letterRecord.parse(told);
    for (const none of ['', 'x', '999', '9'.repeat(40), '\0']) expect(await at.ledger.deadLetter(none)).toBeNull();
  });

  it('fit every condition that is asked for, in the list and in the counts', async () => {
    const first = await born(at.ledger, A);
    await at.ledger.bury([ingest('a'), ingest('b', { code: 'OTHER' }), ingest('c', { system: 'twenty' })]);
    await at.ledger.bury([undelivered(first, 'local')]);
    await at.sql(`update dead_letters set created_at = '2026-01-01T00:00:00Z' where key = 'a'`);
    const filters: readonly (readonly [DeadLetterFilter, readonly string[]])[] = [
      [{ queue: 'propagate-local' }, [A]],
      [{ system: 'local' }, [A, 'a', 'b']],
      [{ system: 'local', queue: 'ingest' }, ['a', 'b']],
      [{ code: 'OTHER' }, ['b']],
      [{ contact_id: A }, [A]],
      [{ before: '2026-01-01T00:00:01Z' }, ['a']],
      [{ before: '2026-01-01T00:00:00Z' }, []],
      [{ since: '2026-01-01T00:00:00Z' }, [A, 'a', 'b', 'c']],
      [{ since: '2026-01-01T00:00:00.000001Z' }, [A, 'b', 'c']],
      [{ code: '\0', status: 'all' }, []],
    ];
    for (const [filter, expected] of filters) {
      expect((await keys(filter)).toSorted(), JSON.stringify(filter)).toEqual(expected.toSorted());
      const counts = await at.ledger.countDeadLetters(filter);
      expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(expected.length);
    }
  });

  it('are counted by queue, system and code, most first, with the oldest of each', async () => {
    await at.ledger.bury([ingest('a'), ingest('b'), ingest('c', { code: 'OTHER' })]);
    await at.sql(`update dead_letters set created_at = '2026-01-01T00:00:00Z' where key = 'b'`);
    const groups = await at.ledger.countDeadLetters({});
    for (const group of groups) letterGroup.parse(group);
    expect(groups.map(({ code, count, oldest }) => [code, count, oldest.slice(0, 4)])).toEqual([
      ['FAILED', 2, '2026'],
      ['OTHER', 1, expect.any(String)],
    ]);
    expect(Date.parse(groups[0]?.oldest ?? '')).toBe(Date.parse('2026-01-01T00:00:00Z'));
  });
});

describe('conflicts in a list', () => {
  const opened = async (n: number): Promise<OpenConflict> => {
    const conflict = tied(await born(at.ledger, idOf(n)), version(idOf(n), 1, 'rival'));
    await at.ledger.commit([commit(idOf(n), 1, { conflict, events: [eventOf(conflict, 'opened')] })], []);
    return conflict;
  };
  const closed = async ({ contact_id, conflict_id }: OpenConflict) => {
    const next = version(contact_id, 2, 'chosen');
    const how = { conflict_id, status: 'resolved', by: 'ada', chosen: next.content_hash } as const;
    await at.ledger.commit([headed(next, 2, { closed: [how] })], []);
    return how;
  };

  it('are the open ones, oldest first, with the name of their contact', async () => {
    const conflicts = [await opened(3), await opened(1), await opened(2)];
    for (const limit of [1, 2, 3]) {
      const items = await toTheEnd((page) => at.ledger.listConflicts('open', page), limit);
      for (const item of items) conflictRecord.parse(item);
      expect(items).toMatchObject(
        conflicts.map((one) => ({ ...one, canonical_name: 'Ada', status: 'open', chosen: null })),
      );
    }
    for (const after of NO_PLACES)
      expect((await at.ledger.listConflicts('open', { after, limit: 1 })).items).toMatchObject([conflicts[0]]);
  });

  it('or those that are closed, the last first, with what was chosen and by whom', async () => {
    const [one, two, three, four] = [await opened(1), await opened(2), await opened(3), await opened(4)];
    const ends = [await closed(three), await closed(one), await closed(four)];
    const items = await toTheEnd((page) => at.ledger.listConflicts('closed', page), 1);
    for (const item of items) conflictRecord.parse(item);
    expect(
      items.map(({ conflict_id, status, closed_by, chosen }) => ({ conflict_id, status, closed_by, chosen })),
    ).toEqual(ends.toReversed().map(({ by, ...how }) => ({ ...how, closed_by: by })));
    expect((await at.ledger.listConflicts('open', { limit: 9 })).items).toMatchObject([two]);
  });

  it('are told one by one whatever their status, without a name once the contact is deleted', async () => {
    const conflict = await opened(1);
    await closed(conflict);
    expect(await at.ledger.conflict(conflict.conflict_id)).toMatchObject({ status: 'resolved', canonical_name: 'Ada' });
    await at.ledger.commit([headed(version(A, 3, null), 3)], []);
    expect(await at.ledger.conflict(conflict.conflict_id)).toMatchObject({ canonical_name: '' });
    for (const none of ['', 'x', '\0', `${A}-9`]) expect(await at.ledger.conflict(none)).toBeNull();
  });
});

describe('versions of a contact', () => {
  it('of one number are all told, the accepted one first', async () => {
    const first = await born(at.ledger, A);
    const losers = [row(version(A, 1, 'loser'), { status: 'superseded', source: null, appended: false })];
    await at.ledger.commit([commit(A, 1, { history: losers })], []);
    const all = await at.ledger.versions(A, 1);
    for (const one of all) knownVersion.parse(one);
    expect(all).toMatchObject([
      { ...first, status: 'accepted', appended: true },
      { status: 'superseded', source: null, appended: false },
    ]);
    expect(await at.ledger.versions(A, 2)).toEqual([]);
    expect(await at.ledger.versions(idOf(9), 1)).toEqual([]);
  });

  it('before a number: the last accepted one below it', async () => {
    const first = await born(at.ledger, A);
    const loser = row(version(A, 3, 'loser'), { status: 'superseded' });
    await at.ledger.commit([headed(version(A, 5, 'fifth'), 1, { history: [row(version(A, 5, 'fifth')), loser] })], []);
    expect(await at.ledger.versionBefore(A, 5)).toMatchObject(first);
    expect(await at.ledger.versionBefore(A, 6)).toMatchObject({ version: 5 });
    expect(await at.ledger.versionBefore(A, 1)).toBeNull();
  });
});
