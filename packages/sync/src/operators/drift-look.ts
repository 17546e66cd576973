/** What the ledger and a system say of some records: a few queries for each batch, none for each record. */
import type { ContactId } from '@contact-sync/contact';
import type { ContactState, DeadLetter, Snapshot } from '../ledger-port.ts';
import { type Parts, surroundings } from '../parts.ts';
import { type RecordId, type System, type SystemRecord, TARGETS } from '../ports.ts';
import { isPending, type Named, nameOf } from './drift-name.ts';
import type { OperatorLedger } from './port.ts';

const PAGE = 500;

/** A record by its id, and what it is called. */
export interface Look extends Named {
  readonly record_id: RecordId;
  readonly contact_id: ContactId | null;
  readonly state: ContactState | null;
  /** What there is of it; `null`: nothing. */
  readonly record: SystemRecord | null;
}

/** Which records, and which contacts' deliveries, lie in open dead letters of a system. */
export interface Letters {
  readonly records: ReadonlySet<string>;
  readonly contacts: ReadonlySet<string>;
}

/** All that are open, in one query: as few as a person can look through. */
export async function openLetters(parts: Parts, system: System): Promise<Letters> {
  const letters = (await parts.ledger.deadLetters()).filter((letter) => letter.system === system);
  const about = (wanted: (letter: DeadLetter) => boolean) => new Set(letters.filter(wanted).map(({ key }) => key));
  return {
    records: about(({ queue }) => queue === 'ingest'),
    contacts: about(({ queue }) => queue !== 'ingest'),
  };
}

/** What is known beforehand. */
export interface Known {
  readonly letters: Letters;
  /** Records whose edit was discarded, and when, see {@link discardedEdits}. */
  readonly discarded: ReadonlyMap<RecordId, string>;
}

/**
 * Names these records.
 *
 * @param ids of all of them
 * @param records those that are there
 */
export async function lookAt(
  parts: Parts,
  system: System,
  ids: readonly RecordId[],
  records: readonly SystemRecord[],
  known: Known,
): Promise<readonly Look[]> {
  const found = new Map(records.map((record) => [record.record_id, record]));
  const snapshot = await parts.ledger.snapshot(system, ids, claimedBy(system, ids, records));
  const waiting = new Set(
    snapshot.inbox.filter(({ dead_letter_id }) => dead_letter_id === null).map(({ record }) => record.record_id),
  );
  const lying = new Set(
    snapshot.inbox.filter(({ dead_letter_id }) => dead_letter_id !== null).map(({ record }) => record.record_id),
  );
  const parked = await parkedOf(parts, system, [...snapshot.contacts.values()], known.letters);
  const around = surroundings(parts, system);
  return ids.map((record_id) => {
    const record = found.get(record_id) ?? null;
    const { state, own } = identityOf(system, record_id, record, snapshot);
    const closed_at = known.discarded.get(record_id);
    const seen = {
      ...{ record, contact: state, own },
      waiting: waiting.has(record_id),
      lettered:
        lying.has(record_id) ||
        known.letters.records.has(record_id) ||
        (state !== null && own && known.letters.contacts.has(state.contact_id)),
      discarded:
        (state !== null && own && parked.has(state.contact_id)) ||
        // What was edited since was not discarded.
        (closed_at !== undefined && (record === null || Date.parse(record.last_updated) <= Date.parse(closed_at))),
    };
    const contact_id = state?.contact_id ?? record?.contact_id ?? null;
    return { record_id, record, state, contact_id, ...nameOf(seen, around) };
  });
}

/** BigQuery names its records by their contacts. */
const claimedBy = (system: System, ids: readonly RecordId[], records: readonly SystemRecord[]): readonly ContactId[] =>
  system === 'bigquery'
    ? (ids as readonly string[] as readonly ContactId[])
    : records.flatMap((one) => one.contact_id ?? []);

function identityOf(
  system: System,
  record_id: RecordId,
  record: SystemRecord | null,
  { links, contacts }: Snapshot,
): { readonly state: ContactState | null; readonly own: boolean } {
  const linked = system === 'bigquery' ? (record_id as string as ContactId) : links.get(record_id);
  const claimed = linked ?? record?.contact_id;
  const state = claimed === undefined || claimed === null ? null : (contacts.get(claimed) ?? null);
  return { state, own: state !== null && linked !== undefined };
}

/** Behind, and nobody may send it, though nothing that is open holds it back: somebody gave it up. */
async function parkedOf(
  parts: Parts,
  system: System,
  states: readonly ContactState[],
  letters: Letters,
): Promise<ReadonlySet<ContactId>> {
  const target = TARGETS.find((name) => name === system);
  if (target === undefined) return new Set();
  const stuck = states.filter(
    (state) =>
      isPending(state, system) &&
      state.conflict === null &&
      state.versions.every(({ appended }) => appended) &&
      !letters.contacts.has(state.contact_id),
  );
  if (stuck.length === 0) return new Set();
  const ids = stuck.map(({ contact_id }) => contact_id);
  const going = new Set((await parts.ledger.deliverable(target, ids, 0, true)).map(({ contact_id }) => contact_id));
  return new Set(ids.filter((id) => !going.has(id)));
}

/** Of these records, those whose edit was discarded, and when last: an ISO 8601 instant. */
export async function discardedEdits(
  records: OperatorLedger,
  system: System,
  ids: ReadonlySet<RecordId>,
): Promise<ReadonlyMap<RecordId, string>> {
  const found = new Map<RecordId, string>();
  for (let after: string | null | undefined; after !== null; ) {
    const page = await records.listDeadLetters(
      { status: 'closed', queue: 'ingest', system },
      { limit: PAGE, ...(after === undefined ? {} : { after }) },
    );
    for (const { key, status, closed_at } of page.items)
      if (status === 'discarded' && closed_at !== null && ids.has(key) && (found.get(key) ?? '') < closed_at)
        found.set(key, closed_at);
    after = page.next;
  }
  return found;
}
