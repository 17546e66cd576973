/** Ingest's decisions over a batch of one system's records: pure. */
import { type ContactId, contentHash, newContactId, toMicros } from '@contact-sync/contact';
import { type Decision, decide, type Outcome, type Refused, unknownContact } from './decide.ts';
import type { Surroundings } from './judge.ts';
import type { ContactState, InboxEntry, Rejection, Snapshot } from './ledger-port.ts';
import { type RecordId, type System, type SystemRecord, TARGETS } from './ports.ts';
import { duplicateRecord, rejectionOf } from './rejection.ts';

/** What ingest knows of a batch when it decides. */
export interface Observed {
  readonly record_ids: readonly RecordId[];
  /** The records as they stand; those that are gone, or could not be read, are not among them. */
  readonly current: ReadonlyMap<RecordId, SystemRecord>;
  readonly snapshot: Snapshot;
  /** Takes up edits that lie in dead letters as well. */
  readonly replay: boolean;
}

/** What is to be written of a batch, and what is left to be done with it. */
export interface BatchDecision {
  /** At most one for each contact. */
  readonly decisions: readonly { readonly record_id: RecordId; readonly decision: Decision }[];
  /** Edits that cannot become versions: some of a contact that is decided over as well, some that stand alone. */
  readonly rejections: readonly Rejection[];
  /** Records that need no commit, and what became of them. */
  readonly settled: ReadonlyMap<RecordId, readonly Outcome[]>;
  /** Another record of the batch is the same contact: decide over these on the state after it. */
  readonly again: readonly RecordId[];
}

/**
 * Decides over each record of a batch: its kept edits, then the record as it stands.
 *
 * @param chance uniform in [0, 1), drawn for the id of each new contact
 */
export function decideBatch(
  { record_ids, current, snapshot, replay }: Observed,
  around: Surroundings,
  chance: () => number,
): BatchDecision {
  const { system } = around;
  const decisions = new Map<ContactId, BatchDecision['decisions'][number]>();
  const rejections: Rejection[] = [];
  const settled = new Map<RecordId, readonly Outcome[]>();
  const again: RecordId[] = [];
  const kept = Map.groupBy(snapshot.inbox, ({ record }) => record.record_id);
  for (const record_id of record_ids) {
    const edits = (kept.get(record_id) ?? []).filter(({ dead_letter_id }) => replay || dead_letter_id === null);
    const record = current.get(record_id) ?? null;
    if (record === null && edits.length === 0) {
      settled.set(record_id, ['ignored']);
      continue;
    }
    const identity = identify(around, record_id, record, edits, snapshot, chance);
    if (identity.duplicate) {
      settled.set(record_id, ['refused']);
      rejections.push(duplicateRecord(system, record_id, identity.contact_id, edits));
      continue;
    }
    if (decisions.has(identity.contact_id)) {
      again.push(record_id);
      continue;
    }
    const state = snapshot.contacts.get(identity.contact_id) ?? unknownContact(identity.contact_id);
    const decision = decide(state, edits, identity.former ? null : record, around);
    decisions.set(identity.contact_id, { record_id, decision });
    const [first, ...others] = decision.refused;
    if (first !== undefined) rejections.push(rejectionFor(around, record_id, decision, [first, ...others]));
  }
  return { decisions: [...decisions.values()], rejections, settled, again };
}

interface Identity {
  readonly contact_id: ContactId;
  /** Another record of the system stands for the contact. */
  readonly duplicate: boolean;
  /** It stood for the contact before another record did, and is gone: its edits count, how it stands does not. */
  readonly former: boolean;
}

/** Which contact a record is: the one it is linked to, else the one it says, else a new one. */
function identify(
  { system, now }: Surroundings,
  record_id: RecordId,
  record: SystemRecord | null,
  edits: readonly InboxEntry[],
  snapshot: Snapshot,
  chance: () => number,
): Identity {
  const linked = snapshot.links.get(record_id);
  if (linked !== undefined) return { contact_id: linked, duplicate: false, former: false };
  const claimed = record?.contact_id ?? edits.findLast((entry) => entry.record.contact_id !== null)?.record.contact_id;
  if (claimed) {
    const state = snapshot.contacts.get(claimed);
    const other = state?.links[system];
    // A contact that was deleted may be born again as another record; so may one whose record was removed here alone.
    const isGone = state?.head?.content === null || isRemoved(state, system);
    const taken = other !== undefined && other !== record_id && !isGone;
    const gone = (record ?? edits.at(-1)?.record)?.deleted ?? false;
    return { contact_id: claimed, duplicate: taken && !gone, former: other !== undefined && gone };
  }
  return {
    contact_id: newContactId(Number(toMicros(now) / 1000n), Math.floor(chance() * 2 ** 22)),
    duplicate: false,
    former: false,
  };
}

/** The system is known to hold nothing of the contact: what it was linked to lost as a deletion, and is to be made anew. */
function isRemoved(state: ContactState | undefined, system: System): boolean {
  const target = TARGETS.find((name) => name === system);
  return target !== undefined && state?.held[target]?.content_hash === TOMBSTONE;
}

const TOMBSTONE = contentHash(null);

function rejectionFor(
  { system }: Surroundings,
  record_id: RecordId,
  { commit, state }: Decision,
  refused: readonly [Refused, ...Refused[]],
): Rejection {
  const decided = { contact_id: commit.contact_id, known: state.head !== null };
  return rejectionOf(system, record_id, decided, refused);
}
