import { expect, test } from 'vitest';
import { endedIn } from '../src/rates.ts';

const MINUTE = 60_000;
const metrics = (count: number, prevCount: number, minute: number, data: number[]) => ({
  meta: { count, prevCount, prevTS: minute * MINUTE + 5_000 },
  data,
  count: data.length,
});

test.each([
  ['the minute under way counts', metrics(7, 4, 100, [4]), 1, 100, 3],
  ['and those before it', metrics(7, 4, 100, [3, 0, 1]), 5, 100, 7],
  ['what is older does not', metrics(7, 4, 100, [3, 0, 1]), 2, 100, 6],
  ['while nothing ends the backend stays behind', metrics(7, 4, 100, [3, 0, 1]), 5, 104, 3],
  ['until all of it is old', metrics(7, 4, 100, [3, 0, 1]), 5, 105, 0],
  [
    'where nothing ever ended there is nothing',
    { meta: { count: 0, prevCount: 0, prevTS: 0 }, data: [], count: 0 },
    5,
    100,
    0,
  ],
])('%s', (_what, told, minutes, now, expected) => {
  expect(endedIn(told, minutes, now * MINUTE + 30_000)).toBe(expected);
});
