/** One history from its seed to the verdict. */
import { createHash } from 'node:crypto';
import type { KnownVersion } from '@contact-sync/sync';
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
  /** The most accepted versions of one contact within a minute. */
  readonly fastest: number;
}

export async function play(script: Script): Promise<Outcome> {
  const world = new World(script.chance, skewsOf(script), script.storm);
  const witness = new Witness();
  const player = new Player(world, witness, script.skews);
  await player.play(script);
  const early = script.away === null ? [] : await apart(world, witness, script.away);
  world.heal();
  player.rest();
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
      fastest: fastestIn(world.ledger.view.versions()),
    },
    fingerprint: fingerprintOf(world),
  };
}

const MINUTE_MS = 60_000;

function fastestIn(versions: readonly KnownVersion[]): number {
  const accepted = versions.filter(({ status }) => status === 'accepted');
  return [...Map.groupBy(accepted, ({ contact_id }) => contact_id).values()].reduce((most, rows) => {
    const times = rows.map(({ recorded_at }) => Date.parse(recorded_at)).sort((a, b) => a - b);
    return times.reduce((found, from, first) => {
      const after = times.findIndex((time, index) => index > first && time >= from + MINUTE_MS);
      return Math.max(found, (after < 0 ? times.length : after) - first);
    }, most);
  }, 0);
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
