import { replay, WORK_QUEUES } from '@contact-sync/sync';
import { withHub } from './configuration.ts';
import { type ExitCode, type Surroundings, UsageError } from './surroundings.ts';
import { colour, table } from './table.ts';

const filterOf = (name: string | undefined) => {
  const queue = WORK_QUEUES.find((known) => known === name);
  return queue === undefined ? {} : { queue };
};

/** The dead letters that are open. */
export function listDead(
  around: Surroundings,
  options: { readonly queue?: string; readonly json?: true },
): Promise<ExitCode> {
  return withHub(around, async ({ parts }) => {
    const letters = await parts.ledger.deadLetters(filterOf(options.queue));
    if (options.json) around.out(JSON.stringify(letters, null, 2));
    else if (letters.length === 0) around.out('no dead letters');
    else
      around.out(
        table(
          ['id', 'queue', 'contact or record', 'code', 'why, and what to do'],
          letters.map((letter) => [
            letter.dead_letter_id,
            letter.queue,
            letter.contact_id ?? letter.key,
            letter.code,
            `${letter.reason}\n${letter.advice}`,
          ]),
        ),
      );
    return 0;
  });
}

/** Tries dead letters again. Exits with 1 when one failed again. */
export async function replayLetters(
  around: Surroundings,
  ids: readonly string[],
  options: { readonly all?: true; readonly queue?: string; readonly by: string; readonly json?: true },
): Promise<ExitCode> {
  const everything = options.all ?? options.queue !== undefined;
  if (everything === ids.length > 0) throw new UsageError('name the dead letters, or give --all or --queue');
  return await withHub(around, async ({ parts }) => {
    const open = everything ? await parts.ledger.deadLetters(filterOf(options.queue)) : null;
    const asked = open?.map(({ dead_letter_id }) => dead_letter_id) ?? ids;
    const results = await replay(parts, asked, options.by);
    const known = new Set(results.map(({ dead_letter_id }) => dead_letter_id));
    const shown = [
      ...results,
      // Replayed before, or never there.
      ...asked.filter((id) => !known.has(id)).map((id) => ({ dead_letter_id: id, result: 'not open', code: null })),
    ];
    if (options.json) around.out(JSON.stringify(shown));
    else if (shown.length === 0) around.out('no dead letters');
    else {
      const hues = { applied: 'green', failed: 'red' } as const;
      const cell = (result: string) => {
        const hue = result === 'applied' || result === 'failed' ? hues[result] : 'dim';
        return colour(hue, result);
      };
      around.out(
        table(
          ['id', 'result', 'code'],
          shown.map(({ dead_letter_id, result, code }) => [dead_letter_id, cell(result), code]),
        ),
      );
    }
    return results.some(({ result }) => result === 'failed') ? 1 : 0;
  });
}
