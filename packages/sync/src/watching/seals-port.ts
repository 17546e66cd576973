/** What looks for drift remember, so that the next one reads only what has changed. */
import type { ContactId } from '@contact-sync/contact';
import type { LinkedRecord } from '../ledger-port.ts';
import type { DriftReport } from '../operators/drift.ts';
import type { System } from '../ports.ts';
import type { BucketDigest } from './bucket.ts';

/**
 * A bucket whose records were read one by one and were all in step while both sides stood at these digests. As long as both
 * say the same they are in step: nothing of them has to be read.
 */
export interface Seal {
  readonly bucket: number;
  /** How many records the system holds in it. */
  readonly records: number;
  /** Of what the system holds; `''`: nothing. */
  readonly there: string;
  /** Of what the ledger believes; `''`: nothing. */
  readonly here: string;
}

/** The ledger's part in looking for drift. Methods throw as those of `Ledger`. */
export interface SealLedger {
  /**
   * Of everything that decides whether a record of the system is in step: links, heads, deliveries, and whatever explains a
   * difference. Buckets as `bucketOf` makes them. `records`: those that are believed to be there, 0 in a bucket that holds
   * only what is deleted or undecided.
   */
  standingDigests(system: System): Promise<readonly BucketDigest[]>;
  seals(system: System): Promise<readonly Seal[]>;
  /** Keeps these, in place of what was kept of their buckets. */
  seal(system: System, seals: readonly Seal[]): Promise<void>;
  /** Linked records of contacts that are not deleted (BigQuery: every contact) in these buckets, in ascending order of their ids. */
  linkedIn(system: System, buckets: readonly number[]): Promise<readonly LinkedRecord[]>;
  /**
   * Contacts that are not deleted, and that the target is believed to hold, though no record of it is linked to them; in
   * ascending order, from after this one on. Those in conflict are left out. Of BigQuery none.
   */
  unlinked(system: System, after: ContactId | null, limit: number): Promise<readonly ContactId[]>;
  /** Keeps what a look found, for those who ask for the last one. */
  keepLook(report: DriftReport): Promise<void>;
  /** The last look at each system that anybody had; `null`: nobody has looked yet. */
  lastReports(): Promise<Readonly<Record<System, DriftReport | null>>>;
}
