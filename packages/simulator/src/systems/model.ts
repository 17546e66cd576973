/** What the models of the four systems have in common. */
import type { ContactId, Json, Timestamp } from '@contact-sync/contact';
import type { RecordId, SystemRecord } from '@contact-sync/sync';

/** Microseconds since the Unix epoch, by the clock of the system itself. */
export type Clock = () => bigint | number;

/** Fields of content by their names as content, whatever the system calls them; `null` empties one. */
export type Patch = Readonly<Record<string, Json>>;

/** A write of the hub that took effect: what it refused or found there already is none. */
export interface HubWrite {
  /** `null` where the record did not say whose it is when Twenty deleted it. */
  readonly contact_id: ContactId | null;
  readonly record_id: RecordId;
  /** The rank of the version that was written. */
  readonly version: number;
  readonly last_updated: Timestamp;
  /** The record as the write left it. */
  readonly record: SystemRecord;
  /** False when content and deletion were the same before: it was only named or numbered. */
  readonly changed: boolean;
}

/** What a check may read of a system, beside the hub and without a request. */
export interface Observed {
  /** Every record as it stands, deleted ones and tombstones too, as the adapter would read it. */
  records(): readonly SystemRecord[];
  /** In order. */
  readonly writes: readonly HubWrite[];
}

/**
 * Someone who works in the system past the hub, at once and acknowledged. Each returns the record as the edit left it,
 * or `null` where nothing was edited: there is no such record, or it stood so already.
 */
export interface Users {
  /** @param at instead of the system's clock, for exact ties */
  create(content: Patch, at?: Timestamp): SystemRecord;
  edit(record_id: RecordId, patch: Patch, at?: Timestamp): SystemRecord | null;
  /** As people delete there: softly where the system has that. */
  remove(record_id: RecordId, at?: Timestamp): SystemRecord | null;
  /** Undoes {@link remove}. */
  revive(record_id: RecordId, at?: Timestamp): SystemRecord | null;
}

/** A system where a record can be removed for good. */
export interface Destroyers extends Users {
  destroy(record_id: RecordId): SystemRecord | null;
}
