/** I3: all systems are equal but for what is listed. I5: ties. I6: nothing is left. I12: no personal data. */
import { SYSTEMS } from '../edits.ts';
import type { Breach, World } from './world.ts';

export function judgeEqual(world: World): {
  readonly breaches: Breach[];
  readonly contacts: number;
  readonly excused: number;
} {
  const { shown, equal } = world;
  const tied = new Set(world.conflicts.filter(({ status }) => status === 'open').map((one) => one.contact_id));
  /** One that was born in a system is told its name when a person has decided. */
  const unnamed = world.kept
    .filter(({ contact_id }) => contact_id !== null && tied.has(contact_id))
    .map(({ system, record_id }) => `unnamed ${system} ${record_id}`);
  const inConflict = new Set([...tied, ...unnamed]);
  const open = world.letters.filter(({ status }) => status === 'open');
  /** A system need not show what could not be brought there, nor is believed what could not be read from there. */
  const excused = new Set(
    open.flatMap(({ system, contact_id, key }) => [`${system} ${contact_id}`, `${system} unnamed ${system} ${key}`]),
  );
  const ids = new Set([...world.living, ...Object.values(shown).flatMap((contacts) => [...contacts.keys()])]);
  const breaches: Breach[] = [];
  let count = 0;
  for (const contact_id of ids) {
    if (inConflict.has(contact_id)) {
      count++;
      continue;
    }
    const reference = excused.has(`bigquery ${contact_id}`) ? 'local' : 'bigquery';
    const wrong = SYSTEMS.filter(
      (system) => !excused.has(`${system} ${contact_id}`) && !equal(system, contact_id, reference),
    );
    if (SYSTEMS.some((system) => excused.has(`${system} ${contact_id}`))) count++;
    if (wrong.length === 0) continue;
    const titles = SYSTEMS.map((system) => `${system} ${shown[system].get(contact_id)?.job_title ?? '–'}`).join(', ');
    breaches.push({
      promise: 'I3',
      contact_id,
      token: null,
      what: `${wrong.join(', ')} should show what ${reference} shows; job titles: ${titles}`,
    });
  }
  return { breaches, contacts: ids.size, excused: count };
}

/** @returns breaches, and how many exact ties there were to check */
export function judgeTies(world: World): { readonly breaches: Breach[]; readonly ties: number } {
  const breaches: Breach[] = [];
  let ties = 0;
  for (const [tie, edits] of Map.groupBy(world.edits, (edit) => edit.tie)) {
    const [first] = edits;
    if (tie === null || first === undefined || edits.length < 2) continue;
    const { contact_id, version, last_updated } = first;
    const exact = edits.every(
      (edit) => edit.ack === 'acknowledged' && edit.version === version && edit.last_updated === last_updated,
    );
    if (!exact || version === null) continue;
    ties++;
    const say = (token: string | null, what: string) => breaches.push({ promise: 'I5', contact_id, token, what });
    const found = world.conflicts.filter(
      (one) => one.contact_id === contact_id && one.version === version && one.last_updated === last_updated,
    );
    const [conflict] = found;
    if (conflict === undefined || found.length > 1) {
      say(null, `${edits.length} edits tie at version ${version}: expected one conflict, found ${found.length}`);
      continue;
    }
    for (const { token } of edits) {
      const among = conflict.candidates.some((one) => one.job_title === token || one.last_updated_by === token);
      // One that came when somebody had decided already has lost like any other.
      const late = world.versions.some(
        (one) => one.last_updated_by === token && conflict.closed_at !== null && one.committed_at >= conflict.closed_at,
      );
      if (!among && !late) say(token, `is no candidate of conflict ${conflict.conflict_id}`);
    }
  }
  for (const { conflict_id, contact_id, status } of world.conflicts) {
    const told = world.told.get(conflict_id);
    if (told === (status === 'open')) continue;
    const shows = told === undefined ? 'does not know it' : told ? 'shows it open' : 'shows it closed';
    breaches.push({
      promise: 'I5',
      contact_id,
      token: null,
      what: `conflict ${conflict_id} is ${status}, and BigQuery’s sync_conflicts ${shows}`,
    });
  }
  for (const [contact_id, open] of Map.groupBy(
    world.conflicts.filter(({ status }) => status === 'open'),
    (one) => one.contact_id,
  ))
    if (open.length > 1)
      breaches.push({ promise: 'I5', contact_id, token: null, what: `${open.length} conflicts are open at once` });
  return { breaches, ties };
}

export const judgePending = ({ pending }: World): Breach[] =>
  Object.entries(pending).flatMap(([what, count]) =>
    count === 0 ? [] : [{ promise: 'I6', contact_id: null, token: null, what: `${count} left: ${what}` } as const],
  );

export const judgeLeaks = ({ leaks }: World): Breach[] =>
  leaks.map(({ where, found }) => ({
    promise: 'I12',
    contact_id: null,
    token: null,
    what: `personal data in ${where}: ${found}`,
  }));
