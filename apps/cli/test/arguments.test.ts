import { expect, test } from 'vitest';
import { ageOf, whole } from '../src/arguments.ts';
import { filterOf, selectionOf } from '../src/letters.ts';
import { widths } from '../src/widths.ts';

test('an age is a number and its unit', () => {
  expect(['90s', '15m', '2h', '3d', '1w', '0s'].map(ageOf)).toEqual([
    90_000, 900_000, 7_200_000, 259_200_000, 604_800_000, 0,
  ]);
});

test.each(['', '2', 'h', '2 h', '-2h', '1.5h', '2H', '2y', '2h30m', '999999d', 'constructor'])(
  '%j is no age',
  (text) => {
    expect(() => ageOf(text)).toThrow('a number and a unit');
  },
);

test('a number within bounds is taken, and nothing else', () => {
  expect(whole(1, 10)('10')).toBe(10);
  for (const text of ['', '0', '11', '1e1', '-1', ' 1', '1.0', '0x1'])
    expect(() => whole(1, 10)(text)).toThrow('from 1 to 10');
});

test('ages are instants before now, the older bound first', () => {
  const now = Date.UTC(2026, 4, 1, 12);
  expect(filterOf({ olderThan: ageOf('2h'), newerThan: ageOf('1d'), system: 'twenty' }, now)).toEqual({
    system: 'twenty',
    before: '2026-05-01T10:00:00.000Z',
    since: '2026-04-30T12:00:00.000Z',
  });
});

test('dead letters are meant by their ids, each once, or by what they are', () => {
  expect(selectionOf(['7', '8', '7'], {})).toEqual({ ids: ['7', '8'] });
  expect(selectionOf([], { all: true })).toEqual({ filter: {} });
  expect(selectionOf([], { code: 'REQUIRED' })).toEqual({ filter: { code: 'REQUIRED' } });
  expect(() => selectionOf(['7'], { code: 'REQUIRED' })).toThrow('name the dead letters');
  expect(() => selectionOf([], {})).toThrow('name the dead letters');
});

test('a table that is wider than its terminal has its widest column wrapped, and no other', () => {
  expect(
    widths(
      [
        ['id', 'why'],
        ['1', 'x'.repeat(40)],
      ],
      80,
    ),
  ).toBeNull();
  expect(
    widths(
      [
        ['id', 'why'],
        ['12345', 'x'.repeat(100)],
      ],
      60,
    ),
  ).toEqual([5, 53]);
});
