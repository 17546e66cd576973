import type { Selected } from '@contact-sync/sync';
import { asker, withHub } from './configuration.ts';
import { canAsk, confirmed } from './confirm.ts';
import { interruptible } from './interrupt.ts';
import { type LetterFilterOptions, selectionOf } from './letters.ts';
import { printJson } from './print.ts';
import { progressOf } from './progress.ts';
import { countOf } from './replay.ts';
import { pagesOf } from './selected.ts';
import { type ExitCode, type Surroundings, UsageError } from './surroundings.ts';
import { table } from './table.ts';

/** Of `dead discard`. */
export interface DiscardOptions extends LetterFilterOptions {
  readonly all?: true;
  readonly reason: string;
  readonly yes?: true;
  readonly by: string;
  readonly json?: true;
}

/** Gives dead letters up. Exits with 1 when one was not open. */
export async function discardLetters(
  around: Surroundings,
  ids: readonly string[],
  options: DiscardOptions,
): Promise<ExitCode> {
  const selection = selectionOf(ids, options);
  const reason = options.reason.trim();
  if (reason === '' || reason.length > 1_000) throw new UsageError('--reason is a text of 1 to 1,000 characters');
  const isOne = 'ids' in selection && selection.ids.length === 1;
  const asks = !options.yes && canAsk(around);
  if (!asks && !options.yes && !isOne) throw new UsageError('more than one: say --yes where nobody can be asked');
  return await withHub(around, async ({ desk }) => {
    const count = await countOf(desk, selection);
    if (asks && !(await confirmed(around, `Give up ${count === 1 ? 'a dead letter' : `${count} dead letters`}?`))) {
      around.err('nothing was done');
      return 1;
    }
    const results = await interruptible(async (signal) => {
      const done: Selected<'discarded'>['results'][number][] = [];
      using progress = progressOf(around, count, 'dead letters');
      for await (const page of pagesOf(selection, (one) => desk.discard(one, reason, asker(options.by)), signal)) {
        done.push(...page);
        progress.show(done.length);
      }
      return done;
    });
    const left = results.filter(({ result }) => result === 'not_open');
    if (options.json) printJson(around, results);
    else {
      if (left.length > 0)
        around.out(
          `${table(
            ['id', 'result'],
            left.map(({ dead_letter_id }) => [dead_letter_id, 'not open']),
          )}\n`,
        );
      around.out(`${results.length - left.length} given up, ${left.length} not open`);
    }
    return left.length > 0 ? 1 : 0;
  });
}
