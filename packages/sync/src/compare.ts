/**
 * What was removed for good in a system that forgets it (Twenty tells of it once, by a webhook that may be lost) is found
 * by comparing ids: a record that is linked and not there any more was deleted.
 */
import { timestamp } from '@contact-sync/contact';
import { PermanentError } from './errors.ts';
import type { LinkedRecord } from './ledger-port.ts';
import { adapterOf, type Parts } from './parts.ts';
import type { Change, RecordId, System, SystemRecord } from './ports.ts';

const PAGE = 500;
/** So many may always be gone, and this part of all that are linked. */
const FEW = 20;
const SHARE = 0.05;

/** What a system holds, beside what the ledger has linked there. */
export interface Comparison {
  /** Linked records that were looked for. */
  readonly linked: number;
  /** Linked, and not there any more. */
  readonly missing: readonly LinkedRecord[];
  /** Records that lack fields which they should hold. */
  readonly incomplete: readonly RecordId[];
}

/**
 * Compares all of a system's records with the ledger's links. Reads only.
 *
 * @param between runs between two pages, so that what is metered has a rest; `false` gives up
 * @returns null when it was given up
 */
export async function compareIds(
  parts: Parts,
  system: System,
  between: () => Promise<boolean> = async () => true,
): Promise<Comparison | null> {
  const missing: LinkedRecord[] = [];
  const incomplete: RecordId[] = [];
  let linked = 0;
  let after: RecordId = '';
  for (let cursor: string | null = null; ; ) {
    const page = await adapterOf(parts, system).scan(cursor, PAGE);
    cursor = page.cursor;
    const last: RecordId | null = cursor === null ? null : (page.records.at(-1)?.record_id ?? after);
    const expected = await linkedUpTo(parts, system, after, last);
    const seen = new Set(page.records.map(({ record_id }) => record_id));
    missing.push(
      ...(await stillAbsent(
        parts,
        system,
        expected.filter(({ record_id }) => !seen.has(record_id)),
      )),
    );
    incomplete.push(...page.records.flatMap((record) => (record.incomplete ? [record.record_id] : [])));
    linked += expected.length;
    if (last === null) return { linked, missing, incomplete };
    after = last;
    if (!(await between())) return null;
  }
}

/** Has the records looked at that lack fields: they are then sent what they lack. */
export async function completeRecords(parts: Parts, system: System, { incomplete }: Comparison): Promise<void> {
  if (incomplete.length > 0) await parts.queues.ingest(system, incomplete);
}

/**
 * Takes these records for deleted. Doing it twice, late or after half a run changes nothing more: each is told under a key
 * of its own, and an edit elsewhere that is later than the last time the record was seen outranks its deletion.
 *
 * @param options.all a person has looked: believe it, however many they are
 * @throws {PermanentError} TOO_MANY_MISSING: a key that may not see the records any more looks just the same
 */
export async function deleteMissing(
  parts: Parts,
  system: System,
  { linked, missing }: Pick<Comparison, 'linked' | 'missing'>,
  options: { readonly all?: boolean } = {},
): Promise<void> {
  if (missing.length === 0) return;
  if (!options.all && missing.length > Math.max(FEW, linked * SHARE))
    throw new PermanentError(
      'TOO_MANY_MISSING',
      `${missing.length} of ${linked} records are not in ${system} any more`,
      {
        advice: `look whether the hub may still see all records of ${system}; if they were removed on purpose, run contact-sync missing ${system} --delete`,
      },
    );
  const records = await parts.ledger.receive(system, missing.map(removalOf), null);
  if (records.length > 0) await parts.queues.ingest(system, records);
}

async function linkedUpTo(
  parts: Parts,
  system: System,
  from: RecordId,
  last: RecordId | null,
): Promise<readonly LinkedRecord[]> {
  const all: LinkedRecord[] = [];
  for (let after = from; ; ) {
    const linked = await parts.ledger.linked(system, after, PAGE);
    const within = linked.filter(({ record_id }) => last === null || record_id <= last);
    all.push(...within);
    const end = linked.at(-1);
    if (end === undefined || within.length < linked.length || linked.length < PAGE) return all;
    after = end.record_id;
  }
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
