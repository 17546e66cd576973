/** What differs between a system and the ledger's heads, row by row, by name; and its repair. */
import { type ContactId, fromMillis, type Timestamp } from '@contact-sync/contact';
import type { Parts } from '../parts.ts';
import type { RecordId, System } from '../ports.ts';
import type { SealLedger } from '../watching/seals-port.ts';
import type { DriftKind, Explained } from './drift-name.ts';
import type { DriftRepair } from './drift-repair.ts';
import { Search } from './drift-search.ts';
import type { OperatorLedger } from './port.ts';

/** How far a look has come. */
export interface DriftProgress {
  /** `records` of the system read or passed over, `links` of the ledger looked for, `suspects` looked at again. */
  readonly phase: 'records' | 'links' | 'suspects';
  readonly system: System;
  /** How many so far. */
  readonly done: number;
}

/** How much is told and done. */
export interface DriftOptions {
  /** Hand what is found to those who repair it, see {@link DriftRepair}. */
  readonly repair?: boolean;
  /** Reads everything, whatever was found in step before. */
  readonly full?: boolean;
  /** Rests between two pages where everything has to be read, so that edits come first: for looks that nobody waits for. */
  readonly paced?: boolean;
  /** So many are told one by one; default 20. All are counted. */
  readonly items?: number;
  /** Ends the look between two pages, which then rejects with its reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DriftProgress) => void;
}

/** One record that is not what the ledger believes it to be. */
export interface DriftItem {
  /** `null`: it is no contact yet. */
  readonly contact_id: ContactId | null;
  /** `null`: the contact is missing, and the ledger knows of no record that stood for it. */
  readonly record_id: RecordId | null;
  readonly kind: DriftKind;
  /** In which fields it differs from the head: names alone. `contact_id` and `deleted` among them. */
  readonly fields: readonly string[];
}

/** What a look at one system found. */
export interface DriftReport {
  readonly system: System;
  /** Records that were looked at, those of deleted contacts and those of sealed buckets among them. */
  readonly scanned: number;
  /** Of these, how many had to be read; the others stand as when they were last found in step. */
  readonly read: number;
  /** Records that the ledger believes to be there (BigQuery: contacts). */
  readonly linked: number;
  readonly in_step: number;
  /** Not in step, and known to the hub to be so. Contacts that have no record there yet are not among them. */
  readonly explained: Readonly<Record<Explained, number>>;
  /** Not in step, and nobody knew. */
  readonly drift: Readonly<Record<DriftKind, number>>;
  /** How many per cent the drift is of all that was scanned, or is linked, whichever is more. */
  readonly percent: number;
  readonly items: readonly DriftItem[];
  readonly started_at: Timestamp;
  readonly took_ms: number;
  /** `null`: it was not asked for. */
  readonly repair: DriftRepair | null;
}

/**
 * Reads the records of a system, a page at a time, and compares each with its head; then looks for what is linked and was
 * not read. Where the system can say in a few words what it holds, only what stands otherwise than when it was last found
 * in step is read; elsewhere, and with `full`, everything. What looks wrong is read again before it is called so, after everything that the system had to tell was
 * taken into the inbox as a worker takes it: an edit on its way is no drift. Beside that a look changes nothing. Of a
 * system that was never polled all is told then, and what differs is pending.
 *
 * @throws {SyncError} what the system, BigQuery or the ledger throws; the signal's reason
 */
export async function findDrift(
  parts: Parts,
  records: OperatorLedger,
  seals: SealLedger,
  system: System,
  options: DriftOptions = {},
): Promise<DriftReport> {
  const began = parts.ambient.now();
  const search = new Search(parts, records, system, options);
  await search.run(seals);
  const { scanned, read, linked, in_step, explained, drift, items } = search;
  const found = Object.values(drift).reduce((sum, count) => sum + count, 0);
  const all = Math.max(scanned, linked);
  return {
    ...{ system, scanned, read, linked, in_step, explained, drift, items },
    percent: all === 0 ? 0 : (found * 100) / all,
    started_at: fromMillis(began),
    took_ms: parts.ambient.now() - began,
    repair: options.repair ? await search.repairer.end(linked) : null,
  };
}
