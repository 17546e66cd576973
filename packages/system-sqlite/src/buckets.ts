/**
 * What stands in the file, told in few words; see `BucketDigest` of the hub. Computed here in the thread, a piece at a
 * time: other calls are served between two pieces, and memory holds one record.
 */
import { hash } from 'node:crypto';
import { setImmediate as othersServed } from 'node:timers/promises';
import type { Database } from './database.ts';
import { pageText, taker, within } from './read.ts';

const PIECE = 2_000;

/** As the hub's `bucketOf`, with which all of the hub would be loaded into the thread. */
const bucketOf = (id: string): number => Number.parseInt(hash('sha256', id).slice(0, 3), 16);

/** Every record as JSON text, in the order of the ids. @param after an id; `null`: from the start. @param hear false: enough */
async function eachRecord(
  database: Database,
  after: string | null,
  hear: (id: string, record: string) => boolean,
): Promise<void> {
  for (let last = after; ; await othersServed()) {
    let heard = 0;
    for (const row of database.each('scan', last, PIECE)) {
      last = String(row.id);
      heard += 1;
      if (!hear(last, String(row.record))) return;
    }
    if (heard < PIECE) return;
  }
}

/** JSON: an array of {bucket, records, digest}. Each record of a bucket is hashed upon those before it. */
export async function digests(database: Database): Promise<string> {
  const buckets = new Map<number, { readonly records: number; readonly digest: string }>();
  await eachRecord(database, null, (id, record) => {
    const bucket = bucketOf(id);
    const before = buckets.get(bucket) ?? { records: 0, digest: '' };
    buckets.set(bucket, { records: before.records + 1, digest: hash('sha256', `${before.digest}${record}`) });
    return true;
  });
  return JSON.stringify([...buckets].sort(([a], [b]) => a - b).map(([bucket, told]) => ({ bucket, ...told })));
}

/** As `scan`, of these buckets alone. */
export async function scanBuckets(
  database: Database,
  buckets: readonly number[],
  cursor: string | null,
  limit: number,
): Promise<string> {
  const wanted = new Set(buckets);
  const page = taker(within(limit));
  if (wanted.size > 0)
    await eachRecord(database, cursor, (id, record) => !wanted.has(bucketOf(id)) || page.take({ id, record }));
  return pageText(page);
}
