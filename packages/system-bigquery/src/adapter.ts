import { type ContactId, compareRank, isContactId } from '@contact-sync/contact';
import type { CanonicalAdapter, Health, HistoryRow, RecordId, SystemRecord, Version } from '@contact-sync/sync';
import { OutageError, SyncError } from '@contact-sync/sync';
import { stream, streamConflict, streamRow } from './append.ts';
import { readChanges } from './changes.ts';
import { Client, type Connection } from './client.ts';
import { install } from './install.ts';
import { lens } from './lens.ts';
import { historyOf, type Row, readRow, recordOf } from './rows.ts';
import { Sql } from './sql.ts';

export interface BigQueryOptions extends Connection {
  /** How late after its recorded_at a row may become visible, in milliseconds. 10 minutes when not given. */
  readonly overlapMs?: number;
  /** Milliseconds since the Unix epoch. */
  readonly now?: () => number;
}

const MIN_ID = (-(2n ** 63n)).toString();
const MAX_ID = (2n ** 63n - 1n).toString();

/** BigQuery, the canonical store. Opens no connection before it is used. */
export function createBigQuery(options: BigQueryOptions): CanonicalAdapter {
  const { overlapMs = 10 * 60_000, now = Date.now } = options;
  const client = new Client(options);
  const sql = new Sql(`${options.project}.${options.dataset}`);

  const rows = async (file: 'heads' | 'history', ids: readonly string[]): Promise<Row[]> =>
    ids.length === 0 ? [] : (await client.query(sql.text(file), { ids: [...new Set(ids)] })).map(readRow);

  const history = async (contactIds: readonly ContactId[]): Promise<HistoryRow[]> =>
    deduplicate(await rows('history', contactIds));

  return {
    system: 'bigquery',
    lens,
    counts_versions: true,
    metered: true,
    install: ({ dry_run = false } = {}) => install(client, options, sql, dry_run),
    async fetch(recordIds: readonly RecordId[]): Promise<SystemRecord[]> {
      return (await rows('heads', recordIds.filter(isContactId))).map(recordOf);
    },
    changes: (cursor, limit) => readChanges(client, sql, cursor, limit, overlapMs),
    async ack() {
      // Nothing is kept to be forgotten: the cursor goes on, and what is told twice has the same key.
    },
    async scan(cursor, limit) {
      const from = cursor ?? MIN_ID;
      const page = (await client.query(sql.text('scan'), { from, limit: limit.toString() })).map(readRow);
      const last = page.length < limit ? undefined : page.at(-1)?.contact_id;
      const next = last === undefined || last === MAX_ID ? null : (BigInt(last) + 1n).toString();
      return { records: page.map(recordOf), cursor: next };
    },
    append: (history) => stream(client, options.dataset, 'contact_versions', history.map(streamRow)),
    appendConflicts: (events) => stream(client, options.dataset, 'sync_conflicts', events.map(streamConflict)),
    async heads(contactIds): Promise<Version[]> {
      const heads = (await rows('heads', contactIds)).map((row) => ({ id: row.contact_id, version: historyOf(row) }));
      const invalid = heads.filter(({ version }) => version === null).map(({ id }) => id);
      const valid = heads.flatMap(({ version }) => (version === null ? [] : [version]));
      return [...valid, ...bestOf(await history(invalid))].map(versionOf);
    },
    history,
    async health(): Promise<Health> {
      const began = now();
      try {
        await client.ask(() => client.bigquery.dataset(options.dataset).table('contact_versions').getMetadata());
        return { ok: true, latency_ms: now() - began, detail: null };
      } catch (error) {
        if (!(error instanceof SyncError)) throw error;
        const advice = error instanceof OutageError && error.advice ? ` ${error.advice}` : '';
        return { ok: false, latency_ms: now() - began, detail: `${error.code}: ${error.message}.${advice}` };
      }
    },
    async close() {
      // The client keeps no connection of its own open.
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
