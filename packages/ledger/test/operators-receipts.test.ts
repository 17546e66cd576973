import type { ContactCommit, Version } from '@contact-sync/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { flowPoint, receipt } from './operators-shapes.ts';
import { born, change, commit, headed, idOf, type Rig, receiptOf, rig, version } from './rig.ts';

let at: Rig;
beforeAll(async () => {
  at = await rig();
});
beforeEach(() => at.empty());
afterAll(() => at.close());

const A = idOf(1);
/** Edits of one record, decided over in a commit of contact A. @returns their ids, in the order they were told */
const edits = async (...keys: readonly string[]): Promise<readonly string[]> => {
  await at.ledger.receive(
    'local',
    keys.map((key) => change(key, 'r')),
    null,
  );
  return (await at.ledger.snapshot('local', ['r'], [])).inbox.map(({ inbox_id }) => inbox_id);
};
const done = (inbox_id: string | undefined, outcome: ContactCommit['inbox_done'][number]['outcome']) => ({
  inbox_id: inbox_id ?? '',
  outcome,
});
const older = (table: string, column: string, interval: string) =>
  at.sql(`update ${table} set ${column} = ${column} - interval '${interval}'`);

describe('what came of an edit', () => {
  it('is kept with it, of those alone that were decided over', async () => {
    const [one, two, three] = await edits('k1', 'k2', 'k3');
    const inbox_done = [done(one, 'accepted'), done(two, 'superseded')];
    await at.ledger.commit([headed(version(A, 1, 'first'), 0, { inbox_done })], []);
    await at.ledger.commit([commit(A, 9, { inbox_done: [done(three, 'echo')] })], []);
    expect(await at.sql('select outcome, done_at is not null as done from inbox order by inbox_id')).toEqual([
      { outcome: 'accepted', done: true },
      { outcome: 'superseded', done: true },
      { outcome: null, done: false },
    ]);
  });
});

describe('a receipt', () => {
  const given = (of: Version, target: 'local' | 'twenty' = 'twenty') =>
    at.ledger.delivered(target, [receiptOf(of, `${target}-${of.contact_id}`)]);
  const times = () => at.sql(`select target, version::int, times from receipts order by target, version`);

  it('is kept the first time, and when it comes again its last time and how often', async () => {
    const first = await born(at.ledger, A);
    await given(first);
    const [once] = await at.ledger.receipts(A);
    expect(once?.last_at).toBe(once?.at);
    await older('receipts', 'at', '1 hour');
    await given(first);
    const [again] = await at.ledger.receipts(A);
    receipt.parse(again);
    expect(Date.parse(once?.at ?? '') - Date.parse(again?.at ?? '')).toBe(3_600_000);
    expect(Date.parse(again?.last_at ?? '')).toBeGreaterThan(Date.parse(once?.at ?? ''));
    expect(again?.waited_ms).toBe(once?.waited_ms);
    expect(await times()).toEqual([{ target: 'twenty', version: 1, times: 2 }]);
  });

  it('is kept also where it comes late, or twice in one call, and not of a contact that nobody knows', async () => {
    const first = await born(at.ledger, A);
    const second = version(A, 2, 'second');
    await at.ledger.commit([headed(second, 1)], []);
    await given(second);
    await at.ledger.delivered('twenty', [
      receiptOf(first, 'p'),
      receiptOf(first, 'p'),
      receiptOf(version(idOf(9), 1, 'x'), 'q'),
    ]);
    expect(await times()).toEqual([
      { target: 'twenty', version: 1, times: 2 },
      { target: 'twenty', version: 2, times: 1 },
    ]);
  });

  it('of each target the last is told, and of all the newest first', async () => {
    const first = await born(at.ledger, A);
    const other = await born(at.ledger, idOf(2));
    await given(first);
    await given(first, 'local');
    const second = version(A, 2, 'second');
    await at.ledger.commit([headed(second, 1)], []);
    await given(second);
    await given(other);
    // Late: what came after it stands.
    await given(first, 'twenty');
    expect((await at.ledger.receipts(A)).map((one) => [one.target, one.version])).toEqual([
      ['local', 1],
      ['twenty', 2],
    ]);
    const latest = await at.ledger.latest(3);
    for (const one of latest) receipt.parse(one);
    expect(latest.map((one) => [one.contact_id, one.target, one.version])).toEqual([
      [idOf(2), 'twenty', 1],
      [A, 'twenty', 2],
      [A, 'local', 1],
    ]);
    expect(await at.ledger.receipts(idOf(9))).toEqual([]);
  });

  it('says how long it took since the first edit of the version was heard of', async () => {
    const [one, two] = await edits('k1', 'k2');
    await at.sql(
      `update inbox set received_at = received_at - case key when 'k1' then interval '9 seconds' else interval '1 second' end`,
    );
    const first = version(A, 1, 'first');
    const inbox_done = [done(two, 'accepted'), done(one, 'superseded')];
    await at.ledger.commit([headed(first, 0, { inbox_done }), headed(version(idOf(2), 1, 'other'), 0)], []);
    await given(first);
    await given(version(idOf(2), 1, 'other'));
    const waited = async (id: typeof A) => (await at.ledger.receipts(id))[0]?.waited_ms ?? -1;
    expect(await waited(A)).toBeGreaterThanOrEqual(9_000);
    expect(await waited(A)).toBeLessThan(60_000);
    // Of no edit that was kept: since it was decided.
    expect(await waited(idOf(2))).toBeGreaterThanOrEqual(0);
    expect(await waited(idOf(2))).toBeLessThan(9_000);
  });

  it('does not say how long it took of a version from before that was kept', async () => {
    const first = await born(at.ledger, A);
    await at.sql('update versions set heard_at = null');
    await given(first);
    expect(await at.ledger.receipts(A)).toMatchObject([{ waited_ms: null }]);
    const since = new Date(Date.now() - 60_000).toISOString();
    expect(await at.ledger.flow(since, 3600)).toMatchObject([{ delivered: 1, p50_ms: null, p95_ms: null }]);
  });
});

describe('the flow', () => {
  it('is told in stretches from an instant on, by target, without those that are empty', async () => {
    const minutes = ['00:01', '00:02', '00:59', '05:00'];
    for (const [n, minute] of minutes.entries())
      await at.sql(
        `insert into receipts values ($1, 'twenty', 1, 'h', $2::timestamptz, $2::timestamptz, 1, $3), ($1, 'local', 1, 'h', $2::timestamptz - interval '1 day', $2::timestamptz, 1, $3)`,
        [idOf(n), `2026-01-01T10:${minute}Z`, [100, 200, 900, 7][n]],
      );
    const points = await at.ledger.flow('2026-01-01T10:00:00Z', 60);
    for (const point of points) flowPoint.parse(point);
    expect(points.map((point) => ({ ...point, at: new Date(point.at).toISOString().slice(11, 16) }))).toEqual([
      { at: '10:00', target: 'twenty', delivered: 3, p50_ms: 200, p95_ms: 900 },
      { at: '10:05', target: 'twenty', delivered: 1, p50_ms: 7, p95_ms: 7 },
    ]);
  });
});
