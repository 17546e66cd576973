import { CONTENT_FIELDS, type ContactId, canonicalJson, type Fields } from '@contact-sync/contact';
import type { RecordId, SystemRecord } from '@contact-sync/sync';
import type { Patch } from './model.ts';

/** An edit that was not acknowledged. */
interface Entry {
  readonly id: number;
  readonly record: SystemRecord;
}

/**
 * What a database holds of contacts. Rows and tombstones are kept as the adapter reads them and are never changed, only
 * replaced; a record is in one of the two at most (invariant E6), and so is a contact.
 */
export class Table {
  readonly #rows = new Map<RecordId, SystemRecord>();
  readonly #graves = new Map<RecordId, SystemRecord>();
  readonly #rowOf = new Map<ContactId, RecordId>();
  readonly #graveOf = new Map<ContactId, RecordId>();
  #outbox: Entry[] = [];
  #lastId = 0;
  #lastEntry = 0;

  row = (id: RecordId): SystemRecord | undefined => this.#rows.get(id);
  grave = (id: RecordId): SystemRecord | undefined => this.#graves.get(id);
  rowOf = (contact: ContactId): SystemRecord | undefined => this.#rows.get(this.#rowOf.get(contact) ?? '');
  graveOf = (contact: ContactId): SystemRecord | undefined => this.#graves.get(this.#graveOf.get(contact) ?? '');

  /** Rows before tombstones where a record has both for a moment. */
  find = (id: RecordId): SystemRecord | undefined => this.#rows.get(id) ?? this.#graves.get(id);

  /** All records in the order of their ids, which are counted up. */
  all(): SystemRecord[] {
    return [...this.#rows.values(), ...this.#graves.values()].sort((a, b) => Number(a.record_id) - Number(b.record_id));
  }

  newId(): RecordId {
    this.#lastId += 1;
    return String(this.#lastId);
  }

  /** The row takes the place of what was there under its id, and of what is left of its contact. */
  put(row: SystemRecord): SystemRecord {
    this.unbury(this.#graves.get(row.record_id));
    if (row.contact_id !== null) this.unbury(this.graveOf(row.contact_id));
    this.#rows.set(row.record_id, row);
    if (row.contact_id !== null) this.#rowOf.set(row.contact_id, row.record_id);
    return row;
  }

  /** The tombstone takes the place of the row, if there is one. */
  bury(grave: SystemRecord): SystemRecord {
    if (this.#rows.delete(grave.record_id) && grave.contact_id !== null) this.#rowOf.delete(grave.contact_id);
    this.#graves.set(grave.record_id, grave);
    if (grave.contact_id !== null) this.#graveOf.set(grave.contact_id, grave.record_id);
    return grave;
  }

  unbury(grave: SystemRecord | undefined): void {
    if (grave === undefined) return;
    this.#graves.delete(grave.record_id);
    if (grave.contact_id !== null) this.#graveOf.delete(grave.contact_id);
  }

  /** The place of an edit in the outbox, which it has from its beginning on. */
  reserve(): number {
    this.#lastEntry += 1;
    return this.#lastEntry;
  }

  /** The edit is committed. */
  tell(record: SystemRecord, id = this.reserve()): SystemRecord {
    const isLate = (this.#outbox.at(-1)?.id ?? 0) > id;
    this.#outbox.push({ id, record });
    if (isLate) this.#outbox.sort((a, b) => a.id - b.id);
    return record;
  }

  get outbox(): readonly Entry[] {
    return this.#outbox;
  }

  acknowledge(keys: readonly string[]): void {
    const gone = new Set(keys);
    this.#outbox = this.#outbox.filter(({ id }) => !gone.has(String(id)));
  }
}

/** A row has a column for every field. */
export const columns = (content: Patch): Fields =>
  Object.fromEntries(CONTENT_FIELDS.map((field) => [field, content[field] ?? null]));

/** As jsonb compares. */
export function sameColumns(a: Fields, b: Fields): boolean {
  return CONTENT_FIELDS.every((field) => {
    const [left = null, right = null] = [a[field], b[field]];
    if (left === right) return true;
    if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
    return canonicalJson(left) === canonicalJson(right);
  });
}
