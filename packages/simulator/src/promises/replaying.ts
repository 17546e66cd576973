/** I9: replaying dead letters twice changes nothing the second time. */
import { replay, SyncError } from '@contact-sync/sync';
import { BOUND } from '../times.ts';
import type { Witness } from '../witness.ts';
import type { World } from '../world.ts';
import { sameContents } from './contents.ts';
import { Evidence } from './evidence.ts';
import type { Breach } from './index.ts';

export async function replaying(world: World, witness: Witness): Promise<readonly Breach[]> {
  if (new Evidence(world, witness).openLetters.length === 0) return [];
  const first = await replayAll(world);
  const afterFirst = digest(world);
  const open = lettersOf(world);
  const second = await replayAll(world);
  const breaches: Breach[] = [...first, ...second];
  if (breaches.length > 0) return breaches;
  // One that the first replay made superfluous is told to be superseded by the second.
  const isQuiet = lettersOf(world).isSubsetOf(open);
  if (digest(world) !== afterFirst || !isQuiet)
    breaches.push({ promise: 'I9', what: 'a second replay changed something' });
  return [...breaches, ...sameContents(new Evidence(world, witness))];
}

async function replayAll(world: World): Promise<Breach[]> {
  let failure: unknown = null;
  let isDone = false;
  replay(world.hub('a').parts, null, 'operator').then(
    () => {
      isDone = true;
    },
    (error: unknown) => {
      isDone = true;
      failure = error;
    },
  );
  await world.scheduler.runUntil(() => isDone, BOUND);
  if (failure !== null && !(failure instanceof SyncError)) world.onFault(failure);
  if (!isDone || failure !== null) return [{ promise: 'I9', what: `a replay did not end well: ${failure}` }];
  return (await world.settle(BOUND)) ? [] : [{ promise: 'I6', what: 'not done in time after a replay' }];
}

const lettersOf = ({ ledger }: World): ReadonlySet<string> =>
  new Set(ledger.deadLetters().map(({ queue, key, code, version }) => `${queue} ${key} ${code} ${version}`));

/** Everything that a replay might change, but the letters themselves. */
function digest({ servers, ledger }: World): string {
  const { bigquery, local, supabase, twenty } = servers;
  return JSON.stringify([
    bigquery.history().map(({ change_id, status }) => [change_id, status]),
    [local, supabase, twenty].map((server) =>
      server.records().map(({ record_id, version, deleted, fields }) => [record_id, version, deleted, fields]),
    ),
    ledger.conflicts().map(({ conflict_id, candidates }) => [conflict_id, candidates.length]),
  ]);
}
