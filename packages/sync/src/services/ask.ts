/** Looks at records as they stand, without having been told of an edit. */
import { type BatchDecision, decideBatch } from '../batch.ts';
import type { Decision } from '../decide.ts';
import { drain } from '../intake.ts';
import type { ContactState, Snapshot } from '../ledger-port.ts';
import { adapterOf, type Parts, surroundings } from '../parts.ts';
import type { Change, RecordId, System, SystemRecord } from '../ports.ts';
import type { Queues } from '../queue-port.ts';
import { patiently } from './patience.ts';
import type { Way } from './way.ts';

/**
 * Takes over what the system tells by itself, of these records and of all others, then reads these records, and has ingest
 * decide over what is news of them and over their edits that wait.
 *
 * @returns the records that are there
 */
export async function ask(way: Way, system: System, recordIds: readonly RecordId[]): Promise<readonly SystemRecord[]> {
  const { parts, signal } = way;
  const adapter = adapterOf(parts, system);
  // Only the outbox knows of a record that was removed, and of an edit that another overwrote.
  if (system !== 'bigquery' && !adapter.metered)
    await patiently(parts.ambient, signal, () => empty(way, system, recordIds));
  const records = await patiently(parts.ambient, signal, () => adapter.fetch(recordIds));
  await hear(parts, system, records, recordIds);
  return records;
}

/** Others' edits are safe in the inbox then, and left to the hub. */
async function empty({ parts, hub, signal }: Way, system: System, recordIds: readonly RecordId[]): Promise<void> {
  const asked = new Set(recordIds);
  const ingest: Queues['ingest'] = async (_, ids) => {
    const others = ids.filter((id) => !asked.has(id));
    if (others.length > 0) await hub.ingest(system, others);
  };
  await drain({ ...parts, queues: { ...parts.queues, ingest } }, system, signal);
}

/**
 * What is news of these records is kept in the inbox first, as an edit that was told: from then on it is decided over
 * even if this process dies, and ends as every edit does.
 *
 * @param recordIds whose waiting edits are meant as well
 */
export async function hear(
  parts: Parts,
  system: System,
  records: readonly SystemRecord[],
  recordIds: readonly RecordId[] = records.map(({ record_id }) => record_id),
): Promise<void> {
  const claimed = records.flatMap(({ contact_id }) => contact_id ?? []);
  const snapshot = await parts.ledger.snapshot(system, recordIds, claimed);
  const news = newsOf(parts, system, records, snapshot);
  const asked = `asked:${parts.ambient.now().toString(36)}${Math.floor(parts.ambient.random() * 2 ** 40).toString(36)}`;
  const changes = news.map(
    (record): Change => ({ key: `${asked}:${record.record_id}`, record_id: record.record_id, record }),
  );
  const kept = changes.length > 0 ? await parts.ledger.receive(system, changes, null) : [];
  const waiting = snapshot.inbox.flatMap(({ dead_letter_id, record }) =>
    dead_letter_id === null ? [record.record_id] : [],
  );
  const told = new Set([...kept, ...waiting]);
  if (told.size > 0) await parts.queues.ingest(system, [...told]);
}

/** The records over which ingest would decide anything: the decision itself is asked, on what the ledger knows now. */
function newsOf(
  parts: Parts,
  system: System,
  records: readonly SystemRecord[],
  snapshot: Snapshot,
): readonly SystemRecord[] {
  const current = new Map(records.map((record) => [record.record_id, record]));
  let unnamed = 0;
  const decided = decideBatch(
    { record_ids: [...current.keys()], current, snapshot: { ...snapshot, inbox: [] }, replay: false },
    surroundings(parts, system),
    // For the ids of contacts that nobody keeps, each another: ingest draws them anew.
    () => unnamed++ / 2 ** 22,
  );
  const kept = new Set(snapshot.inbox.map(({ record }) => stateOf(record)));
  const news = new Set(newIds(decided, snapshot));
  // What the system told by itself is there already, undecided or refused.
  return records.filter((record) => news.has(record.record_id) && !kept.has(stateOf(record)));
}

const newIds = ({ decisions, settled, again }: BatchDecision, { contacts }: Snapshot): readonly RecordId[] => [
  ...decisions
    .filter(({ decision }) => !isVoid(decision, contacts.get(decision.commit.contact_id)?.held))
    .map(({ record_id }) => record_id),
  ...[...settled].flatMap(([record_id, outcomes]) => (outcomes.includes('refused') ? [record_id] : [])),
  ...again,
];

/** It would write nothing but what is known. */
const isVoid = ({ commit, refused }: Decision, held: ContactState['held'] = {}): boolean =>
  commit.head === null &&
  commit.conflict === null &&
  commit.history.length + commit.closed.length + refused.length === 0 &&
  // BigQuery names its records by their contacts: the link says nothing.
  commit.links.every(({ system }) => system === 'bigquery') &&
  commit.held.every(
    ({ target, version, content_hash }) =>
      held[target]?.version === version && held[target].content_hash === content_hash,
  );

/** As the inbox keeps it: JSON, in the order in which its system gives the fields. */
const stateOf = ({ record_id, version, last_updated, deleted, fields }: SystemRecord): string =>
  JSON.stringify([record_id, version, last_updated, deleted, fields]);
