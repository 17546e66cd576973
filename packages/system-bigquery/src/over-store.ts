/** The adapter over any store: what it asks, and what it makes of the answers. */
import { type ContactId, compareRank, isContactId } from '@contact-sync/contact';
import type { CanonicalAdapter, HistoryRow, Version } from '@contact-sync/sync';
import { digitsOf } from './buckets.ts';
import { readChanges } from './changes.ts';
import { lens } from './lens.ts';
import { historyOf, type Row, recordOf } from './rows.ts';
import type { Store } from './store.ts';

const MIN_ID = (-(2n ** 63n)).toString();
const MAX_ID = (2n ** 63n - 1n).toString();
const OVERLAP_MS = 10 * 60_000;

/**
 * All of the adapter but what needs more of BigQuery than its rows.
 * @param overlapMs how late after its recorded_at a row may become visible
 */
export function overStore(
  store: Store,
  overlapMs = OVERLAP_MS,
): Omit<CanonicalAdapter, 'install' | 'health' | 'close'> {
  const rows = async (query: 'heads' | 'history', ids: readonly string[]): Promise<readonly Row[]> =>
    ids.length === 0 ? [] : store[query]([...new Set(ids)]);

  const history = async (contactIds: readonly ContactId[]): Promise<HistoryRow[]> =>
    deduplicate(await rows('history', contactIds));

  return {
    system: 'bigquery',
    lens,
    counts_versions: true,
    metered: true,
    fetch: async (recordIds) => (await rows('heads', recordIds.filter(isContactId))).map(recordOf),
    changes: (cursor, limit) => readChanges(store, cursor, limit, overlapMs),
    async ack() {
      // Nothing is kept to be forgotten: the cursor goes on, and what is told twice has the same key.
    },
    async scan(cursor, limit) {
      return pageOf(await store.scan(cursor ?? MIN_ID, limit), limit);
    },
    ...bucketsOver(store),
    append: store.append,
    appendConflicts: store.appendConflicts,
    async heads(contactIds): Promise<Version[]> {
      const heads = (await rows('heads', contactIds)).map((row) => ({ id: row.contact_id, version: historyOf(row) }));
      const invalid = heads.filter(({ version }) => version === null).map(({ id }) => id);
      const valid = heads.flatMap(({ version }) => (version === null ? [] : [version]));
      return [...valid, ...bestOf(await history(invalid))].map(versionOf);
    },
    history,
  };
}

function pageOf(rows: readonly Row[], limit: number) {
  const last = rows.length < limit ? undefined : rows.at(-1)?.contact_id;
  const next = last === undefined || last === MAX_ID ? null : (BigInt(last) + 1n).toString();
  return { records: rows.map(recordOf), cursor: next };
}

function bucketsOver(store: Store): Pick<CanonicalAdapter, 'digests' | 'scanBuckets'> {
  const { digests, scanBuckets } = store;
  if (digests === undefined || scanBuckets === undefined) return {};
  return {
    digests,
    async scanBuckets(buckets, cursor, limit) {
      const digits = digitsOf(buckets);
      return digits.length === 0
        ? { records: [], cursor: null }
        : pageOf(await scanBuckets(digits, cursor ?? MIN_ID, limit), limit);
    },
  };
}

const versionOf = ({
  contact_id,
  version,
  last_updated,
  last_updated_by,
  content,
  content_hash,
}: HistoryRow): Version => ({
  contact_id,
  version,
  last_updated,
  last_updated_by,
  content,
  content_hash,
});

/** Each change once. The hub's own row tells its verdict; beside it, what was recorded first stays. */
function deduplicate(rows: readonly Row[]): HistoryRow[] {
  const ordered = [...rows].sort(
    (a, b) => Number(b.by_hub) - Number(a.by_hub) || (a.recorded_us < b.recorded_us ? -1 : 1),
  );
  const changes = new Map<string, HistoryRow>();
  for (const row of ordered.map(historyOf)) if (row && !changes.has(row.change_id)) changes.set(row.change_id, row);
  return [...changes.values()];
}

/** Where the head is no valid contact (an analyst's row, not ingested): the best version that is one. */
function bestOf(history: readonly HistoryRow[]): HistoryRow[] {
  const best = new Map<ContactId, HistoryRow>();
  for (const row of history) {
    const other = best.get(row.contact_id);
    if (row.status === 'accepted' && (other === undefined || compareRank(row, other) > 0))
      best.set(row.contact_id, row);
  }
  return [...best.values()];
}
