/** Everything, everywhere: what changed in any system since, or every record that there is. */
import { type ContactId, type Timestamp, timestamp } from '@contact-sync/contact';
import type { SyncError } from '../errors.ts';
import { drain } from '../intake.ts';
import type { Parts } from '../parts.ts';
import { adapterOf } from '../parts.ts';
import { type RecordId, SYSTEMS, type System, TARGETS, type Target } from '../ports.ts';
import { sweepUnappended } from '../sweep.ts';
import { hear } from './ask.ts';
import { noting } from './faults.ts';
import { patiently } from './patience.ts';
import { type ServiceOptions, type Way, wayOf } from './way.ts';

const PAGE = 500;
const TALLY_PAGE = 5_000;
const TIMEOUT_MS = 60 * 60_000;

/** How much is looked at, and for how long. */
export interface SyncAllOptions {
  /**
   * An ISO 8601 instant, best the `started_at` of the last result: then only what was edited since the systems were last
   * read is taken up, and whatever is not in step. Without it every record of every system is looked at as well.
   */
  readonly lastSyncTime?: string | Date;
  /** Begins nothing more once it is aborted, and rejects with its reason. What is done by then stays done. */
  readonly signal?: AbortSignal;
  /** Called with every step, while the work goes on. */
  readonly onProgress?: (progress: SyncProgress) => void;
  /** How long all of it may take, in milliseconds; default one hour. What is not done by then counts as failed. */
  readonly timeout_ms?: number;
}

/** One step of a call that brings everything everywhere. */
export interface SyncProgress {
  /** `edits` that a system told of, `records` looked at, `deliveries` taken up. */
  readonly phase: 'edits' | 'records' | 'deliveries';
  readonly system: System;
  /** How many so far. */
  readonly done: number;
}

/** Contacts, each counted once, as the ledger has them in the end. */
export interface SyncSummary {
  /** Changed or delivered in the course of this call, and in step now. */
  readonly synced: number;
  /** In step, with nothing to do. */
  readonly skipped: number;
  /** Not in step: dead-lettered, or not reached. Records that were refused before they became a contact among them. */
  readonly failed: number;
  /** Waiting for a person. */
  readonly conflicts: number;
  /** When this call began, by the ledger's clock: the next one's `lastSyncTime`. */
  readonly started_at: Timestamp;
  /** Why a system could not be read or written to, by its code. */
  readonly faults: Readonly<Partial<Record<System, string>>>;
}

/** @throws {RangeError} when `lastSyncTime` is no instant */
export async function syncAll(
  parts: Parts,
  { lastSyncTime, signal, onProgress = () => undefined, timeout_ms = TIMEOUT_MS }: SyncAllOptions,
  { via = 'direct' }: ServiceOptions,
): Promise<SyncSummary> {
  const since = lastSyncTime === undefined ? null : instantOf(lastSyncTime);
  signal?.throwIfAborted();
  const started_at = timestamp((await parts.ledger.standings({ contact_ids: [], limit: 0 })).now);
  using way = wayOf(via, parts, { everything: true, timeout_ms, signal });
  const faults = new Map<System, SyncError>();
  const each = (systems: readonly System[], run: (system: System) => Promise<void>) =>
    Promise.all(systems.map((system) => noting(faults, system, () => run(system))));

  await noting(faults, 'bigquery', () => appendAll(way));
  await each(SYSTEMS, (system) => takeEdits(way, system, onProgress));
  if (since === null) {
    // What BigQuery knows and the ledger does not comes first: the others' records are then known by it.
    await each(['bigquery'], (system) => lookAtAll(way, system, onProgress));
    await way.room();
    await each(TARGETS, (system) => lookAtAll(way, system, onProgress));
  }
  const deliver = (told: typeof onProgress) => Promise.all(TARGETS.map((target) => takeDeliveries(way, target, told)));
  await deliver(onProgress);
  await way.settled();
  // What another process decided meanwhile, and is on its way with.
  await deliver(() => undefined);
  for (const [system, fault] of await way.settled()) faults.set(system, fault);
  signal?.throwIfAborted();
  return {
    ...(await tally(parts, since, started_at)),
    started_at,
    faults: Object.fromEntries([...faults].map(([system, { code }]) => [system, code])),
  };
}

const instantOf = (time: string | Date): Timestamp => timestamp(typeof time === 'string' ? time : time.toISOString());

/** What the system tells by itself, and what was told before and left undecided. */
async function takeEdits(way: Way, system: System, onProgress: (progress: SyncProgress) => void): Promise<void> {
  const { parts, signal } = way;
  const read = await patiently(parts.ambient, signal, () => drain(parts, system, signal));
  if (read > 0) onProgress({ phase: 'edits', system, done: read });
  await way.room();
  const seen = new Set<RecordId>();
  while (!signal.aborted) {
    const left = (await parts.ledger.pendingInbox(system, 0, PAGE)).filter((id) => !seen.has(id));
    if (left.length === 0) return;
    for (const id of left) seen.add(id);
    await parts.queues.ingest(system, left);
    await way.room();
  }
}

/** What earlier runs decided and did not bring to BigQuery. */
async function appendAll({ parts, signal }: Way): Promise<void> {
  while (!signal.aborted && (await sweepUnappended(parts, { grace_ms: 0 })) > 0);
}

async function lookAtAll(way: Way, system: System, onProgress: (progress: SyncProgress) => void): Promise<void> {
  const { parts, signal } = way;
  const adapter = adapterOf(parts, system);
  let done = 0;
  let cursor: string | null = null;
  do {
    const from: string | null = cursor;
    const page: Awaited<ReturnType<typeof adapter.scan>> = await patiently(parts.ambient, signal, () =>
      adapter.scan(from, PAGE),
    );
    await hear(parts, system, page.records);
    done += page.records.length;
    if (page.records.length > 0) onProgress({ phase: 'records', system, done });
    await way.room();
    cursor = page.cursor;
  } while (cursor !== null && !signal.aborted);
}

/** Whoever is behind, be it that every queue forgot. */
async function takeDeliveries(way: Way, target: Target, onProgress: (progress: SyncProgress) => void): Promise<void> {
  const { parts, signal } = way;
  const seen = new Set<ContactId>();
  while (!signal.aborted) {
    const behind = (await parts.ledger.pending(target, 0, PAGE)).filter((id) => !seen.has(id));
    if (behind.length === 0) return;
    for (const id of behind) seen.add(id);
    await parts.queues.propagate(target, behind);
    onProgress({ phase: 'deliveries', system: target, done: seen.size });
    await way.room();
  }
}

async function tally(
  { ledger }: Parts,
  since: Timestamp | null,
  started_at: Timestamp,
): Promise<Pick<SyncSummary, 'synced' | 'skipped' | 'failed' | 'conflicts'>> {
  // Edits that were refused before their record became a contact are under no contact's name.
  const letters = await ledger.deadLetters({ queue: 'ingest' });
  const counts = {
    synced: 0,
    skipped: 0,
    failed: letters.filter(({ contact_id }) => contact_id === null).length,
    conflicts: 0,
  };
  for (let after: ContactId | undefined; ; ) {
    const page = await ledger.standings({ ...(since && { since }), ...(after && { after }), limit: TALLY_PAGE });
    for (const { state, changed_at } of page.contacts) {
      if (state === 'conflict') counts.conflicts++;
      else if (state !== 'in_step') counts.failed++;
      else if (timestamp(changed_at) >= started_at) counts.synced++;
      else counts.skipped++;
    }
    after = page.contacts.at(-1)?.contact_id;
    if (after === undefined || page.contacts.length < TALLY_PAGE) return counts;
  }
}
