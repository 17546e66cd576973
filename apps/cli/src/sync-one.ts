import { isContactId } from '@contact-sync/contact';
import { BigQuerySyncService, SYSTEMS, type SystemOutcome } from '@contact-sync/sync';
import { withHub } from './configuration.ts';
import { printJson } from './print.ts';
import { type ExitCode, type Surroundings, UsageError } from './surroundings.ts';
import { colour, table } from './table.ts';

/** Brings one contact everywhere and tells what became of it. Exits with 1 when a system failed or refused. */
export async function syncOne(around: Surroundings, id: string, options: { readonly json?: true }): Promise<ExitCode> {
  if (!isContactId(id)) throw new UsageError('a contact_id is a whole number of at most 64 bits');
  return await withHub(around, async ({ parts }) => {
    const result = await new BigQuerySyncService(parts).syncContactToAll(id);
    const outcomes = SYSTEMS.map((system) => ({ system, ...result.systems[system] }));
    if (options.json) printJson(around, result);
    else {
      around.out(`contact ${result.contact_id} is at version ${result.version}${result.deleted ? ', deleted' : ''}`);
      around.out(
        table(
          ['system', 'outcome', 'why'],
          outcomes.map((one) => [one.system, colour(HUES[one.outcome], one.outcome.replace('_', ' ')), whyOf(one)]),
        ),
      );
    }
    return outcomes.some(({ outcome }) => outcome === 'rejected' || outcome === 'pending') ? 1 : 0;
  });
}

const HUES = { written: 'green', in_step: 'dim', conflict: 'yellow', rejected: 'red', pending: 'red' } as const;

function whyOf(one: SystemOutcome): string | null {
  if (one.outcome === 'rejected') return `${one.code}: ${one.reason}\n${one.advice}`;
  return one.outcome === 'pending' ? `${one.code}: ${one.reason}` : null;
}
