import { expect, test } from 'vitest';
import { goOn, newRun, type Run, tally } from '../web/logic/replay.ts';

interface One {
  readonly dead_letter_id: string;
  readonly result: string;
}

/** Pages of two, `count` letters in all. */
function pages(count: number) {
  const calls: { after: string | null; key: string }[] = [];
  const step = async (after: string | null, key: string) => {
    calls.push({ after, key });
    const begin = Number(after ?? 0);
    const results = Array.from({ length: Math.min(2, count - begin) }, (_, index) => ({
      dead_letter_id: String(begin + index + 1),
      result: (begin + index) % 3 === 0 ? 'failed' : 'applied',
    }));
    return { results, next: begin + 2 < count ? String(begin + 2) : null };
  };
  return { calls, step };
}

test('goes through every page and tells of each', async () => {
  const { step, calls } = pages(5);
  const told: number[] = [];
  const end = await goOn<One>(
    newRun(),
    step,
    () => false,
    ({ results }) => told.push(results.length),
  );
  expect(end.state).toBe('done');
  expect(told).toEqual([0, 2, 4, 5]);
  expect(Object.fromEntries(tally(end.results))).toEqual({ failed: 2, applied: 3 });
  expect(new Set(calls.map(({ key }) => key)).size).toBe(3);
});

test('stops between pages, and goes on where it was', async () => {
  const { step, calls } = pages(5);
  let stopped = false;
  const halfway = await goOn<One>(
    newRun(),
    step,
    () => stopped,
    ({ results }) => {
      stopped = results.length >= 2;
    },
  );
  expect([halfway.state, halfway.results.length]).toEqual(['stopped', 2]);
  const end = await goOn(
    halfway,
    step,
    () => false,
    () => {},
  );
  expect([end.state, end.results.length]).toEqual(['done', 5]);
  expect(calls.map(({ after }) => after)).toEqual([null, '2', '4']);
});

test('repeats a call that failed under the same key', async () => {
  const { step, calls } = pages(3);
  let down = true;
  const flaky = async (after: string | null, key: string) => {
    const answer = await step(after, key);
    if (after === '2' && down) throw new Error('the answer was lost');
    return answer;
  };
  const failed: Run<One> = await goOn<One>(
    newRun(),
    flaky,
    () => false,
    () => {},
  );
  expect([failed.state, failed.results.length]).toEqual(['failed', 2]);
  down = false;
  const end = await goOn(
    failed,
    flaky,
    () => false,
    () => {},
  );
  expect([end.state, end.results.length]).toEqual(['done', 3]);
  expect(calls[1]).toEqual(calls[2]);
});
