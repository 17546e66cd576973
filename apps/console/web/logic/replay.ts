/** What one call came to: some results, and where to go on. */
export interface Step {
  readonly results: readonly { readonly dead_letter_id: string; readonly result: string }[];
  readonly next: string | null;
}

/** How far a run over many pages has come. */
export interface Run<Result> {
  readonly results: readonly Result[];
  /** Where it goes on, and under which key: the same when a call is repeated because its answer was lost. */
  readonly at: { readonly after: string | null; readonly key: string };
  readonly state: 'running' | 'stopped' | 'failed' | 'done';
  readonly error: unknown;
}

/** A run that has not begun. */
export const newRun = <Result>(): Run<Result> => ({
  results: [],
  at: { after: null, key: crypto.randomUUID() },
  state: 'running',
  error: null,
});

/**
 * Goes on with a run, a page at a time, until there is no next one, somebody stops it or a call fails. A stopped or
 * failed one can be handed back to go on where it was.
 *
 * @param stopped asked between calls: a call under way is brought to its end
 * @param told of each state, the last one included
 */
export async function goOn<Result extends Step['results'][number]>(
  run: Run<Result>,
  step: (after: string | null, key: string) => Promise<{ results: readonly Result[]; next: string | null }>,
  stopped: () => boolean,
  told: (run: Run<Result>) => void,
): Promise<Run<Result>> {
  let now: Run<Result> = { ...run, state: 'running', error: null };
  told(now);
  while (now.state === 'running') {
    now = stopped() ? { ...now, state: 'stopped' } : await advance(now, step);
    told(now);
  }
  return now;
}

async function advance<Result>(
  run: Run<Result>,
  step: (after: string | null, key: string) => Promise<{ results: readonly Result[]; next: string | null }>,
): Promise<Run<Result>> {
  try {
    const { results, next } = await step(run.at.after, run.at.key);
    return {
      ...run,
      results: [...run.results, ...results],
      at: { after: next, key: crypto.randomUUID() },
      state: next === null ? 'done' : 'running',
    };
  } catch (error) {
    return { ...run, state: 'failed', error };
  }
}

/** How many there are of each result. */
export function tally(results: readonly { readonly result: string }[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { result } of results) counts.set(result, (counts.get(result) ?? 0) + 1);
  return counts;
}
