/** What happens in a history: a list of steps, each so long after the one before. Plain data, so that it shrinks. */
import { SYSTEMS, type System, TARGETS, type Target } from '@contact-sync/sync';
import fc from 'fast-check';
import { PARTS } from './network.ts';
import { SECOND } from './scheduler.ts';
import { PROCESSES, type Skews } from './world.ts';

const system = fc.constantFrom(...SYSTEMS);
const part = fc.constantFrom(...PARTS);
const processName = fc.constantFrom(...PROCESSES);
/** Which of those that are there, counted round. */
const which = fc.nat(7);
const seconds = fc.integer({ min: 1, max: 90 });

const field = fc.constantFrom('job_title', 'job_title', 'canonical_name', 'organization', 'how_met');
const STEP = {
  /** Somebody works in a system. */
  create: fc.record({ kind: fc.constant('create'), system }),
  edit: fc.record({ kind: fc.constant('edit'), system, which, field }),
  takeBack: fc.record({ kind: fc.constant('takeBack'), system, which }),
  spoil: fc.record({ kind: fc.constant('spoil'), system, which }),
  mend: fc.record({ kind: fc.constant('mend'), system, which }),
  remove: fc.record({ kind: fc.constant('remove'), system, which }),
  revive: fc.record({ kind: fc.constant('revive'), system, which }),
  destroy: fc.record({ kind: fc.constant('destroy'), system: fc.constantFrom('supabase', 'local', 'twenty'), which }),
  /** A program in each of two systems, for so long, that writes its own text over whatever else stands there. */
  storm: fc.record({ kind: fc.constant('storm'), systems: fc.constantFrom(...pairs(TARGETS)), which, seconds }),
  /** Two edits of one contact in two systems at the very same time. */
  tie: fc.record({ kind: fc.constant('tie'), systems: fc.constantFrom(...pairs(SYSTEMS)), which }),
  /** An operator. */
  resolve: fc.record({ kind: fc.constant('resolve'), process: processName, which, candidate: fc.nat(2) }),
  replay: fc.record({ kind: fc.constant('replay'), process: processName }),
  /** What goes wrong, and for how many seconds. */
  outage: fc.record({ kind: fc.constant('outage'), part, seconds }),
  slow: fc.record({ kind: fc.constant('slow'), part, seconds, by: fc.integer({ min: 1, max: 60 }) }),
  lossy: fc.record({ kind: fc.constant('lossy'), part, seconds, percent: fc.integer({ min: 5, max: 60 }) }),
  throttle: fc.record({
    kind: fc.constant('throttle'),
    part: fc.constantFrom('twenty', 'supabase', 'bigquery'),
    seconds,
  }),
  refuse: fc.record({ kind: fc.constant('refuse'), target: fc.constantFrom('supabase', 'local'), seconds }),
  crash: fc.record({ kind: fc.constant('crash'), process: processName, requests: fc.nat(30), after: fc.boolean() }),
  freeze: fc.record({ kind: fc.constant('freeze'), process: processName, seconds }),
  empty: fc.record({ kind: fc.constant('empty') }),
  post: fc.record({
    kind: fc.constant('post'),
    fate: fc.constantFrom('lost', 'twice', 'late'),
    seconds,
    percent: fc.integer({ min: 10, max: 100 }),
  }),
} as const;

type Kinds = typeof STEP;
type Arranged<A> = A extends fc.Arbitrary<infer T> ? T : never;
export type Action = { [Kind in keyof Kinds]: Arranged<Kinds[Kind]> }[keyof Kinds];
export type ActionOf<Kind extends Action['kind']> = Extract<Action, { kind: Kind }>;

export interface Step {
  /** Milliseconds since the step before. */
  readonly wait: number;
  readonly action: Action;
}

export interface Script {
  /** Decides all that is left to chance: how long requests take, who is first. */
  readonly chance: number;
  /** Seconds that each clock is ahead. */
  readonly skews: Readonly<Record<keyof Skews, number>>;
  /** So many accepted versions of a contact within a minute brake its deliveries. */
  readonly storm: number;
  /** A system that cannot be reached from the beginning to the end, and nothing else goes wrong: I7. */
  readonly away: Target | null;
  readonly steps: readonly Step[];
}

function pairs<Name extends System>(of: readonly Name[]): (readonly [Name, Name])[] {
  return of.flatMap((one) => of.filter((other) => other !== one).map((other) => [one, other] as const));
}

/** So many times as often as the rarest. */
const WEIGHTS: Readonly<Record<keyof Kinds, number>> = {
  create: 12,
  edit: 40,
  takeBack: 6,
  spoil: 3,
  mend: 3,
  remove: 6,
  revive: 4,
  destroy: 3,
  storm: 1,
  tie: 8,
  resolve: 4,
  replay: 2,
  outage: 6,
  slow: 6,
  lossy: 8,
  throttle: 2,
  refuse: 2,
  crash: 10,
  freeze: 6,
  empty: 3,
  post: 4,
};

const action: fc.Arbitrary<Action> = fc.oneof(
  ...(Object.keys(STEP) as (keyof Kinds)[]).map((kind) => ({
    weight: WEIGHTS[kind],
    arbitrary: STEP[kind] as fc.Arbitrary<Action>,
  })),
);

/** Most steps come hard upon each other, where races are; some leave time for everything to be done. */
const wait = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 40 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 1_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 40_000 }) },
);

/** Half of the histories have right clocks; the others are up to ten minutes off, either way. */
const skew = fc.oneof(fc.constant(0), fc.integer({ min: -600, max: 600 }));

/** Only people at work: whatever then is late is the fault of the system that is away. */
const working = fc.oneof(
  STEP.create,
  STEP.edit,
  STEP.edit,
  STEP.edit,
  STEP.remove,
  STEP.revive,
) as fc.Arbitrary<Action>;

const stepsOf = (actions: fc.Arbitrary<Action>) =>
  fc.array(fc.record({ wait, action: actions }), { minLength: 1, maxLength: 30, size: 'max' });

const STILL = { bigquery: 0, supabase: 0, local: 0, twenty: 0, hub: 0 };

/** Any of these decides a history wholly, with what `chance` draws. */
export const scripts: fc.Arbitrary<Script> = fc.noBias(
  fc.oneof(
    {
      weight: 9,
      arbitrary: fc.record({
        chance: fc.integer(),
        skews: fc.record({ bigquery: skew, supabase: skew, local: skew, twenty: skew, hub: skew }),
        storm: fc.constantFrom(60, 60, 6, 3),
        away: fc.constant(null),
        steps: stepsOf(action),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        chance: fc.integer(),
        skews: fc.constant(STILL),
        storm: fc.constant(60),
        away: fc.constantFrom(...TARGETS),
        steps: stepsOf(working),
      }),
    },
  ),
);

export const skewsOf = ({ skews }: Script): Skews => ({
  bigquery: skews.bigquery * SECOND,
  supabase: skews.supabase * SECOND,
  local: skews.local * SECOND,
  twenty: skews.twenty * SECOND,
  hub: skews.hub * SECOND,
});
