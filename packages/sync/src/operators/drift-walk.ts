/** The two ways through a system: past everything, or past what has changed since it was last found in step. */
import type { LinkedRecord } from '../ledger-port.ts';
import { adapterOf, type Parts } from '../parts.ts';
import type { RecordId, SourceAdapter, System } from '../ports.ts';
import { patiently, pause } from '../services/patience.ts';
import type { SealLedger } from '../watching/seals-port.ts';
import type { DriftOptions } from './drift.ts';
import { groupsOf, type Standing, sealable, standingOf, unsealed } from './drift-buckets.ts';
import { type Expected, ExpectedSoFar, expectedPages } from './drift-expected.ts';
import type { Known } from './drift-look.ts';
import type { Search } from './drift-search.ts';

const PAGE = 500;
/** Between two pages of a look that nobody waits for: the allowance of requests is for edits first. */
const PACE_MS = 2_000;
/** So many ids are held at once; a system may have to go through all its rows for each group. */
const GROUP = 10_000;

type Page = Awaited<ReturnType<SourceAdapter['scan']>>;

/** What a walk goes through, and how. */
export interface Walk {
  readonly parts: Parts;
  readonly system: System;
  readonly seals: SealLedger;
  readonly options: Pick<DriftOptions, 'full' | 'paced'>;
  readonly signal: AbortSignal;
  readonly known: Known;
}

/** Shows the search all that it has to see; everything is counted when this is over. */
export async function walk(search: Search, way: Walk): Promise<void> {
  const adapter = adapterOf(way.parts, way.system);
  if (adapter.digests === undefined || adapter.scanBuckets === undefined) await walkAll(search, way, adapter);
  else await walkUnsealed(search, way, adapter as Counted);
}

async function walkAll(search: Search, way: Walk, adapter: SourceAdapter): Promise<void> {
  const { parts, system, signal } = way;
  // Where a scan gives records in the order of the links, what is missing shows as it goes by.
  const inOrder = system === 'bigquery' || adapter.forgets_removed === true;
  const sofar = inOrder ? new ExpectedSoFar(parts, system) : null;
  for (let cursor: string | null = null; ; ) {
    signal.throwIfAborted();
    const from: string | null = cursor;
    const page: Page = await patiently(parts.ambient, signal, () => adapter.scan(from, PAGE));
    cursor = page.cursor;
    await search.compare(page.records, way.known);
    const last = page.records.at(-1)?.record_id;
    const found = new Set(page.records.map(({ record_id }) => record_id));
    if (sofar !== null && (cursor === null || last !== undefined)) {
      const end = cursor === null ? null : (last ?? null);
      for (let some = await sofar.next(end); some.length > 0; some = await sofar.next(end))
        await search.expect(some, found);
    }
    if (cursor === null) break;
    if (way.options.paced) await pause(parts.ambient, PACE_MS, signal);
  }
  if (sofar === null)
    for await (const page of expectedPages(parts, system)) {
      signal.throwIfAborted();
      const ids = page.map(({ record_id }) => record_id);
      const records = await patiently(parts.ambient, signal, () => adapter.fetch(ids));
      await search.expect(page, new Set(records.map(({ record_id }) => record_id)));
    }
  await search.settle();
}

type Counted = SourceAdapter & Required<Pick<SourceAdapter, 'digests' | 'scanBuckets'>>;

/**
 * Reads the buckets that do not stand as they were sealed, and seals those that turn out to be in step.
 *
 * A seal says of a pair of digests that what they tell of is in step. That is so for ever, whenever the pair is met again:
 * whether a record is in step depends on nothing but what the two digests are made of. So a seal is never called back.
 *
 * It is only made when both digests are the same before the bucket is read and after: what was read is then what they tell
 * of, but for one case that remains. A record that drifted before the first digests were taken, that somebody mends and
 * that drifts back to the very same state before the last were taken, looks untouched; if it was read in between, its
 * bucket is sealed with the drift in it, until either side changes or somebody looks with `full`.
 *
 * Nor do digests tell of the hub itself: when another release compares records in another way, `full` compares them anew.
 */
async function walkUnsealed(search: Search, way: Walk, adapter: Counted): Promise<void> {
  const { parts, system, seals, signal } = way;
  const standing = async (): Promise<Standing> => {
    const there = patiently(parts.ambient, signal, () => adapter.digests());
    const [theirs, ours] = await Promise.all([there, seals.standingDigests(system)]);
    return standingOf(theirs, ours);
  };
  const before = await standing();
  const read = unsealed(before, way.options.full ? [] : await seals.seals(system));
  search.pass(before, read);
  for (const group of groupsOf(read, before, GROUP)) {
    const seen = new Set<RecordId>();
    for (let cursor: string | null = null; ; ) {
      signal.throwIfAborted();
      const from: string | null = cursor;
      const page: Page = await patiently(parts.ambient, signal, () => adapter.scanBuckets(group, from, PAGE));
      cursor = page.cursor;
      for (const { record_id } of page.records) seen.add(record_id);
      await search.compare(page.records, way.known);
      if (cursor === null) break;
    }
    const expected = (await seals.linkedIn(system, group)).map((linked) => expectedOf(system, linked));
    await search.expect(expected, seen);
  }
  await search.settle();
  if (read.some((bucket) => !search.unclean.has(bucket)))
    await seals.seal(system, sealable(read, search.unclean, before, await standing()));
}

const expectedOf = (system: System, linked: LinkedRecord): Expected => ({
  record_id: linked.record_id,
  linked: system === 'bigquery' ? null : linked,
});
