import { it } from 'vitest';
import type { Bench } from './bench.ts';
import type { Ability, Traits } from './rig.ts';

export const can = ({ cannot }: Traits, ability: Ability): boolean => cannot[ability] === undefined;

/** Registers a case under a sentence, or why the system cannot have it. */
export type Register = (sentence: string, run: (bench: Bench) => Promise<void>, needs?: readonly Ability[]) => void;

/** @param bench asked for only when a case runs */
export const registerFor =
  (traits: Traits, bench: () => Bench): Register =>
  (sentence, run, needs = []) => {
    const reason = needs.map((ability) => traits.cannot[ability]).find((told) => told !== undefined);
    if (reason === undefined) it(sentence, () => run(bench()));
    else it.skip(`${sentence} (cannot be: ${reason})`, () => {});
  };
