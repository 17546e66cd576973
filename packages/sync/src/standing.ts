/** How a record stands, by the edits of it that were kept: pure. */
import { compareRank } from '@contact-sync/contact';
import type { InboxEntry } from './ledger-port.ts';
import type { RecordId, SystemRecord } from './ports.ts';

/**
 * Of each record the newest undecided edit, where reading the record itself is metered. Which is newest the rank says if
 * the system counts versions, however its clocks run. Elsewhere the version is what was delivered last, and a late write
 * brings an old one: there the time says it, by the one clock of that system.
 *
 * A record whose newest two cannot be told apart is not among them, nor is one whose edits all lie in dead letters: what
 * was refused once is no witness of how the record stands now.
 */
export function standingOf(
  inbox: readonly InboxEntry[],
  { counts_versions }: { readonly counts_versions: boolean },
): Map<RecordId, SystemRecord> {
  const compare = counts_versions ? compareRank : compareTime;
  const waiting = inbox.filter(({ dead_letter_id }) => dead_letter_id === null).map(({ record }) => record);
  const standing = new Map<RecordId, SystemRecord>();
  for (const [record_id, records] of Map.groupBy(waiting, (record) => record.record_id)) {
    const [newest, next] = records.sort((a, b) => compare(b, a));
    if (newest !== undefined && (next === undefined || compare(newest, next) !== 0)) standing.set(record_id, newest);
  }
  return standing;
}

const compareTime = (a: SystemRecord, b: SystemRecord): number =>
  a.last_updated === b.last_updated ? 0 : a.last_updated < b.last_updated ? -1 : 1;
