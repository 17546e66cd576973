import { setTimeout as wait } from 'node:timers/promises';
import { openLedger } from '@contact-sync/ledger';
import { openBackend, openSchedules } from '@contact-sync/queue';
import { type Log, OutageError, type ScheduleName } from '@contact-sync/sync';
import { type TestDatabase, testDatabase } from '@contact-sync/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogueOf, createScheduleDesk, createTurns, type Turns, type TurnsOptions } from '../src/index.ts';

const ambient = {
  now: Date.now,
  after(ms: number, run: () => void) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
let database: TestDatabase;
let ledger: ReturnType<typeof openLedger>;
beforeAll(async () => {
  database = await testDatabase();
  ledger = openLedger(database.url);
  await ledger.install();
});
afterAll(async () => {
  await ledger.close();
  await database.close();
});

function process(more: Partial<TurnsOptions> = {}): { readonly turns: Turns; readonly lines: string[] } {
  const lines: string[] = [];
  const at = (level: keyof Log) => (fields: object, message: string) => {
    lines.push(`${level} ${'code' in fields ? fields.code : ''} ${message}`);
  };
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return { turns: createTurns({ turns: ledger.watching.turns, ambient, log, ...more }), lines };
}
const told = async (name: ScheduleName) => (await ledger.watching.turns.turns()).find((one) => one.name === name);

describe('a schedule', () => {
  it('never overlaps itself, in whatever process it is run, however long a run takes', async () => {
    const processes = [process({ lease_ms: 150 }), process({ lease_ms: 150 }), process({ lease_ms: 150 })];
    let now = 0;
    let most = 0;
    let runs = 0;
    const slow = async () => {
      now += 1;
      most = Math.max(most, now);
      // Longer than its lease, which is renewed meanwhile.
      await wait(250);
      now -= 1;
      runs += 1;
    };
    const begun = Date.now();
    const ends: string[] = [];
    const asksOn = async ({ turns }: (typeof processes)[number]) => {
      while (runs < 2) ends.push(await turns.run('sweep', slow));
    };
    await Promise.all(processes.map(asksOn));
    expect(most).toBe(1);
    expect(Date.now() - begun).toBeGreaterThan(450);
    expect(ends.filter((end) => end === 'over')).toHaveLength(runs);
    expect(ends.filter((end) => end === 'held').length).toBeGreaterThanOrEqual(2 * runs);
    expect(await told('sweep')).toMatchObject({ runs, outcome: 'done', running: false });
  });

  it('keeps what it failed with, and logs that once for as long as it stays the same', async () => {
    const { turns, lines } = process();
    const fails = async () => {
      throw new OutageError('TWENTY_DOWN', 'Twenty does not answer');
    };
    const both = async () => {
      throw new AggregateError([new OutageError('BIGQUERY_DOWN', 'it does not answer'), new Error('and more')]);
    };
    for (let run = 0; run < 3; run++) await turns.run('sync', fails);
    expect(await told('sync')).toMatchObject({ runs: 3, outcome: 'failed', code: 'TWENTY_DOWN' });
    await turns.run('sync', both);
    expect(await told('sync')).toMatchObject({ outcome: 'failed', code: 'BIGQUERY_DOWN' });
    await turns.run('sync', async () => undefined);
    await turns.run('sync', fails);
    await turns.run('sync', fails, { logged: true });
    expect(lines.filter((line) => line.startsWith('warn'))).toHaveLength(3);
    expect(lines.filter((line) => line.startsWith('debug'))).toHaveLength(2);
  });

  it('whose turn is lost hears of it, and does not end the turn of whoever took it over', async () => {
    // This process stands still: its timers fire when the test says so.
    const timers: (() => void)[] = [];
    const after = (_ms: number, run: () => void) => {
      timers.push(run);
      return () => undefined;
    };
    const { turns } = process({ lease_ms: 50, ambient: { now: Date.now, after } });
    const begun = Promise.withResolvers<void>();
    const lost = turns.run('drift-local', async (signal) => {
      begun.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      signal.throwIfAborted();
    });
    await begun.promise;
    await expect
      .poll(() => ledger.watching.turns.beginTurn('drift-local', 60_000), { timeout: 20_000 })
      .toMatchObject({ name: 'drift-local' });
    for (const fire of timers) fire();
    expect(await lost).toBe('over');
    expect(await told('drift-local')).toMatchObject({ runs: 2, running: true, code: 'RUN_LOST' });
  });

  it('that is stopped with its process says so, and may be begun again at once', async () => {
    const { turns } = process();
    const stopping = new AbortController();
    const ran = turns.run(
      'drift-twenty',
      async (signal) => {
        stopping.abort();
        signal.throwIfAborted();
      },
      { signal: stopping.signal },
    );
    expect(await ran).toBe('over');
    expect(await told('drift-twenty')).toMatchObject({ outcome: 'failed', code: 'STOPPED', running: false });
    expect(await turns.run('drift-twenty', async () => undefined)).toBe('over');
  });

  it('runs without a turn only where that does no harm, when the ledger is away', async () => {
    const away = openLedger('postgres://nobody@127.0.0.1:2/nothing', { connect_ms: 500 });
    const { turns, lines } = process({ turns: away.watching.turns });
    let runs = 0;
    const work = async () => {
      runs += 1;
    };
    expect(await turns.run('sweep', work)).toBe('away');
    expect(await turns.run('alerts', work, { anyway: true })).toBe('over');
    expect(runs).toBe(1);
    expect(await turns.paused('sweep')).toBe(false);
    expect(lines.filter((line) => line.startsWith('warn'))).toEqual([
      'warn LEDGER_UNREACHABLE the ledger gives no turns: will ask again',
    ]);
    await away.close();
  });
});

describe('the desk of schedules', () => {
  const ada = { by: 'ada', via: 'cli', key: null } as const;
  const each = (ms: number) => ({ bigquery: ms, supabase: ms, local: ms, twenty: ms });
  const catalogue = catalogueOf({
    sync_ms: 300_000,
    sweep: { every_ms: 100 },
    poll_ms: each(5_000),
    compare_ms: 60_000,
    drift_ms: each(900_000),
    alerts: { every_ms: 15_000 },
  });

  it('shows every schedule with its period, pauses, resumes and runs it, and keeps who did', async () => {
    const backend = await openBackend(database.url);
    const queue = await openSchedules(backend);
    await queue.keep(catalogue);
    const desk = createScheduleDesk(catalogue, ledger.watching.turns, queue, ledger);
    const all = await desk.schedules();
    expect(all.map(({ name, every_ms }) => ({ name, every_ms }))).toEqual(catalogue);
    expect(all.find(({ name }) => name === 'sweep')?.every_ms).toBe(1_000);
    expect(all.every(({ next_at }) => next_at !== null)).toBe(true);

    const { turns } = process();
    const seesPaused = process();
    expect(await seesPaused.turns.paused('retention')).toBe(false);
    expect(await desk.pause('retention', ada)).toMatchObject({ paused_by: 'ada', next_at: null });
    expect(await turns.run('retention', async () => undefined)).toBe('paused');
    expect(await turns.run('retention', async () => undefined, { asked: true })).toBe('over');
    await expect.poll(() => seesPaused.turns.paused('retention'), { timeout: 20_000 }).toBe(true);
    await desk.run('retention', ada);
    expect((await queue.bull.getJobs(['waiting'])).map(({ name, data }) => ({ name, data }))).toEqual([
      { name: 'retention', data: { asked: true } },
    ]);
    expect(await desk.resume('retention', ada)).toMatchObject({
      paused_by: null,
      runs: 1,
      next_at: expect.any(String),
    });
    const { items } = await ledger.actions('schedule:retention', { limit: 10 });
    expect(items.map(({ kind, by, outcome }) => [kind, by, outcome])).toEqual([
      ['resume', 'ada', 'done'],
      ['run', 'ada', 'done'],
      ['pause', 'ada', 'done'],
    ]);

    const empty = createScheduleDesk([], ledger.watching.turns, queue, ledger);
    await expect(empty.pause('sync', ada)).rejects.toMatchObject({ code: 'NO_SUCH_SCHEDULE' });
    const due = () => Promise.reject(new OutageError('QUEUE_UNREACHABLE', 'the queues do not answer'));
    const blind = createScheduleDesk(catalogue, ledger.watching.turns, { ...queue, due }, ledger);
    expect(await blind.schedules()).toMatchObject(catalogue.map(() => ({ next_at: null })));
    await queue.close();
    await backend.close();
  });
});
