import { contactId } from '@contact-sync/contact';
import { afterAll, describe, expect, test } from 'vitest';
import { queueRates } from '../src/index.ts';
import { endedIn } from '../src/rates.ts';
import { findPlaces, openRig } from './rig.ts';

const places = await findPlaces();
afterAll(async () => void (await Promise.all(places.map((place) => place.close()))));

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

describe.each(places)('on $kind', { timeout: 20_000 }, (place) => {
  test('jobs that end are counted by the backend itself', async () => {
    const rig = await openRig(place);
    const rates = () => queueRates(rig.backend, rig.queues, 5, Date.now());
    expect((await rates()).ingest).toEqual({ completed_per_minute: 0, failed_per_minute: 0 });
    await rig.work({});
    await rig.queues.ingest('local', ['1', '2', '3']);
    await rig.queues.propagate('twenty', [contactId('1')]);
    await expect.poll(rates).toMatchObject({
      ingest: { completed_per_minute: 1 / 5, failed_per_minute: 0 },
      'propagate-twenty': { completed_per_minute: 1 / 5 },
      'propagate-local': { completed_per_minute: 0 },
    });
  });
});
