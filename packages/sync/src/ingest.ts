/** notification → decision → ledger → BigQuery → propagate, a batch of one system's records at a time. */
import { type ContactId, newContactId } from '@contact-sync/contact';
import { type Decision, decide, type Outcome, type Refused, unknownContact } from './decide.ts';
import { PermanentError, SyncError, TransientError } from './errors.ts';
import { changeIdOf } from './history.ts';
import type { InboxEntry, Rejection, Snapshot } from './ledger-port.ts';
import { adapterOf, type Parts, surroundings } from './parts.ts';
import type { RecordId, System, SystemRecord } from './ports.ts';
import { append, emit, isBehind } from './publish.ts';
import type { IngestJob } from './queue-port.ts';
import { duplicateRecord, rejectionOf } from './rejection.ts';

/** How often a batch is decided anew because another worker was quicker, before the queue tries again later. */
const MAX_ROUNDS = 8;

export interface IngestResult {
  /** What became of each record's observations, in order. */
  readonly outcomes: ReadonlyMap<RecordId, readonly Outcome[]>;
  /**
   * Set when the system could not be read: only kept edits were decided over. The system's outage is not the queue's,
   * which serves the other systems too; whatever is still behind afterwards, the sweeper brings up again.
   */
  readonly unread: SyncError | null;
}

/**
 * Decides over the records' kept edits and over the records as they stand, and sends what follows on its way. Running
 * twice, late or after half a run changes nothing more.
 *
 * @param options.replay takes up edits that lie in dead letters as well
 * @throws {TransientError} when other workers kept changing the same contacts
 * @throws {OutageError} when the ledger, BigQuery or the queue is away
 */
export async function ingest(
  parts: Parts,
  job: IngestJob,
  options: { readonly replay?: boolean } = {},
): Promise<IngestResult> {
  const { system } = job;
  const outcomes = new Map<RecordId, readonly Outcome[]>();
  const current = await readCurrent(parts, system, job.record_ids);
  let remaining = [...new Set(job.record_ids)];
  for (let round = 0; remaining.length > 0; round++) {
    if (round === MAX_ROUNDS)
      throw new TransientError('CONTENDED', `${remaining.length} records were changed by others all the while`);
    const claimed = remaining.flatMap((id) => current.records.get(id)?.contact_id ?? []);
    const snapshot = await parts.ledger.snapshot(system, remaining, claimed);
    remaining = await settle(parts, system, remaining, current.records, snapshot, options.replay ?? false, outcomes);
  }
  return { outcomes, unread: current.failure };
}

interface Current {
  readonly records: ReadonlyMap<RecordId, SystemRecord>;
  readonly failure: SyncError | null;
}

/** The records as they stand. Where reading is metered, the newest edit that was kept stands for its record. */
async function readCurrent(parts: Parts, system: System, recordIds: readonly RecordId[]): Promise<Current> {
  const adapter = adapterOf(parts, system);
  const kept = adapter.metered ? await newestKept(parts, system, recordIds) : new Map<RecordId, SystemRecord>();
  const wanted = recordIds.filter((id) => !kept.has(id));
  if (wanted.length === 0) return { records: kept, failure: null };
  try {
    const records = await adapter.fetch(wanted);
    return {
      records: new Map([...kept, ...records.map((record) => [record.record_id, record] as const)]),
      failure: null,
    };
  } catch (error) {
    if (error instanceof PermanentError || !(error instanceof SyncError)) throw error;
    return { records: kept, failure: error };
  }
}

/** Not from a dead letter: what was refused once is no witness of how the record stands now. */
async function newestKept(
  parts: Parts,
  system: System,
  recordIds: readonly RecordId[],
): Promise<Map<RecordId, SystemRecord>> {
  const { inbox } = await parts.ledger.snapshot(system, recordIds, []);
  const waiting = inbox.filter(({ dead_letter_id }) => dead_letter_id === null);
  const oldestFirst = waiting.map(({ record }) => record).sort((a, b) => (a.last_updated < b.last_updated ? -1 : 1));
  return new Map(oldestFirst.map((record) => [record.record_id, record]));
}

/** One round. @returns the records to be decided over again */
async function settle(
  parts: Parts,
  system: System,
  recordIds: readonly RecordId[],
  current: ReadonlyMap<RecordId, SystemRecord>,
  snapshot: Snapshot,
  replay: boolean,
  outcomes: Map<RecordId, readonly Outcome[]>,
): Promise<RecordId[]> {
  const around = surroundings(parts, system);
  const decisions = new Map<ContactId, { readonly record_id: RecordId; readonly decision: Decision }>();
  const rejections: Rejection[] = [];
  const again: RecordId[] = [];
  const kept = Map.groupBy(snapshot.inbox, ({ record }) => record.record_id);
  for (const record_id of recordIds) {
    const edits = (kept.get(record_id) ?? []).filter(({ dead_letter_id }) => replay || dead_letter_id === null);
    const record = current.get(record_id) ?? null;
    if (record === null && edits.length === 0) {
      outcomes.set(record_id, ['ignored']);
      continue;
    }
    const identity = identify(parts, system, record_id, record, edits, snapshot);
    if (identity.duplicate) {
      outcomes.set(record_id, ['refused']);
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
    if (decision.refused.length > 0) rejections.push(rejectionFor(system, record_id, decision));
  }

  const all = [...decisions.values()];
  const commits = all.map(({ decision }) => decision.commit);
  const { lost, letters, overtaken } = await parts.ledger.commit(commits, rejections);
  const won = all.filter(({ decision }) => !lost.has(decision.commit.contact_id));
  for (const { record_id, decision } of won) outcomes.set(record_id, decision.outcomes);
  await publish(
    parts,
    won.map(({ decision }) => decision),
  );
  if (letters.length > 0) await parts.queues.bury(letters);
  if (overtaken.length > 0) await parts.queues.unbury(overtaken);
  return [
    ...again,
    ...all.filter(({ decision }) => lost.has(decision.commit.contact_id)).map(({ record_id }) => record_id),
  ];
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
  parts: Parts,
  system: System,
  record_id: RecordId,
  record: SystemRecord | null,
  edits: readonly InboxEntry[],
  snapshot: Snapshot,
): Identity {
  const linked = snapshot.links.get(record_id);
  if (linked !== undefined) return { contact_id: linked, duplicate: false, former: false };
  const claimed = record?.contact_id ?? edits.findLast((entry) => entry.record.contact_id !== null)?.record.contact_id;
  if (claimed) {
    const state = snapshot.contacts.get(claimed);
    const other = state?.links[system];
    // A contact that was deleted may be born again as another record.
    const taken = other !== undefined && other !== record_id && state?.head?.content !== null;
    const gone = (record ?? edits.at(-1)?.record)?.deleted ?? false;
    return { contact_id: claimed, duplicate: taken && !gone, former: other !== undefined && gone };
  }
  const chance = Math.floor(parts.ambient.random() * 2 ** 22);
  return { contact_id: newContactId(parts.ambient.now(), chance), duplicate: false, former: false };
}

function rejectionFor(system: System, record_id: RecordId, { commit, state, refused }: Decision): Rejection {
  const decided = { contact_id: commit.contact_id, known: state.head !== null };
  return rejectionOf(system, record_id, decided, refused as readonly [Refused, ...Refused[]]);
}

/** What follows from the commits that were won; also what an earlier run that died here left undone. */
async function publish(parts: Parts, decisions: readonly Decision[]): Promise<void> {
  const rows = decisions
    .flatMap(({ state }) => state.versions.filter(({ appended }) => !appended))
    .map((version) => ({ ...version, change_id: changeIdOf(version) }));
  const events = decisions.flatMap(({ commit }) => commit.events);
  await append(parts, { rows, events });
  const opened = decisions.flatMap(({ commit }) => (commit.conflict === null ? [] : [commit.conflict]));
  if (opened.length > 0) await parts.queues.showConflicts(opened);
  const closed = decisions.flatMap(({ commit }) => commit.closed.map(({ conflict_id }) => conflict_id));
  if (closed.length > 0) await parts.queues.hideConflicts(closed);
  const unsent = new Set(rows.map(({ contact_id }) => contact_id));
  // A system found behind is sent the head, news or not: a delivery that met an unexpected record ends here, and waits.
  const moved = decisions.filter(
    ({ commit, state: { head } }) =>
      commit.head !== null ||
      unsent.has(commit.contact_id) ||
      commit.held.some((held) => head !== null && isBehind(head, held)),
  );
  await emit(
    parts,
    moved.map(({ state }) => state),
  );
}
