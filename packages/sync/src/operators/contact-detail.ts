import type { ContactId, Content, ContentHash } from '@contact-sync/contact';
import { isBehind } from '../following.ts';
import type { ContactStanding, ContactState, DeadLetter } from '../ledger-port.ts';
import type { Parts } from '../parts.ts';
import { type RecordId, SYSTEMS, type System, type Version } from '../ports.ts';
import type { OperatorLedger, Receipt } from './port.ts';
import { noSuchContact } from './restore.ts';

/** How one system stands with a contact, as the ledger knows it. */
export interface SystemStanding {
  readonly system: System;
  readonly record_id: RecordId | null;
  /** What it is known to hold; `null`: nothing. */
  readonly version: number | null;
  readonly behind: boolean;
  /** When it was given that: an ISO 8601 instant. */
  readonly since: string | null;
  /** The open one. */
  readonly dead_letter_id: string | null;
}

/** A contact, and how it stands in each system. */
export interface ContactDetail {
  readonly contact_id: ContactId;
  readonly version: number;
  readonly content_hash: ContentHash;
  readonly last_updated: string;
  readonly last_updated_by: string;
  readonly deleted: boolean;
  readonly state: ContactStanding['state'];
  readonly conflict_id: string | null;
  readonly content: Content | null;
  readonly systems: readonly SystemStanding[];
}

/** @throws {PermanentError} `NO_SUCH_CONTACT` */
export async function contactDetail(
  parts: Parts,
  records: OperatorLedger,
  contactId: ContactId,
): Promise<ContactDetail> {
  const ids = [contactId];
  const [states, standings, receipts, letters] = await Promise.all([
    parts.ledger.contacts(ids),
    parts.ledger.standings({ contact_ids: ids, limit: 1 }),
    records.receipts(contactId),
    parts.ledger.deadLetters({ contact_ids: ids }),
  ]);
  const state = states.get(contactId);
  const head = state?.head;
  if (state === undefined || head == null) throw noSuchContact();
  const { version, content_hash, last_updated, last_updated_by, content } = head;
  return {
    ...{ contact_id: contactId, version, content_hash, last_updated, last_updated_by, content },
    deleted: content === null,
    state: standings.contacts[0]?.state ?? 'pending',
    conflict_id: state.conflict?.conflict_id ?? null,
    systems: SYSTEMS.map((system) => standingOf(state, head, system, receipts, letters)),
  };
}

function standingOf(
  state: ContactState,
  head: Version,
  system: System,
  receipts: readonly Receipt[],
  letters: readonly DeadLetter[],
): SystemStanding {
  const letter = letters.find((one) => one.system === system);
  const base = { system, dead_letter_id: letter?.dead_letter_id ?? null };
  if (system === 'bigquery') {
    const accepted = state.versions.filter(({ appended, status }) => appended && status === 'accepted');
    const highest = Math.max(...accepted.map(({ version }) => version));
    const behind = state.versions.some(({ appended }) => !appended);
    return { ...base, record_id: head.contact_id, version: accepted.length > 0 ? highest : null, behind, since: null };
  }
  const held = state.held[system];
  const receipt = receipts.find((one) => one.target === system && one.version === held?.version);
  return {
    ...base,
    record_id: state.links[system] ?? null,
    version: held?.version ?? null,
    behind: state.conflict === null && isBehind(head, held),
    since: receipt?.at ?? null,
  };
}
