import type { DeadLetterJob } from '@contact-sync/sync';
import { NO_REDIS } from '@contact-sync/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { queueNames } from '../src/index.ts';
import { contacts, findPlaces, openRig, records } from './rig.ts';

const places = await findPlaces();
afterAll(() => Promise.all(places.map((place) => place.close())));
if (places.length === 1) test.skip(`the half on Redis: ${NO_REDIS}`);

const letter = (id: string, queue: DeadLetterJob['queue'] = 'propagate-twenty'): DeadLetterJob => ({
  dead_letter_id: id,
  queue,
  system: 'twenty',
  key: '7',
  contact_id: null,
  code: 'SOME_CODE',
  field: null,
  reason: 'a reason',
  advice: 'an advice',
});

describe.each(places)('queues on $kind', { timeout: 20_000 }, (place) => {
  test('keys are told in jobs of bounded size, each key once', async () => {
    const { queues } = await openRig(place);
    await queues.ingest('supabase', [...records(450), 'r1', 'r2']);
    await queues.propagate('twenty', contacts(130));
    await queues.propagate('local', contacts(500));
    const sizes = async (name: (typeof queueNames)[number], field: string) =>
      (await queues.bull(name).getJobs(['waiting'])).map((job) => job.data[field].length).sort((a, b) => a - b);
    expect(await sizes('ingest', 'record_ids')).toEqual([50, 200, 200]);
    expect(await sizes('propagate-twenty', 'contact_ids')).toEqual([10, 60, 60]);
    expect(await sizes('propagate-local', 'contact_ids')).toEqual([500]);
    expect((await queues.bull('ingest').getJobs(['waiting'])).map((job) => job.data.system)).toEqual(
      Array(3).fill('supabase'),
    );
  });

  test('nothing to tell is no job', async () => {
    const { queues } = await openRig(place);
    await queues.ingest('local', []);
    await queues.propagate('local', []);
    await queues.bury([]);
    expect(Object.values(await queues.counts()).every((count) => count.waiting === 0)).toBe(true);
  });

  test('splitting gives each key a job of its own', async () => {
    const { queues } = await openRig(place);
    await queues.split({ target: 'twenty', contact_ids: contacts(70) });
    await queues.split({ system: 'bigquery', record_ids: records(3) });
    const counts = await queues.counts();
    expect(counts['propagate-twenty'].waiting).toBe(70);
    expect(counts.ingest.waiting).toBe(3);
  });

  test('a dead letter that is buried twice is shown once, whatever its id looks like', async () => {
    const { queues } = await openRig(place);
    const letters = ['12345', 'a:b:c', 'a:b', 'plain', '0'].map((id) => letter(id));
    await queues.bury(letters);
    await queues.bury([...letters, letter('12345', 'ingest')]);
    const counts = await queues.counts();
    expect(counts['propagate-twenty-dead'].waiting).toBe(5);
    expect(counts['ingest-dead'].waiting).toBe(1);
    const shown = await queues.bull('propagate-twenty-dead').getJobs(['waiting']);
    expect(shown.map((job) => job.data.dead_letter_id).sort()).toEqual(['0', '12345', 'a:b', 'a:b:c', 'plain']);
  });

  test('a dead letter that was unburied can be buried again', async () => {
    const { queues } = await openRig(place);
    await queues.bury([letter('1'), letter('2')]);
    await queues.unbury([
      { queue: 'propagate-twenty', dead_letter_id: '1' },
      { queue: 'propagate-twenty', dead_letter_id: 'never was' },
    ]);
    expect((await queues.counts())['propagate-twenty-dead'].waiting).toBe(1);
    await queues.bury([letter('1')]);
    expect((await queues.counts())['propagate-twenty-dead'].waiting).toBe(2);
  });

  test('a conflict is shown once until it is hidden', async () => {
    const { queues } = await openRig(place);
    const [contact_id] = contacts(1);
    if (!contact_id) throw new Error('one contact');
    const conflicts = ['17', 'x:y'].map((conflict_id) => ({ conflict_id, contact_id }));
    await queues.showConflicts(conflicts);
    await queues.showConflicts(conflicts);
    expect((await queues.counts()).conflicts.waiting).toBe(2);
    await queues.hideConflicts(['17']);
    expect((await queues.counts()).conflicts.waiting).toBe(1);
  });

  test('every queue is counted', async () => {
    const { queues } = await openRig(place);
    const none = { waiting: 0, active: 0, delayed: 0, failed: 0 };
    expect(await queues.counts()).toEqual(Object.fromEntries(queueNames.map((name) => [name, none])));
  });
});
