/** One history from its seed to the verdict. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { Player } from './play.ts';
import { apart, type Breach, judge } from './promises/index.ts';

import { mix } from './random.ts';
import { type Script, scripts, skewsOf } from './script.ts';
import { BOUND } from './times.ts';
import { Witness } from './witness.ts';
import { World } from './world.ts';

export interface Outcome {
  readonly breaches: readonly Breach[];
  /** What there was, for whoever asks what the histories reach. */
  readonly counts: Counts;
  /** Of everything that the history left behind: two plays of one script have the same. */
  readonly fingerprint: string;
}

export interface Counts {
  readonly events: number;
  readonly requests: number;
  readonly edits: number;
  readonly versions: number;
  readonly conflicts: number;
  readonly dead_letters: number;
}

export async function play(script: Script): Promise<Outcome> {
  const world = new World(script.chance, skewsOf(script));
  const witness = new Witness();
  const player = new Player(world, witness, script.skews);
  await player.play(script);
  const early = script.away === null ? [] : await apart(world, witness, script.away);
  world.heal();
  const isSettled = await world.settle(BOUND);
  const breaches = [...early, ...(await judge(world, witness, isSettled))];
  return {
    breaches,
    counts: {
      events: world.scheduler.happened,
      requests: world.network.requests,
      edits: witness.edits.length,
      versions: world.servers.bigquery.history().length,
      conflicts: world.ledger.view.conflicts().length,
      dead_letters: world.ledger.view.deadLetters().length,
    },
    fingerprint: fingerprintOf(world),
  };
}

function fingerprintOf({ servers, ledger, scheduler }: World): string {
  const { bigquery, local, supabase, twenty } = servers;
  const left = [
    bigquery.history(),
    [bigquery, local, supabase, twenty].map((server) => server.records()),
    ledger.view.inbox(),
  ];
  return createHash('sha256')
    .update(JSON.stringify([left, scheduler.happened]))
    .digest('hex');
}

/** The script of a seed. */
export function scriptOf(seed: number): Script {
  const [script] = fc.sample(scripts, { seed: mix(seed, 'script'), numRuns: 1 });
  if (script === undefined) throw new Error('one was asked for');
  return script;
}
