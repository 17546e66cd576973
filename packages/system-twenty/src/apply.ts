import { type ContactId, canonicalJson } from '@contact-sync/contact';
import {
  type ApplyOutcome,
  type Delivery,
  type OutageError,
  PermanentError,
  type SystemRecord,
  TransientError,
} from '@contact-sync/sync';
import { orderByEmail } from './email-order.ts';
import { type BadAnswer, Refused } from './failures.ts';
import { BATCH_SIZE, type People, type Row } from './people.ts';
import type { Person } from './person.ts';
import { emailTaken, plan, primaryEmail, type Step, syncFields, type Write, type Writing } from './plan.ts';
import { rememberRefusals } from './refusals.ts';

type Report = (outcome: ApplyOutcome) => void;

/** Each time it takes another worker that was late. */
const MAX_BURIALS = 4;

/** Brings deliveries to Twenty. @see plan for what may be written over */
export function createApply(
  people: People,
  now: () => number,
  read: (person: Person) => SystemRecord,
  rejectionOf: (answer: BadAnswer) => PermanentError | OutageError,
  writing: Writing,
) {
  const refusals = rememberRefusals(now);
  const { lens, sync } = writing;

  /** Reads what stands, then writes. Called again with halves when Twenty refuses a batch: so it always looks anew. */
  async function settle(deliveries: readonly Delivery[], report: Report): Promise<void> {
    const records = await readFor(deliveries);
    const writes: Write[] = [];
    for (const delivery of deliveries) {
      const step = plan(delivery, records, writing);
      if (step.kind === 'done') report(step.outcome);
      else if (step.kind === 'write') writes.push(step.write);
      else await bury(delivery, step, report);
    }
    const { first, second, emptied } = orderByEmail(writes, records, report);
    for (const record_id of emptied)
      await people.patch(record_id, { emails: { primaryEmail: '', additionalEmails: [] } });
    const applied = new Set<string>();
    const note: Report = (outcome) => {
      if (outcome.outcome === 'applied') applied.add(outcome.record_id);
      report(outcome);
    };
    await write(first, note);
    let waiting = second;
    while (waiting.some(({ owner }) => applied.has(owner))) {
      const free = waiting.filter(({ owner }) => applied.has(owner));
      waiting = waiting.filter(({ owner }) => !applied.has(owner));
      await write(
        free.map(({ write: next }) => next),
        note,
      );
    }
    // Also those who would swap: that takes a third state, which somebody could take for an edit.
    for (const { write: stuck } of waiting)
      report({ contact_id: stuck.delivery.contact_id, outcome: 'rejected', error: emailTaken() });
  }

  async function readFor(deliveries: readonly Delivery[]): Promise<readonly SystemRecord[]> {
    const emails = deliveries.flatMap(({ content }) =>
      content === null ? [] : [primaryEmail(lens.toRecord(content))],
    );
    const found = await people.find([
      { field: sync.contact_id, values: deliveries.map(({ contact_id }) => contact_id) },
      { field: 'id', values: deliveries.flatMap(({ record_id }) => record_id ?? []) },
      { field: 'emails.primaryEmail', values: [...new Set(emails.filter((email) => email !== ''))] },
    ]);
    return found.map(read);
  }

  /**
   * Known people are upserted under their ids. New ones are only ever created: an upsert would take over whoever came
   * to have the same primary email since we looked.
   */
  async function write(writes: readonly Write[], report: Report): Promise<void> {
    for (const known of bodies(writes.filter(({ record }) => record !== null)))
      await send(known, people.upsert, report);
    for (const unknown of bodies(writes.filter(({ record }) => record === null)))
      await send(unknown, people.create, report);
  }

  async function send(
    writes: readonly Write[],
    post: (rows: readonly Row[]) => Promise<readonly Person[]>,
    report: Report,
  ): Promise<void> {
    const [only] = writes;
    if (only === undefined) return;
    let answer: readonly Person[];
    try {
      answer = await post(writes.map(({ row }) => row));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (writes.length === 1) {
        const reason = rejectionOf(error.answer);
        if (!(reason instanceof PermanentError)) throw reason;
        const isTaken = only.record === null && reason.code === 'TWENTY_DUPLICATE';
        if (isTaken && (await isThereNow(only.delivery))) return settle([only.delivery], asApplied(report));
        return report(refused(only.delivery, reason));
      }
      // Some rows may stand already: each half is read again before it is written again.
      const half = Math.ceil(writes.length / 2);
      const deliveries = writes.map(({ delivery }) => delivery);
      await settle(deliveries.slice(0, half), asApplied(report));
      await settle(deliveries.slice(half), asApplied(report));
      return;
    }
    await completeReborn(writes, answer);
    // The answer has its own order, updates first: only the contactId tells which row is whose.
    const ids = new Map(answer.map(({ contactId, id }) => [contactId, id]));
    for (const { delivery } of writes) {
      const record_id = ids.get(delivery.contact_id);
      if (record_id === undefined)
        throw new TransientError('TWENTY_NO_RECEIPT', 'Twenty did not return a row it was sent');
      report({ contact_id: delivery.contact_id, outcome: 'applied', record_id });
    }
  }

  /**
   * Who was deleted for good since we looked has been inserted again, with the changes alone: the rest would look as if
   * somebody had emptied it. Rows are told by their two times, which are one only for a new row.
   */
  async function completeReborn(writes: readonly Write[], answer: readonly Person[]): Promise<void> {
    const reborn = new Set(answer.filter((row) => row.createdAt === row.updatedAt).map(({ contactId }) => contactId));
    const partial = writes.filter(({ delivery, row, full }) => row !== full && reborn.has(delivery.contact_id));
    if (partial.length > 0) await people.upsert(partial.map(({ full }) => full));
  }

  /** Another worker may have created the same contact since we looked: then it is there, and taken by itself. */
  async function isThereNow({ contact_id }: Delivery): Promise<boolean> {
    return (await people.find([{ field: sync.contact_id, values: [contact_id] }])).length > 0;
  }

  function refused(delivery: Delivery, error: PermanentError): ApplyOutcome {
    refusals.add(delivery, error);
    return { contact_id: delivery.contact_id, outcome: 'rejected', error };
  }

  /**
   * Deleted first and numbered after: the other way round, a poll in between would see a living person under the
   * number of the tombstone, which means that somebody revived it. Numbered at all, so that a user's own restore is seen.
   *
   * An upsert of another worker that was under way may revive it in between, and what it wrote then bears the number of
   * the tombstone. A user's restore brings back what was there, and stands.
   */
  async function bury(delivery: Delivery, step: Extract<Step, { kind: 'delete' | 'number' }>, report: Report) {
    const { record_id, fields } = step.record;
    let isRevived = step.kind === 'delete';
    for (let round = 0; round === 0 || (isRevived && round < MAX_BURIALS); round++) {
      if (isRevived) await people.softDelete(record_id);
      const numbered = await people.patch(record_id, syncFields(delivery, sync));
      const isLive = numbered !== null && numbered.deletedAt === null;
      isRevived = isLive && canonicalJson(read(numbered).fields) !== canonicalJson(fields);
    }
    report({ contact_id: delivery.contact_id, outcome: 'applied', record_id });
  }

  return async (deliveries: readonly Delivery[]): Promise<readonly ApplyOutcome[]> => {
    const outcomes = new Map<ContactId, ApplyOutcome>();
    const report: Report = (outcome) => outcomes.set(outcome.contact_id, outcome);
    const open: Delivery[] = [];
    for (const delivery of deliveries) {
      const error = refusals.find(delivery);
      if (error === undefined) open.push(delivery);
      else report({ contact_id: delivery.contact_id, outcome: 'rejected', error });
    }
    for (let from = 0; from < open.length; from += BATCH_SIZE)
      await settle(open.slice(from, from + BATCH_SIZE), report);
    refusals.forget(deliveries);
    return [...outcomes.values()];
  };
}

/** Of one body; a server or a proxy that takes less says so, and the batch is halved. */
const MAX_BYTES = 8 * 1024 * 1024;

function* bodies(writes: readonly Write[]): Generator<readonly Write[]> {
  let body: Write[] = [];
  let bytes = 0;
  for (const write of writes) {
    const size = Buffer.byteLength(JSON.stringify(write.row)) + 1;
    if (body.length > 0 && bytes + size > MAX_BYTES) {
      yield body;
      body = [];
      bytes = 0;
    }
    body.push(write);
    bytes += size;
  }
  if (body.length > 0) yield body;
}

/** A row that stands after its batch was refused was written by us, half-way: not there already. */
const asApplied =
  (report: Report): Report =>
  (outcome) =>
    report(
      outcome.outcome === 'unchanged'
        ? { contact_id: outcome.contact_id, outcome: 'applied', record_id: outcome.record_id }
        : outcome,
    );
