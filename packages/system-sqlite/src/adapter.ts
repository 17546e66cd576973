import {
  DEFAULT_MAPPING,
  deliveryToRow,
  lensFor,
  parseChanges,
  parseDigests,
  parsePage,
  parseRecords,
  rowToRecord,
  type TableMapping,
} from '@contact-sync/contacts-sql';
import { type ApplyOutcome, type Delivery, SyncError, type TargetAdapter } from '@contact-sync/sync';
import { z } from 'zod';
import { Client } from './client.ts';
import { describe, errorOfRow, reading } from './errors.ts';
import type { RowOutcome, WrittenRow } from './protocol.ts';

const BATCH_SIZE = 500;
const BUSY_MS = 4_000;
const WATCH_MS = 100;

/** Which file, which table of it, and how long to wait for other programs. */
export interface SqliteOptions {
  /** Of the file. It is made by `install`; its directory has to exist. */
  readonly path: string;
  /** Which table and columns hold the contacts. Without: a table `contacts` of contact-sync's own. */
  readonly mapping?: TableMapping | undefined;
  /** Milliseconds to wait for another program's lock before a call fails with `LOCAL_BUSY`; default 4 seconds. */
  readonly busy_ms?: number;
  /** Milliseconds between looks for edits of other programs, while somebody watches; default 100. */
  readonly watch_ms?: number;
}

/**
 * A local SQLite file as a source and a target. Works in a thread of its own, which starts with the first call and
 * holds the file open until `close`. Its methods throw
 *
 * - {@link TransientError} `LOCAL_BUSY`, `LOCAL_TRANSIENT`, `LOCAL_THREAD_ENDED`
 * - {@link OutageError} for a file that cannot serve (`LOCAL_CANNOT_OPEN`, `LOCAL_DENIED`, `LOCAL_READONLY`,
 *   `LOCAL_FULL`, `LOCAL_IO`, `LOCAL_CORRUPT`, `LOCAL_NOT_A_DATABASE`, `LOCAL_NO_DIRECTORY`, `LOCAL_OUT_OF_MEMORY`),
 *   for what is or is not installed in it (`LOCAL_NOT_INSTALLED`, `LOCAL_NEWER`, `LOCAL_OTHER_MAPPING`,
 *   `LOCAL_OTHER_TABLE`, `LOCAL_INCOMPATIBLE`), after `close` (`LOCAL_CLOSED`); from `install` also
 *   `LOCAL_CANNOT_ADOPT`, `LOCAL_TABLE_EXISTS`, `LOCAL_UNREAD_EDITS`
 * - {@link PermanentError} `LOCAL_REFUSED`; as the outcome of one delivery `ROW_REFUSED`
 */
export function createSqlite({
  path,
  mapping = DEFAULT_MAPPING,
  busy_ms = BUSY_MS,
  watch_ms = WATCH_MS,
}: SqliteOptions): TargetAdapter {
  const lens = lensFor(mapping);
  const client = new Client({ path, mapping, busy_ms, watch_ms });

  async function applyBatch(deliveries: ReadonlyMap<string, Delivery>): Promise<readonly ApplyOutcome[]> {
    const rows = [...deliveries.values()].map((delivery) =>
      JSON.stringify({ ...deliveryToRow(delivery, lens), record_id: rowId(delivery.record_id) }),
    );
    const outcomes = await client.call('apply', { rows });
    return reading(() => outcomes.flatMap((row) => outcomeOf(row, deliveries.get(row.contact_id))));
  }

  function outcomeOf(row: RowOutcome, delivery: Delivery | undefined): readonly ApplyOutcome[] {
    if (delivery === undefined) return [];
    const { contact_id } = delivery;
    if (row.outcome === 'failed') return [{ contact_id, outcome: 'rejected', error: errorOfRow(row) }];
    const { record_id } = row;
    const outcome = row.outcome === 'tie' ? tied(row, delivery) : row.outcome;
    return [{ contact_id, outcome, record_id }];
  }

  const tied = ({ record }: WrittenRow, { content }: Delivery): 'unchanged' | 'ahead' =>
    content !== null && lens.same(rowToRecord(JSON.parse(record ?? 'null')).fields, content) ? 'unchanged' : 'ahead';

  return {
    system: 'local',
    lens,
    counts_versions: true,
    batch_size: BATCH_SIZE,
    async install({ dry_run = false } = {}) {
      const steps = await client.call('install', { dry_run });
      return steps.map((what) => ({ what }));
    },
    async fetch(recordIds) {
      if (recordIds.length === 0) return [];
      const answer = await client.call('fetch', { ids: JSON.stringify(recordIds) });
      return reading(() => parseRecords(JSON.parse(answer)));
    },
    async changes(_cursor, limit) {
      const answer = await client.call('changes', { limit });
      return reading(() => parseChanges(JSON.parse(answer)));
    },
    async ack(keys) {
      if (keys.length > 0) await client.call('ack', { keys: JSON.stringify(keys) });
    },
    async scan(cursor, limit) {
      const answer = await client.call('scan', { cursor, limit });
      return reading(() => parsePage(JSON.parse(answer)));
    },
    async digests() {
      const answer = await client.call('digests', {});
      return reading(() => parseDigests(JSON.parse(answer)));
    },
    async scanBuckets(buckets, cursor, limit) {
      const answer = await client.call('scanBuckets', { buckets, cursor, limit });
      return reading(() => parsePage(JSON.parse(answer)));
    },
    async apply(deliveries) {
      const wanted = [...highest(deliveries)];
      const outcomes: ApplyOutcome[] = [];
      for (let from = 0; from < wanted.length; from += BATCH_SIZE)
        outcomes.push(...(await applyBatch(new Map(wanted.slice(from, from + BATCH_SIZE)))));
      return outcomes;
    },
    watch: (wake) => client.watch(wake),
    async health() {
      const start = performance.now();
      const state = await client.call('state', {}).catch((error: unknown) => {
        if (error instanceof SyncError) return error;
        throw error;
      });
      const latency_ms = Math.round(performance.now() - start);
      if (state instanceof SyncError) return { ok: false, latency_ms, detail: describe(state), skew_ms: null };
      return { ok: true, latency_ms, detail: state.wal ? null : NO_WAL, skew_ms: null };
    },
    close: () => client.close(),
  };
}

const NO_WAL =
  'the file is not in WAL mode, so that readers and writers wait for each other: close other programs and run "PRAGMA journal_mode = WAL"';

/** One delivery for each contact: the highest ranked. */
function highest(deliveries: readonly Delivery[]): ReadonlyMap<string, Delivery> {
  const chosen = new Map<string, Delivery>();
  for (const delivery of deliveries) {
    const { contact_id, version, last_updated } = delivery;
    const other = chosen.get(contact_id);
    if (
      other === undefined ||
      version > other.version ||
      (version === other.version && last_updated > other.last_updated)
    )
      chosen.set(contact_id, delivery);
  }
  return chosen;
}

const int64 = z.string().regex(/^(0|-?[1-9]\d{0,18})$/);

/** SQLite's ids may be negative, and any INT64. One that is not of this table counts as none. */
function rowId(record_id: string | null): string | null {
  if (record_id === null || !int64.safeParse(record_id).success) return null;
  return BigInt.asIntN(64, BigInt(record_id)) === BigInt(record_id) ? record_id : null;
}
