/**
 * What the design promises, checked on what a history left behind: on the systems and the queue as they stand, on the
 * history in BigQuery and on what people did; of the ledger only what it lists for people (conflicts, dead letters).
 */

import { TARGETS, type Target } from '@contact-sync/sync';
import { type Micros, SECOND } from '../scheduler.ts';
import type { Witness } from '../witness.ts';
import type { World } from '../world.ts';
import { conflictsAndTies } from './conflicts.ts';
import { canonical, sameContents } from './contents.ts';
import { everyEdit } from './edits.ts';
import { Evidence } from './evidence.ts';
import { ranks } from './ranks.ts';
import { replaying } from './replaying.ts';

export const PROMISES = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9', 'I10'] as const;
export type Promised = (typeof PROMISES)[number];

export interface Breach {
  readonly promise: Promised;
  readonly what: string;
}

/** @param isSettled whether everything was done in time */
export async function judge(world: World, witness: Witness, isSettled: boolean): Promise<readonly Breach[]> {
  const evidence = new Evidence(world, witness);
  const found = [
    ...faults(evidence),
    ...(isSettled ? [] : [pending(evidence)]),
    ...everyEdit(evidence),
    ...ranks(evidence),
    ...canonical(evidence),
    ...sameContents(evidence),
    ...conflictsAndTies(evidence),
    ...numbers(evidence),
  ];
  return found.length > 0 ? found : replaying(world, witness);
}

/** Errors that no class foresees are faults of the hub, whatever they break. */
function faults({ world }: Evidence): Breach[] {
  const letters = world.ledger.view.deadLetters().filter(({ code }) => code === 'UNEXPECTED_ERROR');
  return [
    ...world.faults.map((error) => `an error that nobody foresaw: ${error instanceof Error ? error.stack : error}`),
    ...letters.map(({ reason }) => `a dead letter that nobody foresaw: ${reason}`),
  ].map((what) => ({ promise: 'I6', what }));
}

function pending({ world }: Evidence): Breach {
  return { promise: 'I6', what: `not done in time: ${world.unsettled().join('; ')}` };
}

/** What the hub shows equals a recount elsewhere. */
function numbers({ world, heads, openConflicts, openLetters }: Evidence): Breach[] {
  const status = world.ledger.status();
  const living = [...heads.values()].filter(({ content }) => content !== null).length;
  const shown = new Set([...world.backend.letters.values()].map(({ dead_letter_id }) => dead_letter_id));
  const shownConflicts = new Set([...world.backend.conflicts.values()].map(({ conflict_id }) => conflict_id));
  const compare = (what: string, told: number, counted: number): Breach[] =>
    told === counted ? [] : [{ promise: 'I8', what: `${what}: shown ${told}, counted ${counted}` }];
  return [
    ...compare('contacts', status.contacts, living),
    ...compare('conflicts', status.conflicts, openConflicts.size),
    ...compare('dead letters', status.dead_letters, openLetters.length),
    ...compare('dead letters in the queues', shown.size, openLetters.length),
    ...compare('conflicts in the queue', shownConflicts.size, openConflicts.size),
  ];
}

/** While one system is away the others are not held up by it: within this time they have what was edited in them. */
const APART: Micros = 45 * SECOND;

export async function apart(world: World, witness: Witness, away: Target): Promise<readonly Breach[]> {
  await world.scheduler.runUntil(() => false, APART);
  const others = TARGETS.filter((target) => target !== away);
  return sameContents(new Evidence(world, witness), others).map(({ what }) => ({
    promise: 'I7',
    what: `while ${away} was away: ${what}`,
  }));
}
