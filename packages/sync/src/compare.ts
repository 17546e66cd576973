/**
 * What was removed for good in a system that forgets it (Twenty tells of it once, by a webhook that may be lost) is found
 * by comparing ids: a record that is linked and not there any more was deleted.
 */
import { timestamp } from '@contact-sync/contact';
import type { LinkedRecord } from './ledger-port.ts';
import { adapterOf, type Parts } from './parts.ts';
import type { Change, RecordId, System, SystemRecord } from './ports.ts';

const PAGE = 500;

export interface Comparison {
  /** Where to go on; `null` at the end. */
  readonly cursor: string | null;
  /** The last id of this page: the next one is compared from there on. */
  readonly after: RecordId | null;
  /** Records found missing on this page. */
  readonly missing: number;
}

export const BEGINNING: Comparison = { cursor: null, after: null, missing: 0 };

/**
 * Compares one page of a system's records with the ledger's links. Running twice, late or after half a run changes
 * nothing more: a missing record is told under a key of its own, and an edit elsewhere that is later than the last time
 * it was seen there outranks its deletion.
 *
 * @param from {@link BEGINNING}, or what the call before returned
 */
export async function compareIds(parts: Parts, system: System, from: Comparison = BEGINNING): Promise<Comparison> {
  const adapter = adapterOf(parts, system);
  const page = await adapter.scan(from.cursor, PAGE);
  const last = page.records.at(-1)?.record_id ?? from.after;
  const seen = new Set(page.records.map(({ record_id }) => record_id));
  const absent: LinkedRecord[] = [];
  for (let after = from.after ?? ''; ; ) {
    const linked = await parts.ledger.linked(system, after, PAGE);
    const within = linked.filter(({ record_id }) => page.cursor === null || (last !== null && record_id <= last));
    absent.push(...within.filter(({ record_id }) => !seen.has(record_id)));
    after = linked.at(-1)?.record_id ?? '';
    if (linked.length < PAGE || within.length < linked.length) break;
  }
  const missing = await stillAbsent(parts, system, absent);
  if (missing.length > 0) {
    const records = await parts.ledger.receive(system, missing.map(removalOf), null);
    if (records.length > 0) await parts.queues.ingest(system, records);
  }
  return { cursor: page.cursor, after: last, missing: missing.length };
}

/** A record may have been made after its place in the scan was read. */
async function stillAbsent(
  parts: Parts,
  system: System,
  absent: readonly LinkedRecord[],
): Promise<readonly LinkedRecord[]> {
  if (absent.length === 0) return [];
  const found = await adapterOf(parts, system).fetch(absent.map(({ record_id }) => record_id));
  const there = new Set(found.map(({ record_id }) => record_id));
  return absent.filter(({ record_id }) => !there.has(record_id));
}

function removalOf({ record_id, contact_id, version, seen_at }: LinkedRecord): Change {
  const record: SystemRecord = {
    record_id,
    contact_id,
    version,
    // Nobody knows when; it was there then. Whatever was edited since, anywhere, counts for more than the deletion.
    last_updated: timestamp(seen_at),
    last_updated_by: 'unknown',
    deleted: true,
    fields: {},
  };
  return { key: `missing:${record_id}:${version}`, record_id, record };
}
