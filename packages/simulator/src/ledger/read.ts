/** Models `2-read.sql`: the state of contacts as the rule needs it. */
import type { ContactId } from '@contact-sync/contact';
import type { ContactState, InboxEntry, KnownVersion, RecordId, Snapshot, System } from '@contact-sync/sync';
import { type ContactRow, type DeliveryRow, type InboxRow, keyOf, type Tables, type VersionRow } from './tables.ts';

const NEWEST = 10;

export function contacts(tables: Tables, ids: Iterable<ContactId>): Map<ContactId, ContactState> {
  const found = new Map<ContactId, ContactState>();
  for (const id of ids) {
    const contact = tables.contacts.get(id);
    if (contact === undefined || contact.head === null) continue;
    contact.state ??= stateOf(contact, contact.head.revision);
    found.set(id, contact.state);
  }
  return found;
}

export function snapshot(
  tables: Tables,
  system: System,
  recordIds: readonly RecordId[],
  claimed: readonly ContactId[],
): Snapshot {
  const edits: InboxRow[] = [];
  const links = new Map<RecordId, ContactId>();
  for (const record_id of new Set(recordIds)) {
    const key = keyOf(system, record_id);
    edits.push(...(tables.records.get(key)?.undone ?? []));
    const linked = tables.links.get(key);
    if (linked !== undefined) links.set(record_id, linked);
  }
  edits.sort((a, b) => Number(a.inbox_id) - Number(b.inbox_id));
  const meant = edits.flatMap(({ record }) => record.contact_id ?? []);
  return {
    inbox: edits.map(
      ({ inbox_id, record, letter }): InboxEntry => ({
        inbox_id,
        record,
        dead_letter_id: letter?.letter.dead_letter_id ?? null,
      }),
    ),
    links,
    contacts: contacts(tables, new Set([...links.values(), ...meant, ...claimed])),
  };
}

/** The row of the head; none where it was committed without its history. */
export const headRow = ({ head, versions }: ContactRow): VersionRow | undefined =>
  head === null
    ? undefined
    : versions.findLast(({ known }) => known.version === head.version && known.content_hash === head.content_hash);

/** The version that a delivery's content is known by: of its number, else the newest. */
export function heldRow({ held }: DeliveryRow, versions: readonly VersionRow[]): VersionRow | undefined {
  if (held === null) return undefined;
  let best: VersionRow | undefined;
  for (const row of versions) {
    if (row.known.content_hash !== held.content_hash) continue;
    if (row.known.version === held.version) return row;
    if (best === undefined || row.known.version > best.known.version) best = row;
  }
  return best;
}

function stateOf(contact: ContactRow, revision: number): ContactState {
  const head = headRow(contact)?.known ?? null;
  const held: Record<string, ContactState['held'][keyof ContactState['held']]> = {};
  for (const delivery of contact.deliveries.values()) if (delivery.held !== null) held[delivery.target] = delivery.held;
  return {
    contact_id: contact.contact_id,
    revision,
    head,
    versions: keptVersions(contact, head),
    held,
    links: Object.fromEntries(contact.links),
    conflict: contact.open?.conflict ?? null,
  };
}

/** Highest first, of one number the latest first: the database promises no order. */
function keptVersions(contact: ContactRow, head: KnownVersion | null): readonly KnownVersion[] {
  const all = contact.versions.toReversed().sort((a, b) => b.known.version - a.known.version);
  if (all.length <= NEWEST) return all.map(({ known }) => known);
  const kept = new Set<KnownVersion>();
  if (head !== null) kept.add(head);
  for (const delivery of contact.deliveries.values()) {
    for (const row of numbered(delivery, all)) kept.add(row.known);
    const holding = heldRow(delivery, contact.versions);
    if (holding !== undefined) kept.add(holding.known);
  }
  return all.flatMap(({ known }, index) => (index < NEWEST || !known.appended || kept.has(known) ? [known] : []));
}

/** Two of the number that the target carries: the accepted one, and the one that it holds. */
function numbered({ held }: DeliveryRow, all: readonly VersionRow[]): readonly VersionRow[] {
  if (held === null) return [];
  const preference = ({ known }: VersionRow) =>
    (known.status === 'accepted' ? 2 : 0) + (known.content_hash === held.content_hash ? 1 : 0);
  return all
    .filter(({ known }) => known.version === held.version)
    .sort((a, b) => preference(b) - preference(a))
    .slice(0, 2);
}
