/** What a record is called that is compared with its contact's head: pure. The rules are those of ingest. */
import { type Content, compareContacts } from '@contact-sync/contact';
import { isBehind } from '../following.ts';
import { judge, type Surroundings } from '../judge.ts';
import type { ContactState } from '../ledger-port.ts';
import type { System, SystemRecord, Version } from '../ports.ts';

/** Why a record need not be in step now. `discarded`: somebody gave the delivery, or the edit, up. */
export const EXPLAINED = ['pending', 'in_conflict', 'dead_lettered', 'discarded'] as const;
/** One of {@link EXPLAINED}. */
export type Explained = (typeof EXPLAINED)[number];

/**
 * What nothing explains:
 * - `stale`: it holds a version that the ledger still keeps, though the ledger believes it holds the head;
 * - `edited_outside`: it holds what the ledger knows no version of, under a number that the hub gave: whoever did it went
 *   round what counts the edits there;
 * - `lost_notification`: its system itself says that it was edited, see {@link isToldOf}, and of that edit nothing came;
 * - `extra`: a record of no contact, or of a deleted one, of which nobody told;
 * - `missing`: the ledger believes it to be there; also a contact that it believes a target to hold, of no record at all.
 */
export const DRIFT_KINDS = ['stale', 'edited_outside', 'lost_notification', 'extra', 'missing'] as const;
/** One of {@link DRIFT_KINDS}. */
export type DriftKind = (typeof DRIFT_KINDS)[number];

/** Everything that the name of a record depends on, beside its {@link Surroundings}. */
export interface Observed {
  /** As it stands; `null`: it is not there. */
  readonly record: SystemRecord | null;
  /** The contact that it stands for, else the one that it says it is; `null`: none that the ledger knows. */
  readonly contact: ContactState | null;
  /** It is the record by which the system has the contact. */
  readonly own: boolean;
  /** An edit of it is kept and undecided. */
  readonly waiting: boolean;
  /** A dead letter about it, or about its delivery, is open. */
  readonly lettered: boolean;
  /** A dead letter about it, or about its delivery, was discarded, and nothing came after. */
  readonly discarded: boolean;
}

/** What a record is called, and the names of the fields in which it differs; `deleted` where only one of both is. */
export interface Named {
  readonly name: 'in_step' | Explained | DriftKind;
  readonly fields: readonly string[];
}

const IN_STEP: Named = { name: 'in_step', fields: [] };

/** Names one record. What is in step is so whatever the ledger believes: only its receipt, or its number, may lag. */
export function nameOf(seen: Observed, around: Surroundings): Named {
  const { record, contact, own } = seen;
  const head = contact?.head ?? null;
  if (record === null) {
    // BigQuery keeps what was deleted; elsewhere nothing has to be left of it.
    const isExpected = head !== null && (head.content !== null || around.system === 'bigquery');
    return isExpected ? explained(seen, around, 'missing', []) : IN_STEP;
  }
  if (contact === null || head === null || !own) return record.deleted ? IN_STEP : explained(seen, around, 'extra', []);
  const edited = isToldOf(record, contact, around) ? 'lost_notification' : 'edited_outside';
  if (head.content === null) {
    if (record.deleted) return IN_STEP;
    return explained(seen, around, edited === 'lost_notification' ? edited : 'extra', ['deleted']);
  }

  const fields = differing(record, contact, head, head.content, around);
  if (!record.deleted && around.lens.same(record.fields, head.content)) return whole(seen, around, contact, edited);
  const judgement = judge(record, contact, around);
  if (judgement.kind !== 'echo') return explained(seen, around, edited, fields);
  // Spelled in another way, and the same all the same.
  if (judgement.content_hash === head.content_hash) return whole(seen, around, contact, edited);
  return explained(seen, around, 'stale', fields);
}

/** One that holds the head in all that it names may still name another contact, or lack what it should hold. */
function whole(seen: Observed, around: Surroundings, { contact_id }: ContactState, edited: DriftKind): Named {
  if (seen.record?.contact_id !== contact_id) return explained(seen, around, edited, ['contact_id']);
  return seen.record.incomplete ? explained(seen, around, 'stale', []) : IN_STEP;
}

function explained(seen: Observed, { system }: Surroundings, kind: DriftKind, fields: readonly string[]): Named {
  const { contact, own, waiting, lettered, discarded, record } = seen;
  // A record that only says that it is the contact is nobody's delivery, unless it came there and its receipt did not.
  const concerned = contact !== null && (own || record === null || contact.links[system] === undefined);
  const name = () => {
    if (concerned && contact.conflict !== null) return 'in_conflict';
    if (waiting) return 'pending';
    if (lettered) return 'dead_lettered';
    if (discarded) return 'discarded';
    return concerned && isPending(contact, system) ? 'pending' : kind;
  };
  return { name: name(), fields };
}

/**
 * The system itself says that somebody edited the record since the hub wrote it: it carries a higher number than the hub
 * gave it, so that its triggers ran. Twenty counts nothing: it only tells a person's hand from a program's, and who used
 * a key there as the hub does has `edited_outside`, though Twenty should have told of that as well.
 */
function isToldOf(
  record: SystemRecord,
  { head, held }: ContactState,
  { system, counts_versions }: Surroundings,
): boolean {
  if (record.edited === true) return true;
  const given = Math.max(head?.version ?? 0, system === 'bigquery' ? 0 : (held[system]?.version ?? 0));
  return counts_versions && record.version > given;
}

/** In the ledger's own eyes: BigQuery has yet to be told, or the target to be sent the head. */
export function isPending({ head, held, versions }: ContactState, system: System): boolean {
  if (head === null) return false;
  return system === 'bigquery' ? versions.some(({ appended }) => !appended) : isBehind(head, held[system]);
}

/** Names alone, and nothing of what the fields hold. */
function differing(
  record: SystemRecord,
  { contact_id }: ContactState,
  head: Version,
  content: Content,
  { lens }: Surroundings,
): readonly string[] {
  if (record.deleted) return ['deleted'];
  const named = record.contact_id === contact_id ? [] : ['contact_id'];
  try {
    // Compared as it stands: nobody asks whether it is valid.
    const shown = lens.fromRecord(record.fields, content) as Content;
    return [...named, ...compareContacts(head.content, shown).differences.map(({ field }) => field)];
  } catch (error) {
    // It has no normal form (NUL, beyond all bounds): nobody can say where it differs.
    if (error instanceof TypeError) return named;
    throw error;
  }
}
