import type { NewAction } from '@contact-sync/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_PLACES, toTheEnd } from './operators-pages.ts';
import { action as shape } from './operators-shapes.ts';
import { idOf, type Rig, rig } from './rig.ts';

let at: Rig;
beforeAll(async () => {
  at = await rig();
});
beforeEach(() => at.empty());
afterAll(() => at.close());

const action = (more: Partial<NewAction> = {}): NewAction => ({
  kind: 'discard',
  subjects: ['dead-letter:1'],
  by: 'ada',
  via: 'console',
  reason: 'it is a test',
  key: null,
  digest: 'what was asked for',
  ...more,
});
const begun = async (more: Partial<NewAction> = {}): Promise<string> => {
  const answer = await at.ledger.beginAction(action(more));
  if (answer.state !== 'begun') throw new Error(`it is ${answer.state}`);
  return answer.action_id;
};
const kept = async () => (await at.ledger.actions(null, { limit: 100 })).items;

describe('an action', () => {
  it('is kept before it is begun, and then what came of it', async () => {
    const id = await begun();
    const { key: _, digest: __, ...told } = action();
    const before = { ...told, action_id: id, ended_at: null, outcome: null, result: null };
    expect(await kept()).toMatchObject([before]);
    await at.ledger.endAction(id, 'done', { discarded: 1 });
    const [after] = await kept();
    expect(after).toMatchObject({ ...before, ended_at: expect.any(String), outcome: 'done', result: { discarded: 1 } });
    shape.parse(after);
  });

  it('ends once', async () => {
    const id = await begun();
    await at.ledger.endAction(id, 'done', 'first');
    await at.ledger.endAction(id, 'failed', 'second');
    expect(await kept()).toMatchObject([{ outcome: 'done', result: 'first' }]);
    for (const none of ['', 'x', '999', '9'.repeat(50)]) await at.ledger.endAction(none, 'done', null);
  });

  it('without a key is one of its own each time', async () => {
    expect(await begun()).not.toBe(await begun());
  });

  it('may hold any text, of any size', async () => {
    const odd = 'NUL \0 half \ud800 '.repeat(5_000);
    const id = await begun({ by: odd, reason: odd, key: odd, digest: odd, subjects: Array(3_000).fill(odd) });
    await at.ledger.endAction(id, 'done', { odd: '\0\ud800' });
    const [one] = await kept();
    shape.parse(one);
    expect(one?.by).toHaveLength(200);
    expect(one?.subjects).toHaveLength(1_000);
    expect(one?.reason).toMatch(/^NUL \ufffd half \ufffd /);
    expect(one?.result).toEqual({ odd: '\0\ud800' });
    await at.ledger.endAction(await begun(), 'failed', undefined);
    expect((await kept())[0]?.result).toBeNull();
    expect((await at.ledger.actions('\0', { limit: 1 })).items).toEqual([]);
  });
});

describe('an action under a key', () => {
  const key = 'request-1';

  it('that was done is answered with what came of it', async () => {
    const id = await begun({ key });
    await at.ledger.endAction(id, 'done', { replayed: ['1'] });
    expect(await at.ledger.beginAction(action({ key }))).toEqual({
      state: 'done',
      action_id: id,
      result: { replayed: ['1'] },
    });
    expect(await kept()).toHaveLength(1);
  });

  it('is under way until it ends, and of many at once one begins', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => at.ledger.beginAction(action({ key }))));
    expect(answers.map(({ state }) => state).toSorted()).toEqual(['begun', ...Array(7).fill('running')]);
  });

  it('that failed begins again, once, and what failed stays on record', async () => {
    await at.ledger.endAction(await begun({ key }), 'failed', 'no');
    const answers = await Promise.all(Array.from({ length: 6 }, () => at.ledger.beginAction(action({ key }))));
    expect(answers.map(({ state }) => state).toSorted()).toEqual(['begun', ...Array(5).fill('running')]);
    expect((await kept()).map(({ outcome }) => outcome)).toEqual([null, 'failed']);
  });

  it('that was cut off more than a minute ago begins again', async () => {
    await begun({ key });
    await at.sql(`update actions set begun_at = begun_at - interval '59 seconds'`);
    expect(await at.ledger.beginAction(action({ key }))).toEqual({ state: 'running' });
    await at.sql(`update actions set begun_at = begun_at - interval '2 seconds'`);
    await begun({ key });
    expect(await kept()).toHaveLength(2);
  });

  it('that ends while somebody takes it for cut off is done', async () => {
    const id = await begun({ key });
    await at.sql(`update actions set begun_at = begun_at - interval '1 hour'`);
    await at.transaction(async (worker) => {
      await worker.query(`update actions set outcome = 'done', ended_at = now(), result = '1'`);
      const again = at.ledger.beginAction(action({ key }));
      await at.blocked();
      await worker.query('commit');
      expect(await again).toEqual({ state: 'done', action_id: id, result: 1 });
    });
  });

  it('is no other action, in whatever state it is', async () => {
    const other = action({ key, digest: 'something else' });
    const id = await begun({ key });
    expect(await at.ledger.beginAction(other)).toEqual({ state: 'mismatch' });
    await at.ledger.endAction(id, 'failed', null);
    expect(await at.ledger.beginAction(other)).toEqual({ state: 'mismatch' });
  });
});

describe('what was done', () => {
  it('is told newest first, page by page, of all or about one subject', async () => {
    const about = `contact:${idOf(1)}`;
    for (let n = 0; n < 7; n++)
      await begun({ subjects: n % 2 ? [about, 'conflict:1'] : ['conflict:1'], reason: `${n}` });
    const reasons = async (subject: string | null, limit: number) =>
      (await toTheEnd((page) => at.ledger.actions(subject, page), limit)).map(({ reason }) => reason);
    for (const limit of [1, 3, 7]) {
      expect(await reasons(null, limit)).toEqual(['6', '5', '4', '3', '2', '1', '0']);
      expect(await reasons(about, limit)).toEqual(['5', '3', '1']);
    }
    for (const after of NO_PLACES)
      expect((await at.ledger.actions(null, { after, limit: 1 })).items).toMatchObject([{ reason: '6' }]);
  });
});
