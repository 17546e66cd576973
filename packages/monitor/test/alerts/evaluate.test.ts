import type { AlertChange, OpenAlert } from '@contact-sync/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, type Moment, standingOf, stepOf } from '../../src/alerts/evaluate.ts';
import { judge } from '../../src/alerts/rules.ts';
import { SIGHTS, STANDINGS, TABLE } from '../../src/alerts/states.ts';
import type { Verdict } from '../../src/alerts/verdict.ts';
import { AT, firing, observed, THRESHOLDS, taken } from './rig.ts';

const START = Date.parse(AT);
const instant = (ms: number) => new Date(START + ms).toISOString();
const SAYS = { severity: 'critical', message: 'it is', advice: 'mend it', value: 1 } as const;
const NAME = { code: 'STALLED', subject: 'hub' } as const;
const verdictOf = (is: Verdict['is']): Verdict =>
  is === 'wrong' || is === 'lingers' ? { ...NAME, is, says: SAYS } : { ...NAME, is };

interface Seen {
  readonly is: Verdict['is'];
  /** Milliseconds since the look before; a clock may be set back. */
  readonly after: number;
}

/** Within a few looks each episode can come to its end. */
const LIMITS = fc.record({ after_ms: fc.nat(25), resolve_ms: fc.nat(25) });
const HISTORY = fc.array(
  fc.record({
    is: fc.constantFrom<Verdict['is'][]>('wrong', 'wrong', 'wrong', 'right', 'right', 'right', 'lingers', 'unknown'),
    after: fc.oneof({ weight: 9, arbitrary: fc.nat(30) }, { weight: 1, arbitrary: fc.integer({ min: -30, max: -1 }) }),
  }),
  { maxLength: 40, size: 'max' },
);

interface Step extends Seen {
  readonly at: number;
  readonly moment: Moment;
  readonly before: OpenAlert | null;
  readonly change: AlertChange | null;
  readonly after_it: OpenAlert | null;
}

/** What an alert goes through, look by look. */
function lived(history: readonly Seen[], limits: Pick<Moment, 'after_ms' | 'resolve_ms'>): readonly Step[] {
  let [at, alert]: [number, OpenAlert | null] = [0, null];
  return history.map((seen) => {
    at += seen.after;
    const moment = { ...limits, at: instant(at), sinks: ['log'] } as const;
    const [before, change] = [alert, stepOf(alert, verdictOf(seen.is), moment)];
    alert = change === null ? before : (taken([], [change])[0] ?? null);
    return { ...seen, at, moment, before, change, after_it: alert };
  });
}
const law = (check: (steps: readonly Step[], limits: { after_ms: number; resolve_ms: number }) => void) =>
  fc.assert(
    fc.property(HISTORY, LIMITS, (history, limits) => check(lived(history, limits), limits)),
    { numRuns: 150 },
  );
const tellsOf = ({ change, before }: Step) => {
  if (change?.state === 'resolved') return 'resolved';
  return change?.fired_at != null && before?.fired_at == null ? 'firing' : null;
};

describe('an alert', () => {
  it('is told and ended in turn: once an episode, and never ended without having been told', () =>
    law((steps) => {
      const told = steps.flatMap((step) => tellsOf(step) ?? []);
      expect(told).toEqual(told.map((_, index) => (index % 2 === 0 ? 'firing' : 'resolved')));
      for (const step of steps) expect(step.change?.notices.length ?? 0).toBe(tellsOf(step) === 'firing' ? 1 : 0);
    }));

  it('changes nothing for what nobody could see', () =>
    law((steps) => {
      for (const { is, change } of steps) if (is === 'unknown') expect(change).toBeNull();
    }));

  it('takes no second step on the same sight at the same moment', () =>
    law((steps) => {
      for (const { is, moment, after_it } of steps) expect(stepOf(after_it, verdictOf(is), moment)).toBeNull();
    }));

  it('tells times in their order, whatever the clock does', () =>
    law((steps) => {
      for (const { change } of steps) {
        if (change === null) continue;
        const { since, fired_at, right_since, resolved_at } = change;
        const times = [since, fired_at, right_since, resolved_at].flatMap((time) => time ?? []);
        expect(times).toEqual(times.toSorted());
      }
    }));

  it('fires only after it was wrong for so long, and is over only after it was right for so long', () =>
    law((steps, { after_ms, resolve_ms }) => {
      for (const [index, step] of steps.entries()) {
        const tells = tellsOf(step);
        if (tells === null) continue;
        const like = tells === 'firing' ? 'wrong' : 'right';
        const since = steps.slice(0, index + 1).findLastIndex(({ is }) => is !== like && is !== 'unknown') + 1;
        const run = steps.slice(since, index + 1).filter(({ is }) => is === like);
        const clock = Math.max(...steps.slice(0, index + 1).map(({ at }) => at));
        expect(clock - Math.min(...run.map(({ at }) => at))).toBeGreaterThanOrEqual(
          tells === 'firing' ? after_ms : resolve_ms,
        );
      }
    }));

  it('fires in the end when it stays wrong, and is over in the end when it stays right', () =>
    law((steps, limits) => {
      const more = (is: Verdict['is']): Seen[] => Array.from({ length: 5 }, () => ({ is, after: 30 }));
      const history = steps.map(({ is, after }) => ({ is, after }));
      const wrong = lived([...history, ...more('wrong')], limits).at(-1)?.after_it ?? null;
      expect(standingOf(wrong)).toBe('firing');
      expect(lived([...history, ...more('wrong'), ...more('right')], limits).at(-1)?.after_it).toBeNull();
    }));

  it('that relapses before it is over is the same episode', () => {
    const limits = { after_ms: 0, resolve_ms: 50 };
    const flutter = Array.from(
      { length: 20 },
      (_, index) => ({ is: index % 2 ? 'right' : 'wrong', after: 10 }) as const,
    );
    expect(lived(flutter, limits).flatMap((step) => tellsOf(step) ?? [])).toEqual(['firing']);
  });

  it('that is a little below its threshold neither begins nor ends', () => {
    const limits = { after_ms: 0, resolve_ms: 0 };
    const tells = (...sights: Verdict['is'][]) =>
      lived(
        sights.map((is) => ({ is, after: 10 })),
        limits,
      ).flatMap((step) => tellsOf(step) ?? []);
    expect(tells('lingers', 'lingers')).toEqual([]);
    expect(tells('wrong', 'lingers', 'lingers', 'wrong')).toEqual(['firing']);
    expect(tells('wrong', 'lingers', 'right')).toEqual(['firing', 'resolved']);
  });
});

it('the table has a cell for every standing and sight, and each can be reached', () => {
  for (const standing of STANDINGS) expect(Object.keys(TABLE[standing]).toSorted()).toEqual([...SIGHTS].toSorted());
  const told = STANDINGS.flatMap((standing) =>
    SIGHTS.filter((sight) => TABLE[standing][sight].tells).map((sight) => `${standing} ${sight}`),
  );
  expect(told).toEqual(['none wrong_long', 'pending wrong_long', 'firing right_long', 'recovering right_long']);
});

describe('a round', () => {
  const moment = (ms: number): Moment => ({ ...THRESHOLDS, at: instant(ms), sinks: ['log', 'email'] });
  const round = (open: readonly OpenAlert[], seen: Parameters<typeof observed>[0], ms: number) =>
    evaluate(open, judge(observed(seen), THRESHOLDS), moment(ms));

  it('of what is well does nothing', () => {
    expect(round([], {}, 0)).toEqual([]);
  });

  it('takes one step for each thing that is wrong, and tells each sink when it fires', () => {
    const seen = { ledger: { conflicts: 2 }, systems: { local: { dead_letters: 1 } } };
    const first = round([], seen, 0);
    expect(first.map(({ code, subject, state, notices }) => [code, subject, state, notices.length])).toEqual([
      ['CONFLICT_OPEN', 'hub', 'pending', 0],
      ['DEAD_LETTERS_OPEN', 'system:local', 'pending', 0],
    ]);
    const open = taken([], first);
    expect(round(open, seen, 29_999)).toEqual([]);
    const second = round(open, seen, 30_000);
    expect(second.map(({ code, state, notices }) => [code, state, notices.map(({ sink }) => sink)])).toEqual([
      ['CONFLICT_OPEN', 'firing', ['log', 'email']],
      ['DEAD_LETTERS_OPEN', 'firing', ['log', 'email']],
    ]);
    expect(round(taken(open, second), seen, 90_000)).toEqual([]);
  });

  it('tells how it stands now, without a step', () => {
    const seen = (conflicts: number) => ({ ledger: { conflicts } });
    const open = taken([], round([], seen(2), 0));
    expect(round(open, seen(3), 10)).toMatchObject([{ state: 'pending', value: 3, since: instant(0) }]);
  });

  it('ends a storm of a contact that is named no more, and not while the ledger is away', () => {
    const storm: OpenAlert = {
      ...firing({ code: 'ECHO_STORM', subject: 'contact:12' }),
      revision: 3,
      right_since: instant(0),
    };
    expect(round([storm], {}, 60_000)).toMatchObject([{ subject: 'contact:12', state: 'resolved', revision: 3 }]);
    expect(round([storm], { report: { ledger: null, systems: null } }, 60_000)).toEqual([]);
  });
});
