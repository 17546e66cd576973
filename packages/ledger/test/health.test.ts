import { readFile } from 'node:fs/promises';
import { fromMillis } from '@contact-sync/contact';
import { type LedgerHealth, SYSTEMS, type System, type SystemHealth, type Target } from '@contact-sync/sync';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  born,
  commit,
  failure,
  headed,
  heldOf,
  idOf,
  type Rig,
  type Row,
  receiptOf,
  rig,
  row,
  tied,
  undelivered,
  version,
} from './rig.ts';

const WINDOW_S = 300;
const STORM = 3;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
let at: Rig;

beforeAll(async () => {
  at = await rig();
});

afterAll(() => at.close());

/** The hub is there for every system since ten minutes ago. */
beforeEach(async () => {
  await at.empty();
  await at.sql(
    `insert into systems (system, since) select s, now() - interval '10 minutes' from unnest($1::text[]) s`,
    [SYSTEMS],
  );
});

const health = () => at.ledger.watching.health.health(WINDOW_S, STORM);

function of(all: LedgerHealth, system: System): SystemHealth {
  const found = all.systems.find((one) => one.system === system);
  if (found === undefined) throw new Error(`${system} is not told of`);
  return found;
}

const ago = (ms: number) => fromMillis(Date.now() - ms);

let contacts = 0;

/** A contact whose edit was made and heard of then, and came to the target now. */
async function arrived(
  target: Target,
  edit: { readonly source?: System | null; readonly edited: number; readonly heard: number },
): Promise<void> {
  const first = { ...version(idOf(++contacts), 1, 'first'), last_updated: ago(edit.edited) };
  const more: Partial<Row> = { source: edit.source === undefined ? 'supabase' : edit.source };
  await at.ledger.commit([headed(first, 0, { history: [row(first, more)] })], []);
  await at.sql(`update versions set heard_at = now() - make_interval(secs => $2) where contact_id = $1`, [
    first.contact_id,
    edit.heard / SECOND,
  ]);
  await at.ledger.delivered(target, [receiptOf(first, `record-${contacts}`)]);
}

describe('the latency of an edit', () => {
  test.each<[string, Parameters<typeof arrived>[1], number]>([
    ['is counted from when it was made', { edited: 90 * SECOND, heard: 30 * SECOND }, 90 * SECOND],
    ['that was made before the hub was there: from when it heard', { edited: 20 * MINUTE, heard: 5 * SECOND }, 5_000],
    ['whose clock is ahead: from when the hub heard of it', { edited: -MINUTE, heard: 7 * SECOND }, 7 * SECOND],
    ['that a person made in the hub: from when it heard', { source: null, edited: MINUTE, heard: SECOND }, SECOND],
  ])('%s', async (_what, edit, expected) => {
    await arrived('local', edit);
    const { finished, latency } = of(await health(), 'local');
    expect(finished).toBe(1);
    expect(latency.count).toBe(1);
    expect((latency.p50_ms ?? 0) - expected).toBeGreaterThanOrEqual(0);
    expect((latency.p50_ms ?? 0) - expected).toBeLessThan(5_000);
  });

  test('is never negative, and never shorter than the hub had it in hand, whatever the clocks say', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -3_600, max: 3_600 }),
        fc.integer({ min: 0, max: 900 }),
        async (edited, heard) => {
          await at.sql('truncate receipts');
          await arrived('twenty', { edited: edited * SECOND, heard: heard * SECOND });
          const { p50_ms } = of(await health(), 'twenty').latency;
          const most = Math.max(heard, Math.min(edited, 600)) * SECOND;
          expect(p50_ms).toBeGreaterThanOrEqual(heard * SECOND);
          expect(p50_ms).toBeLessThan(most + 5_000);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('to BigQuery ends with the append, and what BigQuery had already came from there', async () => {
    const own = version(idOf(++contacts), 1, 'first');
    const other = { ...version(idOf(++contacts), 1, 'first'), last_updated: ago(20 * SECOND) };
    const waits = row(other, { source: 'local', appended: false });
    await at.ledger.commit([headed(own, 0, { history: [row(own, { source: 'bigquery' })] })], []);
    await at.ledger.commit([headed(other, 0, { history: [waits] })], []);
    expect(of(await health(), 'bigquery')).toMatchObject({ finished: 0, latency: { count: 0, p99_ms: null } });
    await at.ledger.markAppended({ rows: [waits], events: [] });
    const { finished, latency } = of(await health(), 'bigquery');
    expect([finished, latency.count]).toEqual([1, 1]);
    expect(latency.p99_ms).toBeGreaterThanOrEqual(20_000);
    expect(latency.p99_ms).toBeLessThan(25_000);
  });

  test('is that of the first receipt alone', async () => {
    const first = await born(at.ledger, idOf(++contacts));
    for (let times = 0; times < 3; times++) await at.ledger.delivered('supabase', [receiptOf(first, 'r')]);
    expect(of(await health(), 'supabase')).toMatchObject({ finished: 1, latency: { count: 1 } });
  });

  test('is not that of an old head that an emptied target is given again', async () => {
    const first = await born(at.ledger, idOf(++contacts), {
      held: [heldOf('twenty', version(idOf(contacts), 1, 'first'))],
    });
    const before = { ...version(first.contact_id, 1, 'other'), version: 1 };
    // It was in step; then a look found it set back.
    await at.ledger.commit([commit(first.contact_id, 1, { held: [heldOf('twenty', before)] })], []);
    await at.ledger.delivered('twenty', [receiptOf(first, 'r')]);
    expect(of(await health(), 'twenty')).toMatchObject({ finished: 1, latency: { count: 0, p50_ms: null } });
  });

  test('is not that of an edit which comes back to its own system under a new number', async () => {
    await arrived('supabase', { source: 'supabase', edited: MINUTE, heard: MINUTE });
    expect(of(await health(), 'supabase')).toMatchObject({ finished: 1, latency: { count: 0 } });
  });

  test('is forgotten after the window', async () => {
    await arrived('local', { edited: SECOND, heard: SECOND });
    await at.sql(`update receipts set at = at - make_interval(secs => $1)`, [WINDOW_S]);
    expect(of(await health(), 'local')).toMatchObject({ finished: 0, latency: { count: 0 } });
  });
});

describe('what is wrong', () => {
  test('is counted by code: letters that are open, and faults of the window', async () => {
    const first = await born(at.ledger, idOf(++contacts));
    const letters = await at.ledger.bury([
      undelivered(first, 'local', { code: 'TOO_LONG' }),
      failure({ queue: 'ingest', system: 'local', key: '1', code: 'INVALID' }),
      failure({ queue: 'ingest', system: 'local', key: '2', code: 'INVALID' }),
    ]);
    await at.ledger.closeDeadLetters(
      letters.filter(({ key }) => key === '2').map((one) => one.dead_letter_id),
      'discarded',
      'ann',
    );
    const worker = { worker_id: 'w', waiting: {}, failing: {} };
    const fault = { system: 'local', code: 'TOO_LONG', count: 4 } as const;
    await at.ledger.watching.health.beat(worker, [fault, { ...fault, code: 'BUSY', count: 1 }]);
    await at.ledger.watching.health.beat(worker, [{ ...fault, count: 6 }]);
    expect(of(await health(), 'local').errors).toEqual([
      { code: 'TOO_LONG', open: 1, recent: 10, per_minute: 2 },
      { code: 'BUSY', open: 0, recent: 1, per_minute: 0.2 },
      { code: 'INVALID', open: 1, recent: 0, per_minute: 0 },
    ]);
    expect(of(await health(), 'twenty').errors).toEqual([]);
  });

  test('is forgotten: faults by the window, and by the table after a day', async () => {
    const { beat } = bound();
    await beat('w', 3);
    await at.sql(`update faults set slot = slot - interval '6 minutes'`);
    expect(of(await health(), 'local').errors).toEqual([]);
    await at.sql(`update faults set slot = slot - interval '1 day'`);
    await beat('w', 0);
    expect(await at.sql('select from faults')).toEqual([]);
  });

  test('a conflict counts where it has a candidate, and where it holds back a delivery', async () => {
    const first = await born(at.ledger, idOf(++contacts), {
      held: [heldOf('twenty', version(idOf(contacts), 1, 'first'))],
    });
    const conflict = tied(first, version(first.contact_id, 1, 'other'));
    await at.ledger.commit([commit(first.contact_id, 1, { conflict })], []);
    const counted = (await health()).systems.map(({ system, conflicts }) => [system, conflicts]);
    expect(Object.fromEntries(counted)).toEqual({ bigquery: 0, supabase: 1, local: 1, twenty: 0 });
  });

  test('a storm is a contact with so many accepted versions within a minute', async () => {
    const ids = [idOf(++contacts), idOf(++contacts), idOf(++contacts)] as const;
    for (const [index, id] of ids.entries())
      for (let number = 1; number <= STORM; number++) {
        const next = version(id, number, `title ${number}`);
        const lost = index === 1 && number === 1;
        await at.ledger.commit(
          [headed(next, number - 1, { history: [row(next, lost ? { status: 'superseded' } : {})] })],
          [],
        );
      }
    await at.sql(
      `update versions set committed_at = committed_at - interval '1 minute' where contact_id = $1 and version = 1`,
      [ids[2]],
    );
    expect((await health()).storms).toEqual([{ contact_id: ids[0], versions: STORM }]);
  });
});

/** Tells of a worker, with so many faults of the local database. */
function bound() {
  const { health: watched } = at.ledger.watching;
  return {
    beat: (worker_id: string, count: number) =>
      watched.beat(
        { worker_id, waiting: { 'propagate-twenty': 'TWENTY_DOWN' }, failing: { local: 'LOCAL_DOWN' } },
        count === 0 ? [] : [{ system: 'local', code: 'BUSY', count }],
      ),
    leave: (worker_id: string) => watched.leave(worker_id),
  };
}

describe('a worker', () => {
  test('is there from its first sign of life until it leaves, with what it said last', async () => {
    const { beat, leave } = bound();
    await beat('one', 0);
    await beat('two', 0);
    await beat('one', 0);
    const { workers } = await health();
    expect(workers.map(({ worker_id }) => worker_id)).toEqual(['one', 'two']);
    expect(workers[0]).toMatchObject({
      waiting: { 'propagate-twenty': 'TWENTY_DOWN' },
      failing: { local: 'LOCAL_DOWN' },
    });
    expect(Date.parse(workers[0]?.beat_at ?? '')).toBeGreaterThan(Date.parse(workers[0]?.started_at ?? ''));
    await leave('one');
    expect((await health()).workers.map(({ worker_id }) => worker_id)).toEqual(['two']);
  });

  test('that says nothing for a minute is gone, and after a day is forgotten', async () => {
    const { beat } = bound();
    await beat('silent', 0);
    await at.sql(`update workers set beat_at = beat_at - interval '61 seconds'`);
    expect((await health()).workers).toEqual([]);
    await at.sql(`update workers set beat_at = beat_at - interval '1 day'`);
    await beat('other', 0);
    expect(await at.sql('select worker_id from workers')).toEqual([{ worker_id: 'other' }]);
  });

  test('counts the same fault at the same moment as others, and none is lost', async () => {
    const { beat } = bound();
    await Promise.all(Array.from({ length: 20 }, (_, index) => beat(`w${index}`, 5)));
    expect(of(await health(), 'local').errors).toMatchObject([{ code: 'BUSY', recent: 100 }]);
  });
});

test('of a ledger that is new the hub is there for every system, and of an older one from now on', async () => {
  await at.sql('alter table systems drop column since');
  await at.sql(`delete from systems where system = 'twenty'`);
  await at.sql(await readFile(new URL('../sql/14-health.sql', import.meta.url), 'utf8'));
  const rows = await at.sql<{ system: string; ms: number }>(
    'select system, extract(epoch from clock_timestamp() - since)::float * 1000 as ms from systems order by system',
  );
  expect(rows.map(({ system }) => system)).toEqual([...SYSTEMS].sort());
  for (const { ms } of rows) expect(ms).toBeLessThan(20_000);
});
