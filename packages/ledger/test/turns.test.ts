import { SCHEDULES, type Turn } from '@contact-sync/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Rig, rig } from './rig.ts';
import { count, instant } from './shapes.ts';

const LONG = 60_000;
let at: Rig;
beforeAll(async () => {
  at = await rig();
});
beforeEach(() => at.empty());
afterAll(() => at.close());

const shape = z.strictObject({
  name: z.enum(SCHEDULES),
  began_at: instant.nullable(),
  ended_at: instant.nullable(),
  outcome: z.enum(['done', 'failed']).nullable(),
  code: z.string().nullable(),
  running: z.boolean(),
  runs: count,
  paused_at: instant.nullable(),
  paused_by: z.string().nullable(),
});
const ledger = () => at.ledger.watching.turns;
const told = async () => {
  const [one, ...more] = z.array(shape).parse(await ledger().turns());
  expect(more).toEqual([]);
  return one;
};
const begun = async (lease_ms = LONG, force = false): Promise<Turn> => {
  const turn = await ledger().beginTurn('sweep', lease_ms, force);
  if (typeof turn === 'string') throw new Error(`it is ${turn}`);
  return turn;
};

describe('a turn', () => {
  it('is had by one, of however many that ask at once', async () => {
    const asked = await Promise.all(Array.from({ length: 8 }, () => ledger().beginTurn('sweep', LONG)));
    expect(asked.filter((one) => one === 'held')).toHaveLength(7);
    expect(await told()).toMatchObject({ name: 'sweep', running: true, runs: 1, ended_at: null, outcome: null });
    expect(await ledger().beginTurn('sync', LONG)).toMatchObject({ name: 'sync' });
  });

  it('ends with what came of it, and is free again', async () => {
    await ledger().endTurn(await begun(), 'failed', 'TWENTY_DOWN');
    expect(await told()).toMatchObject({ running: false, runs: 1, outcome: 'failed', code: 'TWENTY_DOWN' });
    const next = await begun();
    expect(await told()).toMatchObject({ running: true, runs: 2, outcome: 'failed', code: 'TWENTY_DOWN' });
    await ledger().endTurn(next, 'done', null);
    expect(await told()).toMatchObject({ running: false, runs: 2, outcome: 'done', code: null });
  });

  it('is taken over once its lease has run out, and told as lost; whoever lost it can neither renew nor end it', async () => {
    const lost = await begun(1);
    await expect.poll(async () => (await told())?.running).toBe(false);
    expect(await told()).toMatchObject({ outcome: 'failed', code: 'RUN_LOST', ended_at: expect.any(String) });
    const taken = await begun();
    expect(await told()).toMatchObject({ running: true, runs: 2, outcome: 'failed', code: 'RUN_LOST' });
    expect(await ledger().renewTurn(lost, LONG)).toBe(false);
    await ledger().endTurn(lost, 'done', null);
    expect(await told()).toMatchObject({ running: true, code: 'RUN_LOST' });
    expect(await ledger().renewTurn(taken, LONG)).toBe(true);
    await ledger().endTurn(taken, 'done', null);
    expect(await ledger().renewTurn(taken, LONG)).toBe(false);
    expect(await told()).toMatchObject({ running: false, outcome: 'done', code: null });
  });

  it('is held for as long as it is renewed', async () => {
    const turn = await begun(1);
    expect(await ledger().renewTurn(turn, LONG)).toBe(true);
    expect(await ledger().beginTurn('sweep', LONG)).toBe('held');
    expect(await told()).toMatchObject({ running: true });
  });
});

describe('a paused schedule', () => {
  it('does not run until it is resumed, but for whoever forces it', async () => {
    await ledger().pauseSchedule('sweep', 'ada');
    expect(await told()).toMatchObject({ paused_by: 'ada', paused_at: expect.any(String), runs: 0, began_at: null });
    expect(await ledger().beginTurn('sweep', LONG)).toBe('paused');
    await ledger().endTurn(await begun(LONG, true), 'done', null);
    expect(await ledger().beginTurn('sweep', LONG)).toBe('paused');
    await ledger().resumeSchedule('sweep');
    expect(await told()).toMatchObject({ paused_by: null, paused_at: null, runs: 1 });
    await begun();
    expect(await ledger().beginTurn('sweep', LONG, true)).toBe('held');
  });

  it('is paused by whoever was first, under any name', async () => {
    await ledger().pauseSchedule('sweep', 'NUL \0 half \ud800');
    await ledger().pauseSchedule('sweep', 'ada');
    expect(await told()).toMatchObject({ paused_by: 'NUL \ufffd half \ufffd' });
  });

  it('lets a run under way come to its end', async () => {
    const turn = await begun();
    await ledger().pauseSchedule('sweep', 'ada');
    expect(await ledger().renewTurn(turn, LONG)).toBe(true);
    await ledger().endTurn(turn, 'done', null);
    expect(await told()).toMatchObject({ running: false, outcome: 'done', paused_by: 'ada' });
  });
});
