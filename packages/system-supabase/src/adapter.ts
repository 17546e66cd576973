import type { IncomingHttpHeaders } from 'node:http';
import {
  DEFAULT_MAPPING,
  lensFor,
  mappingHash,
  parseChanges,
  parseDigests,
  parsePage,
  parseRecords,
  storableIds,
  type TableMapping,
} from '@contact-sync/contacts-sql';
import { type Health, OutageError, SyncError, skewOf, type TargetAdapter } from '@contact-sync/sync';
import { parsed } from './answer.ts';
import { applyBatch, BATCH_SIZE } from './apply.ts';
import { type Call, caller } from './client.ts';
import { install, installed, schemaFault } from './install.ts';
import { verifySecret } from './webhook.ts';

/** Which project, by which key, and which table of it. */
export interface SupabaseOptions {
  /** Of the project, as `https://….supabase.co`. */
  readonly url: string;
  /** `sb_secret_…`. */
  readonly secretKey: string;
  /** A Postgres connection string of the project; only {@link Supabase.install} uses it. */
  readonly dbUrl?: string | undefined;
  /** What a Database Webhook has to send as `x-webhook-secret`; without one all webhooks are refused. */
  readonly webhookSecret?: string | undefined;
  /** Milliseconds for one call, answer included. Default 40 s: the database gives up after 30. */
  readonly fetchTimeoutMs?: number | undefined;
  /** Which table holds the contacts, and how. Default: one of contact-sync's own. */
  readonly mapping?: TableMapping | undefined;
  /** Milliseconds since the Unix epoch; default `Date.now`. */
  readonly now?: () => number;
}

/** Supabase as a system, and the check of its webhooks. */
export interface Supabase extends TargetAdapter {
  readonly system: 'supabase';
  /**
   * That a webhook comes from the project. It only wakes: what it says is read again from the outbox.
   * @throws {PermanentError} `WEBHOOK_FORGED`
   */
  verifyWebhook(headers: Headers | IncomingHttpHeaders): void;
}

/** Keys of one call; a page of 10,000 changes is acknowledged in two. */
const KEYS_PER_CALL = 5_000;

/**
 * Supabase as a source and a target: the functions of contacts-sql, called by supabase-js. Opens nothing yet. Its
 * methods throw
 *
 * - {@link OutageError} `SUPABASE_UNREACHABLE`, `SUPABASE_UNAVAILABLE`, `SUPABASE_UNAUTHORIZED`, `SUPABASE_NOT_FOUND`,
 *   `SUPABASE_NOT_INSTALLED`, `SUPABASE_NEWER`, `SUPABASE_UNEXPECTED`; from `install` also `SUPABASE_DB_UNREACHABLE`,
 *   `SUPABASE_CANNOT_ADOPT`, `SUPABASE_TABLE_EXISTS`, `SUPABASE_UNREAD_EDITS`
 * - {@link ThrottledError} `SUPABASE_THROTTLED`, `SUPABASE_BUSY`
 * - {@link TransientError} `SUPABASE_TIMEOUT`, `SUPABASE_STATEMENT_TIMEOUT`, `SUPABASE_CONNECTION_LOST`,
 *   `SUPABASE_CONTENTION`, `SUPABASE_FAILED`
 * - {@link PermanentError} `SUPABASE_BAD_REQUEST`, `SUPABASE_REFUSED`, `SUPABASE_TOO_LARGE`; as the outcome of one
 *   delivery `ROW_REFUSED`
 */
export function createSupabase(options: SupabaseOptions): Supabase {
  const call = caller(options.url, options.secretKey, options.fetchTimeoutMs ?? 40_000);
  const table = options.mapping ?? DEFAULT_MAPPING;
  const lens = lensFor(table);
  /** Given along, so that functions that were made for another mapping refuse the call. */
  const mapping = mappingHash(table);
  return {
    system: 'supabase',
    lens,
    counts_versions: true,
    batch_size: BATCH_SIZE,
    install: ({ dry_run = false } = {}) => install(call, table, options.dbUrl, dry_run),
    async fetch(recordIds) {
      const records = [];
      for (const ids of chunks(storableIds(recordIds), BATCH_SIZE))
        records.push(...parsed(parseRecords, await call('contact_sync_fetch', { ids, mapping })));
      return records;
    },
    changes: async (_cursor, limit) =>
      parsed(parseChanges, await call('contact_sync_changes', { max: limit, mapping })),
    async ack(keys) {
      for (const ids of chunks(storableIds(keys), KEYS_PER_CALL)) await call('contact_sync_ack', { ids });
    },
    scan: async (cursor, limit) =>
      parsed(parsePage, await call('contact_sync_scan', { after: cursor, max: limit, mapping })),
    digests: async () => parsed(parseDigests, await call('contact_sync_digests', { mapping })),
    scanBuckets: async (buckets, cursor, limit) =>
      parsed(parsePage, await call('contact_sync_scan_buckets', { buckets, after: cursor, max: limit, mapping })),
    async apply(deliveries) {
      const outcomes = [];
      for (const batch of chunks(deliveries, BATCH_SIZE))
        outcomes.push(...(await applyBatch(call, batch, lens, mapping)));
      return outcomes;
    },
    health: () => probe(call, table, options.now ?? Date.now),
    async close() {},
    verifyWebhook: (headers) => verifySecret(headers, options.webhookSecret),
  };
}

function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

async function probe(call: Call, table: TableMapping, now: () => number): Promise<Health> {
  const start = performance.now();
  let skew_ms: number | null = null;
  const told = (ok: boolean, detail: string | null): Health => ({
    ok,
    latency_ms: performance.now() - start,
    detail,
    skew_ms,
  });
  try {
    const asked = now();
    const has = await installed(call);
    skew_ms = skewOf(has.clock_ms, asked, now());
    const fault = schemaFault(has, table);
    if (fault !== null) throw fault;
    return told(true, null);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    const advice = error instanceof OutageError ? error.advice : undefined;
    return told(false, advice === undefined ? error.message : `${error.message}: ${advice}`);
  }
}
