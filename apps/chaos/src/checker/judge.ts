import { judgeEqual, judgeLeaks, judgePending, judgeTies } from './equal.ts';
import { judgeEchoes, judgeLost } from './lost.ts';
import { judgeDeletes, judgeOrder } from './order.ts';
import type { Breach, Verdict, World } from './world.ts';

/** Every promise that can be seen from outside, in a world at rest. Pure. */
export function judge(world: World): Verdict {
  const lost = judgeLost(world);
  const equal = judgeEqual(world);
  const echoes = judgeEchoes(world);
  const ties = judgeTies(world);
  const acknowledged = world.edits.filter(({ ack }) => ack === 'acknowledged').length;
  return {
    breaches: [
      ...lost.breaches,
      ...judgeOrder(world),
      ...equal.breaches,
      ...echoes.breaches,
      ...ties.breaches,
      ...judgePending(world),
      ...judgeDeletes(world),
      ...judgeLeaks(world),
    ],
    checked: {
      'edits acknowledged': acknowledged,
      'edits without an answer': world.edits.length - acknowledged,
      'contacts compared in four systems': equal.contacts,
      'contacts excused by an open conflict or dead letter': equal.excused,
      'versions in contact_versions': world.history.length,
      'versions in the ledger': world.versions.length,
      'exact ties': ties.ties,
      conflicts: world.conflicts.length,
      'dead letters': world.letters.length,
      'deletions and revivals': world.edits.filter(({ op }) => op === 'delete' || op === 'revive').length,
    },
    remarks: {
      'edits in Twenty overwritten there before anybody could hear of them': lost.overwritten,
      'mixtures of two writes in Twenty': echoes.mixtures,
    },
  };
}

/**
 * I9: what a second replay of everything must leave as it was.
 *
 * @param before @param after the worlds around it
 */
export function judgeReplay(before: World, after: World): readonly Breach[] {
  const differences: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['versions', before.versions.map(versionKey), after.versions.map(versionKey)],
    ['rows of contact_versions', before.history.map(rowKey), after.history.map(rowKey)],
    ['conflicts', before.conflicts.map(conflictKey), after.conflicts.map(conflictKey)],
    ['open dead letters', openLetters(before), openLetters(after)],
    ['rows of the local database', standings(before, 'local'), standings(after, 'local')],
    ['rows of Supabase', standings(before, 'supabase'), standings(after, 'supabase')],
  ];
  return differences.flatMap(([what, old, now]) => {
    const [was, is] = [new Set(old), new Set(now)];
    return [
      ...[...is.difference(was)].map((key) => ({ key, how: 'appeared' })),
      ...[...was.difference(is)].map((key) => ({ key, how: 'vanished' })),
    ].map(({ key, how }) => ({
      promise: 'I9' as const,
      contact_id: key.split(' ')[0] ?? null,
      token: null,
      what: `${what}: ${key} ${how} when everything was replayed and told again`,
    }));
  });
}

const versionKey = (one: World['versions'][number]): string =>
  `${one.contact_id} ${one.version} ${one.status} ${one.content_hash}`;
const rowKey = (one: World['history'][number]): string =>
  `${one.contact_id} ${one.version} ${one.status} ${one.change_id}`;
const conflictKey = (one: World['conflicts'][number]): string =>
  `${one.contact_id} ${one.conflict_id} ${one.status} ${one.candidates.length}`;
const openLetters = ({ letters }: World): readonly string[] =>
  letters
    .filter(({ status }) => status === 'open')
    .map((one) => `${one.contact_id} ${one.queue} ${one.system} ${one.key}`);
const standings = ({ standing }: World, system: 'local' | 'supabase'): readonly string[] =>
  [...standing[system]].map(
    ([id, { version, last_updated, deleted }]) => `${id} ${version} ${last_updated} ${deleted}`,
  );
