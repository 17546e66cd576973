/** Makes a script that breaks a promise as short as it can be: a person has to read it. */
import { type Outcome, play } from './history.ts';
import type { Promised } from './promises/index.ts';
import type { Script, Step } from './script.ts';

/** Real milliseconds; the best found until then is good enough. */
const WITHIN_MS = 60_000;

/** @returns a script of a part of the steps, less apart and with righter clocks, that breaks the same promise */
export async function shrink(script: Script, promise: Promised): Promise<{ script: Script; outcome: Outcome }> {
  const end = performance.now() + WITHIN_MS;
  let best = { script, outcome: await play(script) };
  const isBroken = ({ breaches }: Outcome) => breaches.some((breach) => breach.promise === promise);
  /** @returns whether it is no worse, and taken */
  const tryOut = async (candidate: Script): Promise<boolean> => {
    if (performance.now() > end) return false;
    const outcome = await play(candidate);
    if (!isBroken(outcome)) return false;
    best = { script: candidate, outcome };
    return true;
  };
  let before: Script;
  do {
    before = best.script;
    await leaveOut(before.steps, (steps) => tryOut({ ...best.script, steps }));
    for (const [index, step] of best.script.steps.entries()) {
      if (step.wait === 0) continue;
      const steps = best.script.steps.with(index, { ...step, wait: 0 });
      if (!(await tryOut({ ...best.script, steps })))
        await tryOut({ ...best.script, steps: steps.with(index, { ...step, wait: Math.ceil(step.wait / 2) }) });
    }
    for (const clock of ['bigquery', 'supabase', 'local', 'twenty', 'hub'] as const)
      if (best.script.skews[clock] !== 0) await tryOut({ ...best.script, skews: { ...best.script.skews, [clock]: 0 } });
  } while (best.script !== before && performance.now() < end);
  return best;
}

/** Half of the steps, a quarter, … one: whatever is not needed. */
async function leaveOut(all: readonly Step[], tryOut: (steps: readonly Step[]) => Promise<boolean>): Promise<void> {
  let steps = all;
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let from = 0; from < steps.length; ) {
      const rest = steps.toSpliced(from, size);
      // The steps after those that were left out come as late as they did.
      const waited = steps.slice(from, from + size).reduce((sum, { wait }) => sum + wait, 0);
      const next = rest[from];
      const late = next === undefined ? rest : rest.with(from, { ...next, wait: next.wait + waited });
      if (await tryOut(rest)) steps = rest;
      else if (waited > 0 && (await tryOut(late))) steps = late;
      else from += size;
    }
}
