/** Many histories, one after the other, and what they reached. */
import { type Counts, play, scriptOf } from './history.ts';
import type { Breach } from './promises/index.ts';
import type { Action, Script } from './script.ts';
import { shrink } from './shrink.ts';

export interface Failure {
  /** Plays this history alone, exactly: `--seed <seed> --histories 1`. */
  readonly seed: number;
  readonly breaches: readonly Breach[];
  /** The shortest script found that breaks the same promise, and how. */
  readonly shrunk: Script;
  readonly left: readonly Breach[];
}

export type Reached = Counts & { readonly histories: number; readonly actions: Readonly<Record<string, number>> };

export interface Simulated {
  readonly reached: Reached;
  readonly failures: readonly Failure[];
}

export interface Range {
  /** The histories have the seeds `first`, `first + step`, … */
  readonly first: number;
  readonly step: number;
  readonly histories: number;
  /** Give up after so many that break a promise. */
  readonly failures: number;
}

/** @param onHistory called after each */
export async function simulate(range: Range, onHistory: () => void = () => {}): Promise<Simulated> {
  let reached: Reached = NOTHING;
  const failures: Failure[] = [];
  for (let number = 0; number < range.histories && failures.length < range.failures; number++) {
    const seed = range.first + number * range.step;
    const script = scriptOf(seed);
    const { breaches, counts } = await play(script);
    reached = add(reached, { ...counts, histories: 1, actions: actionsOf(script) });
    if (breaches[0] !== undefined) failures.push(await explain(seed, script, breaches, breaches[0]));
    onHistory();
  }
  return { reached, failures };
}

async function explain(seed: number, script: Script, breaches: readonly Breach[], first: Breach): Promise<Failure> {
  const { script: shrunk, outcome } = await shrink(script, first.promise);
  return { seed, breaches, shrunk, left: outcome.breaches };
}

const actionsOf = ({ steps }: Script): Record<string, number> => {
  const counted: Partial<Record<Action['kind'], number>> = {};
  for (const { action } of steps) counted[action.kind] = (counted[action.kind] ?? 0) + 1;
  return counted;
};

export const NOTHING: Reached = {
  histories: 0,
  events: 0,
  requests: 0,
  edits: 0,
  versions: 0,
  conflicts: 0,
  dead_letters: 0,
  fastest: 0,
  actions: {},
};

export const add = (one: Reached, other: Reached): Reached => ({
  histories: one.histories + other.histories,
  events: one.events + other.events,
  requests: one.requests + other.requests,
  edits: one.edits + other.edits,
  versions: one.versions + other.versions,
  conflicts: one.conflicts + other.conflicts,
  dead_letters: one.dead_letters + other.dead_letters,
  fastest: Math.max(one.fastest, other.fastest),
  actions: Object.fromEntries(
    [...new Set([...Object.keys(one.actions), ...Object.keys(other.actions)])].map((kind) => [
      kind,
      (one.actions[kind] ?? 0) + (other.actions[kind] ?? 0),
    ]),
  ),
});
