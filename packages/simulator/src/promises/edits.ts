/** I1 and I4: what became of each edit, and that it became so once. */
import type { ContactId } from '@contact-sync/contact';
import type { KnownVersion, System } from '@contact-sync/sync';
import type { InboxView } from '../ledger/index.ts';
import type { Edit } from '../witness.ts';
import { type Evidence, newestIn, tokensIn } from './evidence.ts';
import type { Breach } from './index.ts';

export function everyEdit(evidence: Evidence): Breach[] {
  return [...evidence.witness.edits.flatMap((edit) => ends(evidence, edit)), ...echoes(evidence), ...writes(evidence)];
}

function ends(evidence: Evidence, edit: Edit): Breach[] {
  const { token } = edit;
  if (token === null || !evidence.isAcknowledged(edit)) return [];
  const rows = evidence.rowsWith.get(token) ?? [];
  const inConflict = evidence.world.ledger
    .conflicts()
    .some(({ candidates }) => candidates.some(({ content }) => tokensIn(content).includes(token)));
  const dead = evidence.world.ledger.view.inbox().filter((row) => row.system === edit.system && isOf(row, edit));
  const isDead = dead.some(({ done, dead_letter_id }) => !done && dead_letter_id !== null);
  const isUndecided = dead.some(({ done, dead_letter_id }) => !done && dead_letter_id === null);
  const name = `edit ${token} in ${edit.system} of record ${edit.record_id}`;
  // An invalid edit becomes no version: one that was overtaken is settled as superseded, and lies in the inbox.
  if (edit.isInvalid && dead.some(({ done }) => done)) return [];
  if (isUndecided) return [{ promise: 'I1', what: `${name} was never decided over` }];
  if (rows.length === 0 && !inConflict && !isDead) return [{ promise: 'I1', what: `${name} is lost` }];
  const own = rows.filter((row) => row.source === edit.system && newestIn(row.content) === token);
  // Told late of a person who is gone, and whose place another has taken: see the known gaps of SPEC.md.
  const isOfFormer = evidence.openLetters.some(
    ({ system, key, code }) => system === edit.system && key === edit.record_id && code === 'DUPLICATE_RECORD',
  );
  // Whoever takes an edit back, or revives a record, writes an earlier text once more.
  const isAgain = evidence.witness.edits.some(
    (other) => other.token === null && other.system === edit.system && other.record_id === edit.record_id,
  );
  if (isDead && own.length > 0 && !isOfFormer && !isAgain)
    return [{ promise: 'I1', what: `${name} is dead-lettered and in history` }];
  return [];
}

/** Twenty tells milliseconds, in which there may be several edits: its keys tell them apart. */
const isOf = ({ key, record }: InboxView, { record: left, keys }: Edit): boolean =>
  keys.length > 0
    ? keys.includes(key)
    : record.record_id === left.record_id &&
      record.version === left.version &&
      record.last_updated === left.last_updated;

/** No edit makes two versions, and there are no more versions than edits. */
function echoes(evidence: Evidence): Breach[] {
  const { witness, rowsOf } = evidence;
  const editsOf = new Map<string, Edit[]>();
  const keyOf = (contact_id: ContactId | null, system: System) => `${contact_id} from ${system}`;
  for (const edit of witness.edits) {
    const key = keyOf(evidence.contactOf(edit), edit.system);
    editsOf.set(key, [...(editsOf.get(key) ?? []), edit]);
  }
  const breaches: Breach[] = [];
  for (const [contact_id, rows] of rowsOf) {
    const bySystem = Map.groupBy(rows.filter(isFrom), ({ source }) => source);
    for (const [system, accepted] of bySystem) {
      const key = keyOf(contact_id, system);
      const edits = editsOf.get(key) ?? [];
      if (accepted.length > edits.length + blends(evidence, contact_id, system))
        breaches.push({
          promise: 'I4',
          what: `${accepted.length} versions of contact ${key}, of ${edits.length} edits`,
        });
    }
  }
  return breaches;
}

/**
 * Twenty has no compare-and-swap: what the hub writes over an edit that it has not heard of mixes with it, and the mixture
 * counts as an edit. There are no more of these than writes.
 */
const blends = ({ world }: Evidence, contact_id: ContactId, system: System): number =>
  system === 'twenty' ? world.servers.twenty.writes.filter((write) => write.contact_id === contact_id).length : 0;

const isFrom = (row: KnownVersion): row is KnownVersion & { readonly source: System } =>
  row.status === 'accepted' && row.source !== null;

/** A version is written once to each system that can tell that it has it. */
function writes({ world }: Evidence): Breach[] {
  return (['supabase', 'local'] as const).flatMap((system) => {
    const changed = world.servers[system].writes.filter((write) => write.changed);
    const byVersion = Map.groupBy(
      changed,
      ({ contact_id, version, last_updated }) => `${contact_id}:${version}:${last_updated}`,
    );
    return [...byVersion]
      .filter(([, all]) => all.length > 1)
      .map(
        ([version, all]): Breach => ({ promise: 'I4', what: `${system} was written ${version} ${all.length} times` }),
      );
  });
}
