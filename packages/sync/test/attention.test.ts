import { describe, expect, it } from 'vitest';
import { type Attention, attention, type LedgerStatus, type Sight, SYSTEMS, type System } from '../src/index.ts';

const up = { ok: true, detail: null };
const down = { ok: false, detail: 'SOME_CODE: it is away' };
const idle = {
  pending: 0,
  oldest_pending_s: null,
  inbox: 0,
  oldest_inbox_s: null,
  last_success: null,
  dead_letters: 0,
};
const none = { waiting: 0, active: 0, delayed: 0, failed: 0 };
const COUNTS: NonNullable<Sight['counts']> = {
  ingest: none,
  'propagate-supabase': none,
  'propagate-local': none,
  'propagate-twenty': none,
  'ingest-dead': none,
  'propagate-supabase-dead': none,
  'propagate-local-dead': none,
  'propagate-twenty-dead': none,
  conflicts: none,
};

type Changes = Partial<Record<System, Partial<LedgerStatus['systems'][number]>>>;
const status = (changes: Changes = {}, conflicts = 0): LedgerStatus => ({
  contacts: 7,
  conflicts,
  dead_letters: 0,
  systems: SYSTEMS.map((system) => ({ system, ...idle, ...changes[system] })),
});

const sight = (more: Partial<Sight> = {}, away: readonly System[] = []): Sight => ({
  ledger: up,
  queues: up,
  systems: SYSTEMS.map((system) => ({ system, ...(away.includes(system) ? down : up) })),
  status: status(),
  counts: COUNTS,
  ...more,
});

const short = ({ severity, code, system }: Attention) => [severity, code, system].filter(Boolean).join(' ');

describe('what needs a person', () => {
  it.each<[string, Sight, string[]]>([
    ['nothing, when all is well', sight(), []],
    ['the ledger, without which nothing else is told', sight({ ledger: down, status: null }), ['critical LEDGER_DOWN']],
    ['the queues', sight({ queues: down, counts: null }), ['critical QUEUES_DOWN']],
    [
      'each system that is away',
      sight({}, ['local', 'twenty']),
      ['critical SYSTEM_DOWN local', 'critical SYSTEM_DOWN twenty'],
    ],
    [
      'nothing that waits as long as it may',
      sight({ status: status({ local: { pending: 3, oldest_pending_s: 300 } }) }),
      [],
    ],
    [
      'what waits longer',
      sight({ status: status({ local: { pending: 3, oldest_pending_s: 300.5 } }) }),
      ['warning PENDING_OLD local'],
    ],
    [
      'still that',
      sight({ status: status({ local: { pending: 3, oldest_pending_s: 900 } }) }),
      ['warning PENDING_OLD local'],
    ],
    [
      'what waits far too long',
      sight({ status: status({ local: { pending: 3, oldest_pending_s: 901 } }) }),
      ['critical PENDING_OLD local'],
    ],
    [
      'edits that nobody decides over',
      sight({ status: status({ twenty: { inbox: 1, oldest_inbox_s: 301 } }) }),
      ['warning INBOX_OLD twenty'],
    ],
    [
      'such edits, for far too long',
      sight({ status: status({ twenty: { inbox: 1, oldest_inbox_s: 1e6 } }) }),
      ['critical INBOX_OLD twenty'],
    ],
    [
      'dead letters, by system',
      sight({ status: status({ supabase: { dead_letters: 2 } }) }),
      ['warning DEAD_LETTERS_OPEN supabase'],
    ],
    ['conflicts', sight({ status: status({}, 1) }), ['warning CONFLICTS_OPEN']],
    [
      'jobs that failed and are no dead letters',
      sight({ counts: { ...COUNTS, ingest: { ...none, failed: 1 } } }),
      ['warning JOBS_FAILED'],
    ],
    [
      'no job that only shows something',
      sight({ counts: { ...COUNTS, 'ingest-dead': { ...none, failed: 1, waiting: 9 } } }),
      [],
    ],
    [
      'the worst first, and what the others follow from before them',
      sight(
        {
          queues: down,
          status: status(
            {
              bigquery: { pending: 9, oldest_pending_s: 400, dead_letters: 1 },
              local: { pending: 1, oldest_pending_s: 2_000 },
            },
            2,
          ),
          counts: null,
        },
        ['bigquery'],
      ),
      [
        'critical QUEUES_DOWN',
        'critical SYSTEM_DOWN bigquery',
        'critical PENDING_OLD local',
        'warning PENDING_OLD bigquery',
        'warning DEAD_LETTERS_OPEN bigquery',
        'warning CONFLICTS_OPEN',
      ],
    ],
  ])('is %s', (_what, seen, expected) => {
    expect(attention(seen).map(short)).toEqual(expected);
  });

  it.each<[Sight, string]>([
    [sight({ ledger: down, status: null }), 'The ledger does not answer (SOME_CODE: it is away).'],
    [sight({}, ['local']), 'The local database does not answer (SOME_CODE: it is away).'],
    [
      sight({ status: status({ bigquery: { pending: 1, oldest_pending_s: 359 } }) }),
      '1 version waits for BigQuery, the oldest for 5 minutes.',
    ],
    [
      sight({ status: status({ twenty: { pending: 20, oldest_pending_s: 9_000 } }) }),
      '20 contacts wait for Twenty, the oldest for 2 hours.',
    ],
    [
      sight({ status: status({ local: { inbox: 2, oldest_inbox_s: 200_000 } }) }),
      '2 edits from the local database wait to be decided over, the oldest for 2 days.',
    ],
    [sight({ status: status({ twenty: { dead_letters: 1 } }) }), '1 dead letter of Twenty is open.'],
    [sight({ status: status({}, 3) }), '3 conflicts wait for a decision.'],
    [
      sight({ counts: { ...COUNTS, 'propagate-twenty': { ...none, failed: 2 } } }),
      '2 jobs of propagate-twenty failed and are no dead letter yet.',
    ],
  ])('is told in plain words, with what to do', (seen, message) => {
    const [first] = attention(seen);
    expect(first?.message).toBe(message);
    expect(first?.advice).toMatch(/^[A-Z].{20,}\.$/);
  });
});
