/** Contacts as one system shows them, for programs that read rather than sync: prompts, exports. */
import { type Contact, type ContactId, type Content, contactOf, parseContent } from '@contact-sync/contact';
import type { ContactState } from '../ledger-port.ts';
import { adapterOf, batches, type Parts } from '../parts.ts';
import { SYSTEMS, type System, type SystemRecord } from '../ports.ts';

const PAGE = 500;

/** Gives contacts by their ids, in batches. `ContactFetcher` of `@contact-sync/prompt` is of this shape. */
export interface ContactSource {
  /** Those that are not there, are deleted, or cannot be valid contacts are left out. */
  fetchContacts(contactIds: readonly ContactId[]): Promise<ReadonlyMap<ContactId, Contact>>;
}

/**
 * The contacts of each system as its records stand now; what a system cannot hold is the head's.
 *
 * **Excluded if anybody says so**: a contact is of category X when the record says it, or the head, or a candidate of an
 * open conflict, or an edit that is known and not yet decided over. A system that has not heard of it, or cannot hold a
 * category, shows nothing that was excluded elsewhere.
 */
export const contactSources = (parts: Parts): Readonly<Record<System, ContactSource>> =>
  // One entry for each of SYSTEMS.
  Object.fromEntries(
    SYSTEMS.map((system) => [system, { fetchContacts: (ids: readonly ContactId[]) => contactsIn(parts, system, ids) }]),
  ) as unknown as Record<System, ContactSource>;

async function contactsIn(
  parts: Parts,
  system: System,
  contactIds: readonly ContactId[],
): Promise<ReadonlyMap<ContactId, Contact>> {
  const found = new Map<ContactId, Contact>();
  for (const ids of batches([...new Set(contactIds)], PAGE)) {
    const states = await parts.ledger.contacts(ids);
    const records = new Map(
      ids.flatMap((id) => {
        const record_id = system === 'bigquery' ? id : states.get(id)?.links[system];
        return record_id === undefined ? [] : [[record_id, id] as const];
      }),
    );
    if (records.size === 0) continue;
    const [read, undecided] = await Promise.all([
      adapterOf(parts, system).fetch([...records.keys()]),
      excludedByEdits(parts, states),
    ]);
    for (const record of read) {
      const id = records.get(record.record_id);
      const contact = id && contactFrom(parts, system, id, record, states.get(id), undecided.has(id));
      if (contact) found.set(contact.contact_id, contact);
    }
  }
  return found;
}

function contactFrom(
  parts: Parts,
  system: System,
  contact_id: ContactId,
  record: SystemRecord,
  state: ContactState | undefined,
  isExcluded: boolean,
): Contact | null {
  // Also where a head that is deleted has yet to reach the system.
  if (record.deleted || state?.head?.content === null) return null;
  const base = state?.head?.content ?? null;
  const parsed = parseContent(adapterOf(parts, system).lens.fromRecord(record.fields, base));
  if (!parsed.ok) return null;
  const said = [base, ...(state?.conflict?.candidates.map(({ content }) => content) ?? [])];
  const content: Content =
    isExcluded || said.some((one) => one?.category_code === 'X') ? excluded(parsed.content) : parsed.content;
  const { last_updated, last_updated_by } = record;
  return contactOf({ contact_id, content, version: Math.max(record.version, 1), last_updated, last_updated_by });
}

function excluded({ subcategory_code: _, ...content }: Content): Content {
  return { ...content, category_code: 'X' };
}

/** Contacts of which some edit that waits in the inbox says that they are excluded. */
async function excludedByEdits(
  parts: Parts,
  states: ReadonlyMap<ContactId, ContactState>,
): Promise<ReadonlySet<ContactId>> {
  const found = new Set<ContactId>();
  const look = async (system: System) => {
    const records = [...states.values()].flatMap(({ links }) => links[system] ?? []);
    if (records.length === 0) return;
    const { inbox, links } = await parts.ledger.snapshot(system, records, []);
    for (const { record } of inbox) {
      const id = links.get(record.record_id);
      const base = id && states.get(id)?.head?.content;
      if (!id || record.deleted) continue;
      const said = adapterOf(parts, system).lens.fromRecord(record.fields, base ?? null);
      if (typeof said === 'object' && said !== null && Reflect.get(said, 'category_code') === 'X') found.add(id);
    }
  };
  await Promise.all(SYSTEMS.map(look));
  return found;
}
