import { expect, test, vi } from 'vitest';
import { coalesced } from '../src/index.ts';

/** Work that ends when the test says so. */
function held() {
  const runs: PromiseWithResolvers<void>[] = [];
  const work = coalesced(() => {
    const run = Promise.withResolvers<void>();
    runs.push(run);
    return run.promise;
  });
  return { work, runs, finish: (index: number) => runs[index]?.resolve() };
}

test('however often work is asked for while it runs, it runs once more afterwards', async () => {
  const { work, runs, finish } = held();
  work.request();
  expect(runs).toHaveLength(1);
  work.request();
  work.request();
  expect(runs).toHaveLength(1);
  finish(0);
  await vi.waitUntil(() => runs.length === 2);
  finish(1);
  await work.stop();
  expect(runs).toHaveLength(2);
});

test('work that has ended begins anew when it is asked for', async () => {
  const { work, runs, finish } = held();
  work.request();
  finish(0);
  await vi.waitUntil(() => {
    work.request();
    return runs.length === 2;
  });
  finish(1);
  // A request may have come between, while the first run was ending.
  runs[2]?.resolve();
  await work.stop();
});

test('stopping waits for the run under way and begins no other', async () => {
  const { work, runs, finish } = held();
  work.request();
  work.request();
  const stopped = work.stop();
  work.request();
  finish(0);
  await stopped;
  work.request();
  expect(runs).toHaveLength(1);
});
