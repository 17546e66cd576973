import {
  DEFAULT_MAPPING,
  deliveryToRow,
  lensFor,
  mappingHash,
  parseChanges,
  parseDigests,
  parseOutcomes,
  parsePage,
  parseRecords,
  storableIds,
  type TableMapping,
} from '@contact-sync/contacts-sql';
import type { ApplyOutcome, Delivery, TargetAdapter } from '@contact-sync/sync';
import pg from 'pg';
import { errorOf, PREFIX, SYSTEM } from './errors.ts';
import { type Found, install, installed, schemaFault } from './install.ts';
import { listen } from './wake.ts';

const BATCH_SIZE = 500;
const CONNECT_MS = 5_000;
/** The server gives up a statement first; the client only one whose connection is dead without knowing. */
const STATEMENT_MS = 30_000;
const QUERY_MS = 45_000;

/** Which database, and which table of it. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** The most connections beside the one that listens; default 4. */
  readonly max?: number;
  /** Which table holds the contacts, and how. Default: one of contact-sync's own. */
  readonly mapping?: TableMapping | undefined;
  /** Milliseconds since the Unix epoch; default `Date.now`. */
  readonly now?: () => number;
}

/**
 * A local Postgres as a source and a target. Connects when first used, and again whenever it has to. Its methods throw
 *
 * - {@link OutageError} `LOCAL_UNREACHABLE`, `LOCAL_DOWN`, `LOCAL_CLOSED`, `LOCAL_DENIED`, `LOCAL_NOT_INSTALLED`,
 *   `LOCAL_INCOMPATIBLE`; from `install` also `LOCAL_NEWER`, `LOCAL_OTHER_MAPPING`, `LOCAL_CANNOT_ADOPT`,
 *   `LOCAL_TABLE_EXISTS`, `LOCAL_UNREAD_EDITS`
 * - {@link ThrottledError} `LOCAL_BUSY`
 * - {@link TransientError} `LOCAL_TRANSIENT`
 * - {@link PermanentError} `LOCAL_REFUSED`; as the outcome of one delivery `ROW_REFUSED`
 */
export function createPostgres({
  url,
  max = 4,
  mapping = DEFAULT_MAPPING,
  now = Date.now,
}: PostgresOptions): TargetAdapter {
  const patient = {
    connectionString: url,
    application_name: 'contact-sync',
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
  };
  const config = { ...patient, statement_timeout: STATEMENT_MS, query_timeout: QUERY_MS };
  const lens = lensFor(mapping);
  /** Given along, so that functions that were made for another mapping refuse the call. */
  const made = mappingHash(mapping);
  const pool = new pg.Pool({ ...config, max });
  pool.on('error', () => {}); // an idle connection was lost: the pool has dropped it, the next call makes another
  const watches = new Set<() => Promise<void>>();

  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw errorOf(error);
    }
  }

  /** Calls a function of contacts-sql, each of which returns one jsonb. */
  const call = <T>(expression: string, values: readonly unknown[], read: (answer: unknown) => T): Promise<T> =>
    guarded(async () => {
      const { rows } = await pool.query<{ answer: unknown }>(`select public.${expression} as answer`, [...values]);
      return read(rows[0]?.answer);
    });

  const applyBatch = (deliveries: readonly Delivery[]): Promise<readonly ApplyOutcome[]> =>
    call(
      'contact_sync_apply($1::jsonb, $2::text)',
      [JSON.stringify(deliveries.map((delivery) => deliveryToRow(delivery, lens))), made],
      (answer) => parseOutcomes(answer, SYSTEM, PREFIX),
    );

  return {
    system: 'local',
    lens,
    counts_versions: true,
    batch_size: BATCH_SIZE,
    install: ({ dry_run = false } = {}) => guarded(() => install(patient, mapping, dry_run)),
    fetch: (recordIds) =>
      call('contact_sync_fetch($1::jsonb, $2::text)', [JSON.stringify(storableIds(recordIds)), made], parseRecords),
    changes: (_cursor, limit) => call('contact_sync_changes($1::integer, $2::text)', [limit, made], parseChanges),
    ack: (keys) => call('contact_sync_ack($1::jsonb)', [JSON.stringify(storableIds(keys))], () => undefined),
    scan: (cursor, limit) =>
      call('contact_sync_scan($1::text, $2::integer, $3::text)', [cursor, limit, made], parsePage),
    digests: () => call('contact_sync_digests($1::text)', [made], parseDigests),
    scanBuckets: (buckets, cursor, limit) =>
      call(
        'contact_sync_scan_buckets($1::jsonb, $2::text, $3::integer, $4::text)',
        [JSON.stringify(buckets), cursor, limit, made],
        parsePage,
      ),
    async apply(deliveries) {
      const outcomes: ApplyOutcome[] = [];
      for (let from = 0; from < deliveries.length; from += BATCH_SIZE)
        outcomes.push(...(await applyBatch(deliveries.slice(from, from + BATCH_SIZE))));
      return outcomes;
    },
    async watch(wake) {
      const stop = await listen(config, wake);
      const end = async () => {
        if (watches.delete(end)) await stop();
      };
      watches.add(end);
      return end;
    },
    async health() {
      const start = performance.now();
      const look = async () => {
        const found = await lookedAt(pool, now);
        return { fault: schemaFault(found, mapping), skew_ms: found.skew_ms };
      };
      const { fault, skew_ms } = await look().catch((error: unknown) => ({ fault: errorOf(error), skew_ms: null }));
      const latency_ms = Math.round(performance.now() - start);
      if (fault === null) return { ok: true, latency_ms, detail: null, skew_ms };
      const advice = 'advice' in fault && typeof fault.advice === 'string' ? `: ${fault.advice}` : '';
      return { ok: false, latency_ms, detail: `${fault.message}${advice}`, skew_ms };
    },
    async close() {
      await Promise.all([...watches].map((end) => end()));
      if (!pool.ended) await pool.end();
    },
  };
}

/** On one connection, so that waiting for one counts as no distance of the clocks. */
async function lookedAt(pool: pg.Pool, now: () => number): Promise<Found> {
  const client = await pool.connect();
  try {
    const found = await installed(client, now);
    client.release();
    return found;
  } catch (error) {
    client.release(true);
    throw error;
  }
}
