/** One contact, or one record, brought everywhere. */
import type { ContactId } from '@contact-sync/contact';
import { PermanentError, type SyncError, TransientError } from '../errors.ts';
import type { ContactState } from '../ledger-port.ts';
import type { Parts } from '../parts.ts';
import { type RecordId, SYSTEMS, type System, TARGETS } from '../ports.ts';
import { append } from '../publish.ts';
import { ask } from './ask.ts';
import { type Faults, noting } from './faults.ts';
import { givenId } from './given.ts';
import { type ContactOutcome, outcomeOf } from './outcome.ts';
import { type ServiceOptions, type Way, wayOf } from './way.ts';

const TIMEOUT_MS = 30_000;

/** Reads the contact in every system, decides over what is news, and brings the head to every target. */
export async function syncContact(parts: Parts, given: string, options: ServiceOptions): Promise<ContactOutcome> {
  const id = givenId(given);
  using way = wayOf(options.via ?? 'direct', parts, { timeout_ms: options.timeout_ms ?? TIMEOUT_MS });
  const before = (await parts.ledger.contacts([id])).get(id);
  const unread = new Map<System, SyncError>();
  await Promise.all(
    SYSTEMS.map(async (system) => {
      const record_id = system === 'bigquery' ? id : before?.links[system];
      if (record_id !== undefined) await noting(unread, system, () => ask(way, system, [record_id]));
    }),
  );
  await noting(unread, 'bigquery', () => deliver(way, id));
  const faults = await settled(way, async () => id);
  const outcome = await outcomeOf(parts, id, before, new Map([...unread, ...faults]));
  if (outcome !== null) return outcome;
  const [fault] = unread.values();
  throw (
    fault ??
    new PermanentError('NO_SUCH_CONTACT', 'neither the ledger nor BigQuery knows such a contact', {
      advice: 'Check the id. A contact that was born in another system a moment ago has none yet.',
    })
  );
}

/**
 * Reads one record of a system, decides over it and over its edits that wait, and brings what came of it to BigQuery and
 * to all the others.
 */
export async function syncRecord(
  parts: Parts,
  system: System,
  recordId: RecordId,
  options: ServiceOptions,
): Promise<ContactOutcome> {
  using way = wayOf(options.via ?? 'direct', parts, { timeout_ms: options.timeout_ms ?? TIMEOUT_MS });
  const before = await linkedTo(parts, system, recordId);
  // A system that cannot be read is the whole errand's fault.
  const records = await ask(way, system, [recordId]);
  if (before !== undefined) await deliver(way, before.contact_id);
  const linked = async () => (await linkedTo(parts, system, recordId))?.contact_id;
  const faults = await settled(way, linked);
  const contact = await linked();
  const outcome = contact === undefined ? null : await outcomeOf(parts, contact, before, faults);
  return outcome ?? (await unlinked(parts, system, recordId, records.length > 0, faults));
}

/**
 * Another process may have taken the edit from under this one's hands, decided over it, and be on its way with it: what is
 * left then is brought as well. Whoever comes second finds nothing to do.
 */
async function settled(way: Way, contactId: () => Promise<ContactId | undefined>): Promise<Faults> {
  const faults = await way.settled();
  const id = await contactId();
  if (id === undefined) return faults;
  const { contacts } = await way.parts.ledger.standings({ contact_ids: [id], limit: 1 });
  if (!contacts.some(({ state }) => state === 'pending')) return faults;
  const unread = new Map<System, SyncError>();
  await noting(unread, 'bigquery', () => deliver(way, id));
  return new Map([...unread, ...(await way.settled())]);
}

/** What earlier runs left of a contact: BigQuery first, then whoever is behind. */
async function deliver(way: Way, contactId: ContactId): Promise<void> {
  const { ledger, queues } = way.parts;
  await append(way.parts, await ledger.unappended([contactId], 0, 1000));
  for (const target of TARGETS) await queues.propagate(target, [contactId]);
}

async function linkedTo(parts: Parts, system: System, recordId: RecordId): Promise<ContactState | undefined> {
  const { links, contacts } = await parts.ledger.snapshot(system, [recordId], []);
  const contact_id = links.get(recordId);
  return contact_id === undefined ? undefined : contacts.get(contact_id);
}

/** A record that is no contact's says why: it was refused, or is not there, or not decided over yet. */
async function unlinked(
  parts: Parts,
  system: System,
  recordId: RecordId,
  isThere: boolean,
  faults: Faults,
): Promise<never> {
  const { inbox } = await parts.ledger.snapshot(system, [recordId], []);
  const ids = inbox.flatMap(({ dead_letter_id }) => dead_letter_id ?? []);
  const [letter] = ids.length > 0 ? await parts.ledger.deadLetters({ ids }) : [];
  if (letter !== undefined) {
    const { code, reason, field, advice } = letter;
    throw new PermanentError(code, reason, { ...(field !== null && { field }), advice });
  }
  const [fault] = faults.values();
  if (fault !== undefined) throw fault;
  if (isThere || inbox.length > 0)
    throw new TransientError('TIME_UP', 'the record is kept, and was not decided over in time: does a worker run?');
  throw new PermanentError('NO_SUCH_RECORD', `${system} has no such record, and no contact is linked to it`, {
    advice: 'Check the id: it is the system’s own name of the record, not the contact_id.',
  });
}
