import type { Desk, Replayed } from '@contact-sync/sync';
import { asker, withHub } from './configuration.ts';
import { interruptible } from './interrupt.ts';
import { type LetterFilterOptions, selectionOf } from './letters.ts';
import { printJson } from './print.ts';
import { progressOf } from './progress.ts';
import { pagesOf } from './selected.ts';
import type { ExitCode, Surroundings } from './surroundings.ts';
import { colour, table } from './table.ts';

/** Of `dead replay`. */
export interface ReplayOptions extends LetterFilterOptions {
  readonly all?: true;
  readonly by: string;
  readonly json?: true;
}

type Result = Replayed['results'][number];

/** Tries dead letters again. Exits with 1 when one failed again. */
export async function replayLetters(
  around: Surroundings,
  ids: readonly string[],
  options: ReplayOptions,
): Promise<ExitCode> {
  const selection = selectionOf(ids, options);
  return await withHub(around, async ({ desk }) => {
    const results = await interruptible(async (signal) => {
      const done: Result[] = [];
      using progress = progressOf(around, await countOf(desk, selection), 'dead letters');
      for await (const page of pagesOf(selection, (one) => desk.replay(one, asker(options.by)), signal)) {
        done.push(...page);
        progress.show(done.length);
      }
      return done;
    });
    if (options.json) printJson(around, results);
    else around.out(shown(results));
    return results.some(({ result }) => result === 'failed') ? 1 : 0;
  });
}

/** How many a selection holds, for a bar. */
export async function countOf(desk: Desk, selection: ReturnType<typeof selectionOf>): Promise<number> {
  if ('ids' in selection) return selection.ids.length;
  const groups = await desk.deadLetterGroups({ ...selection.filter, status: 'open' });
  return groups.reduce((sum, { count }) => sum + count, 0);
}

const HUES = { applied: 'green', failed: 'red', superseded: 'dim', not_open: 'dim' } as const;
/** More rows than these nobody reads: then only those that failed are shown. */
const ROWS = 50;

function shown(results: readonly Result[]): string {
  if (results.length === 0) return 'no dead letters';
  const rows = results.length <= ROWS ? results : results.filter(({ result }) => result === 'failed').slice(0, ROWS);
  const counts = [...Map.groupBy(results, ({ result }) => result)].map(
    ([result, some]) => `${some.length} ${result.replace('_', ' ')}`,
  );
  const list = table(
    ['id', 'result', 'code'],
    rows.map(({ dead_letter_id, result, code }) => [
      dead_letter_id,
      colour(HUES[result], result.replace('_', ' ')),
      code,
    ]),
  );
  return `${rows.length === 0 ? '' : `${list}\n\n`}${counts.join(', ')}`;
}
