import { type LedgerHealth, SYSTEMS, type System } from '@contact-sync/sync';
import { describe, expect, test } from 'vitest';
import { stallsOf } from '../../src/index.ts';

const AT = '2026-11-28T06:00:00.000Z';
const STALL_MS = 300_000;
const before = (seconds: number) => new Date(Date.parse(AT) - seconds * 1_000).toISOString();
const WORKER = { worker_id: 'w', started_at: AT, beat_at: AT, waiting: {}, failing: {} };

type Waiting = Partial<LedgerHealth['systems'][number]>;

function sight(of: Partial<Record<System, Waiting>>, workers: LedgerHealth['workers'] = [WORKER]): LedgerHealth {
  const nothing = { pending: 0, oldest_pending_s: null, inbox: 0, oldest_inbox_s: null, last_success: null };
  const systems = SYSTEMS.map((system) => ({
    ...{ system, ...nothing, dead_letters: 0, conflicts: 0, errors: [], finished: 0 },
    latency: { count: 0, p50_ms: null, p95_ms: null, p99_ms: null },
    ...of[system],
  }));
  return { at: AT, window_s: 300, contacts: 0, conflicts: 0, dead_letters: 0, storms: [], systems, workers };
}

const stalls = (ledger: LedgerHealth, up: readonly System[] = SYSTEMS, decided_per_minute: number | null = 0) =>
  stallsOf({ ledger, up: (system) => up.includes(system), decided_per_minute }, STALL_MS).map(
    ({ code, system, for_s }) => [code, system, for_s],
  );

const old = { pending: 2, oldest_pending_s: 400 };

describe('work stands still', () => {
  test.each<[string, LedgerHealth, unknown]>([
    ['that waits for a system where nothing ever came', sight({ local: old }), [['NOTHING_DELIVERED', 'local', 400]]],
    [
      'though something came there, long ago',
      sight({ local: { ...old, last_success: before(350) } }),
      [['NOTHING_DELIVERED', 'local', 350]],
    ],
    [
      'that is to be decided over, and nothing is',
      sight({ twenty: { inbox: 1, oldest_inbox_s: 301 } }),
      [['NOTHING_DECIDED', 'twenty', 301]],
    ],
    [
      'that no worker does, within a minute',
      sight({ local: { pending: 1, oldest_pending_s: 61 } }, []),
      [['NO_WORKER', null, 61]],
    ],
  ])('%s', (_what, ledger, expected) => {
    expect(stalls(ledger)).toEqual(expected);
  });
});

describe('work goes on', () => {
  test.each<[string, LedgerHealth]>([
    ['while nothing waits, worker or not', sight({}, [])],
    ['while something came there lately', sight({ local: { ...old, last_success: before(299) } })],
    ['while what waits is young', sight({ local: { pending: 9, oldest_pending_s: 299 } })],
    [
      'though no worker has begun yet with what has just come',
      sight({ local: { pending: 1, oldest_pending_s: 59 } }, []),
    ],
    [
      'where the queue waits for its system',
      sight({ local: old }, [{ ...WORKER, waiting: { 'propagate-local': 'LOCAL_DENIED' } }]),
    ],
  ])('%s', (_what, ledger) => {
    expect(stalls(ledger)).toEqual([]);
  });

  test('where the system is away: that is its own trouble', () => {
    expect(stalls(sight({ local: old, twenty: { inbox: 1, oldest_inbox_s: 900 } }), ['supabase'])).toEqual([]);
  });

  test('while edits are decided over that leave nothing to append', () => {
    expect(stalls(sight({ twenty: { inbox: 1, oldest_inbox_s: 900 } }), SYSTEMS, 0.2)).toEqual([]);
  });
});
