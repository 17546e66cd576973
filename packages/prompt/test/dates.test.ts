import { describe, expect, it } from 'vitest';
import { nextOccurrence, parseDay, parseNow } from '../src/dates.ts';
import { ContactPromptBuilder } from '../src/index.ts';
import { contact } from './arbitrary.ts';

const next = (date: string, now: string): string | null => {
  const [day, today] = [parseDay(date), parseNow(now)];
  return day === null || today === null ? null : nextOccurrence(day, today);
};

describe('a date comes next', () => {
  it.each([
    ['on the day itself when it is to come', '2027-03-01', '2026-05-01', '2027-03-01'],
    ['today when it is today', '2026-05-01', '2026-05-01', '2026-05-01'],
    ['this year when its anniversary is to come', '1815-12-10', '2026-05-01', '2026-12-10'],
    ['today when its anniversary is today', '1815-05-01', '2026-05-01T23:59:59.999999Z', '2026-05-01'],
    ['next year when its anniversary has been', '1815-04-30', '2026-05-01', '2027-04-30'],
    ['each year when it has none', '12-24', '2026-12-25', '2027-12-24'],
    ['each year in the form of vCard', '--12-24', '2026-12-24', '2026-12-24'],
    ['on the 28th of February in a year without the 29th', '2000-02-29', '2026-05-01', '2027-02-28'],
    ['on the 29th in a leap year', '--02-29', '2027-05-01', '2028-02-29'],
  ])('%s', (_, date, now, expected) => {
    expect(next(date, now)).toBe(expected);
  });

  it.each([
    '',
    'soon',
    '2026-13-01',
    '2026-02-29',
    '0000-01-01',
    '02-30',
    '2026-1-1',
    '2026-01-01T00:00',
    '１９９０-01-01',
  ])('never when it is none: %j', (date) => {
    expect(parseDay(date)).toBeNull();
  });
});

it('important dates stand in the order in which they come, those that are none last in their own', async () => {
  const dates = ['some day', '04-30', '2026-06-01', '1990-05-02', 'later', '2000-05-01'];
  const one = contact('42', {
    canonical_name: 'Ada',
    category_code: 'B',
    llm_context: { important_dates: dates.map((date) => ({ date, event: 'x' })) },
  });
  const { text } = await new ContactPromptBuilder().buildContactContext(one, { budget: 1_000, now: '2026-05-01' });
  expect([...text.matchAll(/<date>(.*?)<\/date>/g)].map(([, date]) => date)).toEqual([
    '2000-05-01',
    '1990-05-02',
    '2026-06-01',
    '04-30',
    'some day',
    'later',
  ]);
});
