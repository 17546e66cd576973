/** What people do is recorded before it is done, with what came of it. */
import { expect, it } from 'vitest';
import { type NewAction, type OperatorLedger, OutageError, PermanentError } from '../src/index.ts';
import { performed, type Task } from '../src/operators/performed.ts';

const task: Task<{ readonly n: number }> = {
  kind: 'restore',
  subjects: ['contact:7'],
  asked: ['7'],
  run: async () => ({ n: 1 }),
};
const asker = { by: 'ann', via: 'program', key: 'k' } as const;

/** Records that say of each action what was told of it. */
function records(
  answer: Awaited<ReturnType<OperatorLedger['beginAction']>> = { state: 'begun', action_id: '1' },
  isAway = false,
) {
  const begun: NewAction[] = [];
  const ended: unknown[] = [];
  const ledger = {
    beginAction: async (action: NewAction) => {
      begun.push(action);
      return answer;
    },
    endAction: async (...end: unknown[]) => {
      if (isAway) throw new OutageError('LEDGER_UNREACHABLE', 'away');
      ended.push(end);
    },
  };
  // No more of it is asked.
  return { begun, ended, ledger: ledger as unknown as OperatorLedger };
}

it('the order of keys does not make another request, and anything else does', async () => {
  const { ledger, begun } = records();
  for (const asked of [{ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }, { a: 1, b: { c: 2, d: 4 } }, { a: 1 }])
    await performed(ledger, asker, { ...task, asked });
  await performed(ledger, asker, { ...task, kind: 'sync', asked: { a: 1 } });
  const digests = begun.map(({ digest }) => digest);
  expect(digests[1]).toBe(digests[0]);
  expect(new Set(digests).size).toBe(4);
});

it('what was done is kept, and what failed under its code', async () => {
  const done = records();
  expect(await performed(done.ledger, asker, task)).toEqual({ n: 1 });
  expect(done.ended).toEqual([['1', 'done', { n: 1 }]]);
  for (const [error, code] of [
    [new PermanentError('NO_SUCH_CONTACT', 'none', { advice: '' }), 'NO_SUCH_CONTACT'],
    [new Error('somebody’s name'), 'UNEXPECTED_ERROR'],
  ] as const) {
    const failed = records();
    await expect(performed(failed.ledger, asker, { ...task, run: () => Promise.reject(error) })).rejects.toBe(error);
    expect(failed.ended).toEqual([['1', 'failed', { code }]]);
  }
});

it('what was done is never told as failed, though its end could not be recorded', async () => {
  const { ledger, ended } = records(undefined, true);
  const end = ledger.endAction;
  const told: string[] = [];
  ledger.endAction = (id, outcome, result) => {
    told.push(outcome);
    return end(id, outcome, result);
  };
  await expect(performed(ledger, asker, task)).rejects.toMatchObject({ code: 'LEDGER_UNREACHABLE' });
  expect([told, ended]).toEqual([['done'], []]);
});

it('what went wrong is told, and not that its end could not be recorded', async () => {
  const { ledger } = records(undefined, true);
  const error = new Error('first');
  await expect(performed(ledger, asker, { ...task, run: () => Promise.reject(error) })).rejects.toBe(error);
});

it.each([
  ['running', 'ACTION_RUNNING'],
  ['mismatch', 'KEY_REUSED'],
] as const)('one that is %s is not done: %s', async (state, code) => {
  const { ledger, ended } = records({ state });
  const never = () => expect.unreachable();
  await expect(performed(ledger, asker, { ...task, run: never })).rejects.toMatchObject({ code });
  expect(ended).toEqual([]);
});

it('one that was done before answers as it did, and is not done again', async () => {
  const { ledger } = records({ state: 'done', action_id: '1', result: { n: 9 } });
  expect(await performed(ledger, asker, { ...task, run: () => expect.unreachable() })).toEqual({ n: 9 });
});
