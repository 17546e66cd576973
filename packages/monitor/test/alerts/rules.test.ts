import { contactId } from '@contact-sync/contact';
import { SYSTEMS } from '@contact-sync/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge } from '../../src/alerts/rules.ts';
import type { Verdict } from '../../src/alerts/verdict.ts';
import { observationOf } from '../../src/index.ts';
import { FULL, NOTHING } from '../reports.ts';
import { AT, observed, THRESHOLDS } from './rig.ts';

type Seen = Parameters<typeof observed>[0];
const verdicts = (seen: Seen, thresholds = THRESHOLDS) => judge(observed(seen), thresholds).verdicts;
const of = (code: Verdict['code'], subject: string, seen: Seen, thresholds = THRESHOLDS) => {
  const found = verdicts(seen, thresholds).filter((one) => one.code === code && one.subject === subject);
  expect(found).toHaveLength(1);
  return found[0];
};
const is = (...[code, subject, seen, thresholds]: Parameters<typeof of>) => of(code, subject, seen, thresholds)?.is;
const said = (...[code, subject, seen]: Parameters<typeof of>) => {
  const found = of(code, subject, seen);
  return found !== undefined && 'says' in found ? found.says : null;
};
const ago = (ms: number) => new Date(Date.parse(AT) - ms).toISOString();
const twenty = (more: Exclude<Exclude<Seen, undefined>['systems'], undefined>['twenty']): Seen => ({
  systems: { twenty: more ?? {} },
});
const worker = (more: object) => {
  const [one] = observed().ledger?.workers ?? [];
  if (one === undefined) throw new Error('a worker runs');
  return { ledger: { workers: [{ ...one, ...more }] } };
};

describe('what is wrong', () => {
  it('is nothing where all is well', () => {
    expect(verdicts({}).filter((one) => one.is !== 'right')).toEqual([]);
  });

  it('is unknown where nothing can be seen, but for that itself', () => {
    const { verdicts: all, absent } = judge(observationOf(NOTHING), THRESHOLDS);
    expect(all.filter((one) => one.is !== 'unknown').map(({ code, is: how }) => [code, how])).toEqual([
      ['LEDGER_DOWN', 'wrong'],
      ['QUEUES_DOWN', 'wrong'],
    ]);
    expect(absent('ECHO_STORM')).toBe('unknown');
  });

  it('has one verdict a name, and speaks of ids, codes and counts in whole sentences', () => {
    const { verdicts: all } = judge(observationOf(FULL), THRESHOLDS);
    const names = all.map(({ code, subject }) => `${code} ${subject}`);
    expect(new Set(names).size).toBe(names.length);
    for (const one of all) {
      if (!('says' in one)) continue;
      expect(one.says.message).toMatch(/^[A-Z0-9].*\.$/);
      expect(one.says.advice).toMatch(/^[A-Z].*\.$/);
      expect(one.says.message + one.says.advice).not.toMatch(/undefined|null|NaN|Infinity/);
    }
  });
});

describe('SYNC_FAILING', () => {
  const failing = (seen: Seen) => is('SYNC_FAILING', 'system:twenty', seen);

  it('when the system does not answer', () => {
    const away = { reachable: { ok: false, latency_ms: 5, detail: 'TWENTY_DOWN', skew_ms: null } };
    expect(failing(twenty(away))).toBe('wrong');
    expect(said('SYNC_FAILING', 'system:twenty', twenty(away))?.message).toContain('TWENTY_DOWN');
    expect(failing(twenty({ reachable: null }))).toBe('unknown');
  });

  it('when its queue waits for it, or its edits cannot be read', () => {
    expect(failing(worker({ waiting: { 'propagate-twenty': 'TWENTY_DENIED' } }))).toBe('wrong');
    expect(failing(worker({ failing: { twenty: 'TWENTY_DENIED' } }))).toBe('wrong');
    expect(failing(worker({ waiting: { 'propagate-local': 'X' }, failing: { local: 'X' } }))).toBe('right');
    expect(failing({ ...worker({ failing: { twenty: 'X' } }), ...twenty({ reachable: null }) })).toBe('wrong');
  });

  it('when faults keep coming and nothing is finished', () => {
    const errors = [{ code: 'TWENTY_ODD', open: 0, recent: 3, per_minute: 1 }];
    expect(failing(twenty({ errors, finished: 0 }))).toBe('wrong');
    expect(failing(twenty({ errors, finished: 1 }))).toBe('right');
    expect(failing(twenty({ errors: [{ code: 'X', open: 9, recent: 2, per_minute: 1 }], finished: 0 }))).toBe('right');
  });

  it('when ingest waits', () => {
    const waits = worker({ waiting: { ingest: 'BIGQUERY_DOWN' } });
    expect(is('SYNC_FAILING', 'queue:ingest', waits)).toBe('wrong');
    expect(is('SYNC_FAILING', 'queue:ingest', {})).toBe('right');
  });
});

describe('a number', () => {
  const numbers = fc.double({ min: 0, max: 1e6, noNaN: true });
  it('is wrong above its threshold, right again below four fifths of it, and between neither', () => {
    fc.assert(
      fc.property(numbers, fc.double({ min: 0.001, max: 1e6, noNaN: true }), (percent, drift_percent) => {
        const drift = { percent, started_at: FULL.systems?.[0]?.drift?.started_at, took_ms: 1 };
        if (drift.started_at === undefined) throw new Error('there is one');
        const how = is('DRIFT_HIGH', 'system:twenty', twenty({ drift: { ...drift, started_at: drift.started_at } }), {
          ...THRESHOLDS,
          drift_percent,
        });
        const between = percent > drift_percent * 0.8 ? 'lingers' : 'right';
        expect(how).toBe(percent > drift_percent ? 'wrong' : between);
      }),
      { numRuns: 100 },
    );
  });

  it('that nobody looked for is unknown', () => {
    expect(is('DRIFT_HIGH', 'system:twenty', twenty({ drift: null }))).toBe('unknown');
  });
});

describe('LATENCY_HIGH', () => {
  const slow = (more: Parameters<typeof twenty>[0]) => is('LATENCY_HIGH', 'system:twenty', twenty(more));
  const latency = { count: 1, p50_ms: 1, p99_ms: 1, p95_ms: 300_001 };

  it('by what came late, or by what has not come yet', () => {
    expect(slow({ latency })).toBe('wrong');
    expect(slow({ latency: { ...latency, p95_ms: 300_000 } })).toBe('lingers');
    expect(slow({ latency: { count: 0, p50_ms: null, p95_ms: null, p99_ms: null } })).toBe('right');
    expect(slow({ pending: 1, oldest_pending_s: 301 })).toBe('wrong');
    expect(slow({ inbox: 1, oldest_inbox_s: 301 })).toBe('wrong');
  });

  it('says which of them it is', () => {
    const message = (more: Parameters<typeof twenty>[0]) =>
      said('LATENCY_HIGH', 'system:twenty', twenty(more))?.message;
    expect(message({ latency })).toMatch(/one in twenty took more than 5 minutes/);
    expect(message({ pending: 3, oldest_pending_s: 7_200 })).toMatch(
      /3 changes for Twenty wait, the oldest for 2 hours/,
    );
    expect(message({ inbox: 1, oldest_inbox_s: 400 })).toMatch(/1 edit from Twenty waits to be decided over/);
  });
});

describe('STALLED', () => {
  const stuck = { pending: 2, oldest_pending_s: 600, last_success: ago(301_000) };
  const system = (more: object, rest: Seen = {}) =>
    is('STALLED', 'system:twenty', { ...rest, ...twenty({ ...stuck, ...more }) });

  it('when work waits and nothing was finished, though the system answers', () => {
    expect(system({})).toBe('wrong');
    expect(system({ last_success: null })).toBe('wrong');
    expect(system({ last_success: ago(100_000) })).toBe('right');
    expect(system({ oldest_pending_s: 100 })).toBe('right');
    expect(system({ pending: 0, oldest_pending_s: null })).toBe('right');
  });

  it('is neither begun nor ended while the system itself is the reason, or cannot be asked', () => {
    expect(system({ reachable: { ok: false, latency_ms: 1, detail: null, skew_ms: null } })).toBe('lingers');
    expect(system({}, worker({ waiting: { 'propagate-twenty': 'TWENTY_DOWN' } }))).toBe('lingers');
    expect(system({ reachable: null })).toBe('unknown');
    const canonical = { ...worker({ waiting: { ingest: 'BIGQUERY_DENIED' } }), systems: { bigquery: stuck } };
    expect(is('STALLED', 'system:bigquery', canonical)).toBe('lingers');
    expect(is('SYNC_FAILING', 'system:bigquery', canonical)).toBe('right');
  });

  it('of ingest when edits wait to be decided over and BigQuery hears nothing, though it answers', () => {
    const ingest = (more: Seen) => is('STALLED', 'queue:ingest', more);
    const local = { inbox: 1, oldest_inbox_s: 600 };
    const idle = { last_success: ago(301_000) };
    const queues = observed().queues?.map((one) => ({ ...one, completed_per_minute: 0 })) ?? null;
    const report = { queues };
    expect(ingest({ report, systems: { local, bigquery: idle } })).toBe('wrong');
    expect(ingest({ report: { queues: null }, systems: { local, bigquery: idle } })).toBe('wrong');
    expect(ingest({ systems: { local, bigquery: idle } })).toBe('lingers');
    expect(ingest({ report, systems: { local } })).toBe('right');
    expect(ingest({ report, systems: { bigquery: idle } })).toBe('right');
    const away = { reachable: { ok: false, latency_ms: 1, detail: null, skew_ms: null } };
    expect(ingest({ report, systems: { local: { ...local, ...away }, bigquery: idle } })).toBe('right');
    expect(ingest({ report, systems: { local, bigquery: { ...idle, ...away } } })).toBe('lingers');
    expect(ingest({ report, ...worker({ waiting: { ingest: 'X' } }), systems: { local, bigquery: idle } })).toBe(
      'lingers',
    );
  });
});

describe('CLOCK_SKEW', () => {
  const skewed = (skew_ms: number | null, more: object = {}) =>
    of(
      'CLOCK_SKEW',
      'system:twenty',
      twenty({ reachable: { ok: true, latency_ms: 100, detail: null, skew_ms, ...more } }),
    );

  it('beyond what the measure may be wrong by, in either direction', () => {
    expect(skewed(61_051)?.is).toBe('wrong');
    expect(skewed(-61_051)?.is).toBe('wrong');
    expect(skewed(61_050)?.is).toBe('lingers');
    expect(skewed(1_000)?.is).toBe('right');
    expect(skewed(61_051, { latency_ms: 90_000 })?.is).toBe('right');
  });

  it('is unknown where the system tells no time, or does not answer', () => {
    expect(skewed(null)?.is).toBe('unknown');
    expect(skewed(99_999_999, { ok: false })?.is).toBe('unknown');
  });
});

describe('QUEUE_NOT_DURABLE', () => {
  const durable = (persistent: boolean | null, evicts: boolean | null) =>
    is('QUEUE_NOT_DURABLE', 'hub', { report: { durability: { kind: 'redis', persistent, evicts, detail: 'so' } } });

  it('when jobs may be lost or thrown away, and not when nobody can tell', () => {
    expect(durable(true, false)).toBe('right');
    expect(durable(false, false)).toBe('wrong');
    expect(durable(true, true)).toBe('wrong');
    expect(durable(null, true)).toBe('wrong');
    expect(durable(null, null)).toBe('unknown');
    expect(is('QUEUE_NOT_DURABLE', 'hub', { report: { durability: null } })).toBe('unknown');
  });
});

describe('the others', () => {
  it('DEAD_LETTERS_OPEN of a system, by code', () => {
    const errors = [{ code: 'TWENTY_EMAIL_TAKEN', open: 2, recent: 0, per_minute: 0 }];
    expect(said('DEAD_LETTERS_OPEN', 'system:twenty', twenty({ dead_letters: 2, errors }))).toMatchObject({
      value: 2,
      message: '2 dead letters of Twenty are open: TWENTY_EMAIL_TAKEN 2.',
    });
  });

  it('CONFLICT_OPEN, NO_WORKER, LEDGER_DOWN and QUEUES_DOWN of the hub', () => {
    expect(is('CONFLICT_OPEN', 'hub', { ledger: { conflicts: 1 } })).toBe('wrong');
    expect(is('NO_WORKER', 'hub', { ledger: { workers: [] } })).toBe('wrong');
    const down = [{ part: 'queues', detail: 'QUEUE_UNREACHABLE' }] as const;
    expect(is('QUEUES_DOWN', 'hub', { report: { queues: null, down } })).toBe('wrong');
    expect(is('LEDGER_DOWN', 'hub', { report: { queues: null, down } })).toBe('right');
    expect(is('QUEUES_DOWN', 'hub', { report: { queues: null } })).toBe('unknown');
  });

  it('ECHO_STORM of each contact that is in one', () => {
    const storms = [{ contact_id: contactId('12'), versions: 99 }];
    expect(said('ECHO_STORM', 'contact:12', { ledger: { storms } })).toMatchObject({ value: 99 });
    expect(judge(observed(), THRESHOLDS).absent('ECHO_STORM')).toBe('right');
    expect(judge(observed(), THRESHOLDS).absent('STALLED')).toBe('unknown');
  });

  it('are asked of every system', () => {
    for (const system of SYSTEMS)
      expect(is('DEAD_LETTERS_OPEN', `system:${system}`, { systems: { [system]: { dead_letters: 1 } } })).toBe('wrong');
  });
});
