/** Models `5-deliver.sql`: what may go to a target, and what came of it. */
import type { ContactId } from '@contact-sync/contact';
import type { Delivery, KnownVersion, Ledger, Target, Version } from '@contact-sync/sync';
import { settle } from './commit.ts';
import { headRow, heldRow } from './read.ts';
import { type ContactRow, type DeliveryRow, type Instant, keyOf, type Tables } from './tables.ts';
import { byText, storable } from './text.ts';

/** The head of a contact if targets may have it: BigQuery has it, and no conflict holds it back. */
function going(contact: ContactRow): KnownVersion | null {
  if (contact.open !== null) return null;
  const head = headRow(contact)?.known;
  return head?.appended ? head : null;
}

export interface Going {
  readonly contact: ContactRow;
  readonly delivery: DeliveryRow;
  readonly head: KnownVersion;
}

const MINUTE = 60_000_000;

/** It has gained too many versions within the last minute, and the target was written to within it. */
function isBraked({ versions }: ContactRow, { written_at }: DeliveryRow, storm: number, now: Instant): boolean {
  if (written_at === null || written_at <= now - MINUTE) return false;
  const gained = versions.filter(
    ({ known, committed_at }) => known.status === 'accepted' && committed_at > now - MINUTE,
  );
  return gained.length >= storm;
}

/**
 * What is behind in the target and may go.
 *
 * @param braked also what is braked
 */
export function goingTo(tables: Tables, target: Target, contacts: Iterable<ContactRow>, braked = false): Going[] {
  const found: Going[] = [];
  const now = tables.clock();
  for (const contact of contacts) {
    const delivery = contact.deliveries.get(target);
    if (delivery === undefined || !delivery.behind || delivery.letter !== null) continue;
    if (!braked && isBraked(contact, delivery, tables.storm, now)) continue;
    const head = going(contact);
    if (head !== null) found.push({ contact, delivery, head });
  }
  return found;
}

export function deliverable(
  tables: Tables,
  target: Target,
  ids: readonly ContactId[],
  fill: number,
  braked = false,
): readonly Delivery[] {
  const wanted = new Set(ids);
  const asked = [...wanted].flatMap((id) => tables.contacts.get(id) ?? []);
  const chosen = goingTo(tables, target, asked, braked);
  if (chosen.length < fill) {
    const others = goingTo(tables, target, tables.contacts.values(), braked).filter(
      ({ contact }) => !wanted.has(contact.contact_id),
    );
    others.sort((a, b) => (a.delivery.behind_since ?? 0) - (b.delivery.behind_since ?? 0));
    chosen.push(...others.slice(0, fill - chosen.length));
  }
  return chosen.map((one) => deliveryOf(one, target));
}

const deliveryOf = ({ contact, delivery, head }: Going, target: Target): Delivery => ({
  ...versionOf(head),
  record_id: contact.links.get(target) ?? null,
  held: heldOf(contact, delivery),
});

function heldOf({ versions }: ContactRow, delivery: DeliveryRow): Version | null {
  const row = heldRow(delivery, versions);
  if (row === undefined || delivery.held === null) return null;
  return { ...versionOf(row.known), version: delivery.held.version };
}

const versionOf = ({
  contact_id,
  version,
  last_updated,
  last_updated_by,
  content,
  content_hash,
}: Version): Version => ({
  contact_id,
  version,
  last_updated,
  last_updated_by,
  content,
  content_hash,
});

/** A late receipt never lowers what a later one said. */
export function delivered(
  tables: Tables,
  target: Target,
  receipts: Parameters<Ledger['delivered']>[1],
): readonly ContactId[] {
  const all = receipts.map((receipt) => ({ ...receipt, record_id: storable(receipt.record_id) }));
  const current = all.flatMap((receipt) => {
    const contact = tables.contacts.get(receipt.contact_id);
    const delivery = contact?.deliveries.get(target);
    const late = delivery === undefined || (delivery.held?.version ?? 0) > receipt.version;
    return contact === undefined || late ? [] : [{ contact, delivery, receipt }];
  });
  const replaced = current.filter(({ receipt }) => !tables.links.has(keyOf(target, receipt.record_id)));
  for (const { contact } of replaced) {
    const old = contact.links.get(target);
    if (old !== undefined) tables.unlink(target, old, contact.contact_id);
  }
  for (const { record_id, contact_id } of all.toSorted((a, b) => byText(a.record_id, b.record_id))) {
    const taken = tables.links.has(keyOf(target, record_id));
    if (!taken && !tables.contacts.get(contact_id)?.links.has(target)) tables.link(target, record_id, contact_id);
  }
  const behind: ContactId[] = [];
  for (const { contact, delivery, receipt } of current) {
    if (contact.head === null) continue;
    delivery.held = { version: receipt.version, content_hash: receipt.content_hash };
    delivery.delivered_at = tables.clock();
    delivery.written_at = tables.clock();
    delivery.emits = 0;
    settle(tables, delivery, contact.head);
    contact.state = null;
    if (delivery.behind) behind.push(contact.contact_id);
  }
  tables.succeeded(target);
  return behind;
}
