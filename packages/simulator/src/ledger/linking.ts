/** Models the links of `4-commit.sql`: who may link which record, before anything is written. */
import type { ContactId } from '@contact-sync/contact';
import { type ContactCommit, type RecordId, type System, TransientError } from '@contact-sync/sync';
import { keyOf, type Tables } from './tables.ts';
import { byText, storable } from './text.ts';

interface Wanted extends Link {
  readonly replaces: RecordId | null;
}

interface Link {
  readonly contact_id: ContactId;
  readonly system: System;
  readonly record_id: RecordId;
}

export interface Linking {
  readonly removed: readonly Link[];
  readonly added: readonly Link[];
  /** Who cannot link: their commits are lost. */
  readonly stolen: ReadonlySet<ContactId>;
}

const NOTHING: Linking = { removed: [], added: [], stolen: new Set() };

/** A record belongs to the contact that linked it first. A contact keeps its record while it lives, or is named as no more. */
export function linking(tables: Tables, commits: readonly ContactCommit[]): Linking {
  const wanted = commits.flatMap(({ contact_id, links }) =>
    links.map(
      ({ system, record_id, replaces }): Wanted => ({
        contact_id,
        system,
        record_id: storable(record_id),
        replaces: replaces === undefined ? null : storable(replaces),
      }),
    ),
  );
  if (wanted.length === 0) return NOTHING;
  const deleted = new Set(commits.filter((commit) => isDeleted(tables, commit)).map(({ contact_id }) => contact_id));
  const owners = new Owners(tables);
  const removed: Link[] = [];
  for (const { contact_id, system, record_id, replaces } of wanted) {
    const old = owners.recordOf(contact_id, system);
    if (old === null || old === record_id || !(deleted.has(contact_id) || old === replaces)) continue;
    const link = { contact_id, system, record_id: old };
    owners.remove(link);
    removed.push(link);
  }
  const added = wanted
    .toSorted((a, b) => byText(a.system, b.system) || byText(a.record_id, b.record_id))
    .filter((link) => owners.add(link));
  const stolen = new Set(
    wanted.filter((link) => owners.of(link) !== link.contact_id).map(({ contact_id }) => contact_id),
  );
  const isStolen = ({ contact_id }: Link) => stolen.has(contact_id);
  for (const link of added.filter(isStolen)) owners.remove(link);
  for (const link of removed.filter(isStolen)) if (!owners.add(link)) throw busy();
  return {
    removed: removed.filter((link) => !isStolen(link)),
    added: added.filter((link) => !isStolen(link)),
    stolen,
  };
}

/** As the head stands before the commit; a first one as it comes. */
function isDeleted(tables: Tables, { contact_id, head }: ContactCommit): boolean {
  const known = tables.contacts.get(contact_id)?.head ?? null;
  return known === null ? head !== null && head.content === null : known.deleted;
}

/** What a unique key refuses: the whole batch is undone, and may be tried again. */
export const busy = (): TransientError => new TransientError('LEDGER_BUSY', 'the ledger was busy');

/** The links as they would be. */
class Owners {
  readonly #tables: Tables;
  readonly #contacts = new Map<string, ContactId | null>();
  readonly #records = new Map<string, RecordId | null>();

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  of({ system, record_id }: Link): ContactId | null {
    const key = keyOf(system, record_id);
    const changed = this.#contacts.get(key);
    return changed === undefined ? (this.#tables.links.get(key) ?? null) : changed;
  }

  recordOf(contact_id: ContactId, system: System): RecordId | null {
    const changed = this.#records.get(keyOf(system, contact_id));
    return changed === undefined ? (this.#tables.contacts.get(contact_id)?.links.get(system) ?? null) : changed;
  }

  /** @returns false where the record or the contact's place is taken, be it by this very link */
  add(link: Link): boolean {
    if (this.of(link) !== null || this.recordOf(link.contact_id, link.system) !== null) return false;
    this.#contacts.set(keyOf(link.system, link.record_id), link.contact_id);
    this.#records.set(keyOf(link.system, link.contact_id), link.record_id);
    return true;
  }

  remove({ system, record_id, contact_id }: Link): void {
    this.#contacts.set(keyOf(system, record_id), null);
    this.#records.set(keyOf(system, contact_id), null);
  }
}
