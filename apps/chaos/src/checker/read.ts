/** Reads the whole world: every system through its own client, the ledger's tables by plain SQL, read-only. */
import { timestamp } from '@contact-sync/contact';
import { type Clients, equalIn, readBack } from '@contact-sync/demo';
import type pg from 'pg';
import { z } from 'zod';
import {
  type Conflict,
  deliveredKey,
  type HistoryRow,
  type Kept,
  type Letter,
  type Standing,
  type World,
} from './world.ts';

export interface Sources {
  readonly clients: Clients;
  readonly ledger: pg.Pool;
  /** `null` where the local database is a file. */
  readonly local: pg.Pool | null;
  readonly supabase: pg.Pool;
}

type Seen = Pick<World, 'edits' | 'heard' | 'falls' | 'leaks'>;

export async function readWorld(sources: Sources, seen: Seen): Promise<World> {
  const { clients, ledger } = sources;
  const [shown, history, told, versions, conflicts, letters, kept, heads, delivered, pending, local, supabase] =
    await Promise.all([
      readBack(clients),
      readHistory(clients),
      readTold(clients),
      readVersions(ledger),
      readConflicts(ledger),
      readLetters(ledger),
      readKept(ledger),
      rowsOf(
        ledger,
        'select contact_id::text from contact_sync_ledger.heads where not deleted',
        z.object({ contact_id: z.string() }),
      ),
      rowsOf(
        ledger,
        'select target, contact_id::text, version::int from contact_sync_ledger.deliveries where version is not null',
        z.object({ target: z.string(), contact_id: z.string(), version: z.number() }),
      ),
      readPending(sources),
      sources.local === null ? new Map<string, Standing>() : readStanding(sources.local),
      readStanding(sources.supabase),
    ]);
  const asLocal = { ...shown, bigquery: shown.local };
  return {
    ...seen,
    shown,
    equal: (system, id, reference) =>
      (system === 'bigquery' && reference === 'local') ||
      equalIn(reference === 'local' ? asLocal : shown, system, id) ||
      // Deleted, or never there: nobody shows it.
      Object.values(reference === 'local' ? asLocal : shown).every((contacts) => !contacts.has(id)),
    history,
    told,
    versions,
    conflicts,
    letters,
    kept,
    living: new Set(heads.map(({ contact_id }) => contact_id)),
    delivered: new Map(delivered.map((one) => [deliveredKey(one.target, one.contact_id), one.version])),
    standing: { local, supabase },
    pending,
  };
}

async function rowsOf<T>(pool: pg.Pool, sql: string, schema: z.ZodType<T>): Promise<readonly T[]> {
  const { rows } = await pool.query(sql);
  return z.array(schema).parse(rows);
}

/** An INT64 as the client wraps it. */
const int64 = z.object({ value: z.string() }).transform(({ value }) => value);
const historyRow = z
  .object({
    change_id: z.string().nullable(),
    contact_id: int64,
    version: int64.transform(Number),
    last_updated_us: int64,
    last_updated_by: z.string().nullable(),
    row_status: z.enum(['accepted', 'superseded']),
    source: z.string().nullable(),
    is_deleted: z.boolean(),
    job_title: z.string().nullable(),
    by_hub: z.boolean(),
  })
  .transform(({ last_updated_us, row_status, is_deleted, ...row }): HistoryRow => {
    const last_updated = timestamp(Temporal.Instant.fromEpochNanoseconds(BigInt(last_updated_us) * 1_000n).toString());
    return { ...row, last_updated, status: row_status, deleted: is_deleted };
  });

async function readHistory({ bigquery, dataset }: Clients): Promise<readonly HistoryRow[]> {
  const rows = z.array(historyRow).parse(
    await bigquery(
      `SELECT change_id, contact_id, version, UNIX_MICROS(last_updated) AS last_updated_us, last_updated_by,
         COALESCE(status, 'accepted') AS row_status, source, deleted IS TRUE AS is_deleted, job_title,
         appended_by_hub IS TRUE AS by_hub
       FROM \`${dataset}.contact_versions\``,
    ),
  );
  // Streaming is at least once.
  return [...new Map(rows.map((row, index) => [row.change_id ?? `${index}`, row])).values()];
}

async function readTold({ bigquery, dataset }: Clients): Promise<ReadonlyMap<string, boolean>> {
  const id = z.array(z.object({ conflict_id: z.string() }));
  const [all, open] = await Promise.all([
    bigquery(`SELECT DISTINCT conflict_id FROM \`${dataset}.sync_conflicts\``),
    bigquery(`SELECT conflict_id FROM \`${dataset}.sync_conflicts_open\``),
  ]);
  const isOpen = new Set(id.parse(open).map(({ conflict_id }) => conflict_id));
  return new Map(id.parse(all).map(({ conflict_id }) => [conflict_id, isOpen.has(conflict_id)]));
}

const readVersions = (ledger: pg.Pool) =>
  rowsOf(
    ledger,
    `select contact_id::text, version::int, content_hash, status, last_updated, last_updated_by, source, content is null as deleted,
       content::jsonb ->> 'job_title' as job_title,
       coalesce((select jsonb_object_agg(key, value::text) from jsonb_each(content::jsonb)), '{}') as fields, extract(epoch from committed_at)::float8 * 1000 as committed_at
     from contact_sync_ledger.versions order by committed_at, version`,
    z.object({
      contact_id: z.string(),
      version: z.number(),
      content_hash: z.string(),
      status: z.enum(['accepted', 'superseded']),
      last_updated: z.string(),
      last_updated_by: z.string(),
      source: z.string().nullable(),
      deleted: z.boolean(),
      job_title: z.string().nullable(),
      fields: z.record(z.string(), z.string()),
      committed_at: z.number(),
    }),
  );

const candidates = z.array(
  z.looseObject({
    content: z.looseObject({ job_title: z.string().optional() }).nullable(),
    last_updated_by: z.string(),
  }),
);

const readConflicts = (ledger: pg.Pool) =>
  rowsOf(
    ledger,
    `select conflict_id, contact_id::text, version::int, last_updated, status, candidates,
       extract(epoch from closed_at)::float8 * 1000 as closed_at
     from contact_sync_ledger.conflicts`,
    z
      .object({
        conflict_id: z.string(),
        contact_id: z.string(),
        version: z.number(),
        last_updated: z.string(),
        status: z.enum(['open', 'resolved', 'superseded']),
        candidates: z.string(),
        closed_at: z.number().nullable(),
      })
      .transform(
        (row): Conflict => ({
          ...row,
          candidates: candidates
            .parse(JSON.parse(row.candidates))
            .map(({ content, last_updated_by }) => ({ job_title: content?.job_title ?? null, last_updated_by })),
        }),
      ),
  );

const readLetters = (ledger: pg.Pool): Promise<readonly Letter[]> =>
  rowsOf(
    ledger,
    `select d.dead_letter_id::text, d.queue, d.system, d.key, d.code, d.status,
       coalesce(d.contact_id::text, l.contact_id::text, case when d.system = 'bigquery' then d.key end) as contact_id
     from contact_sync_ledger.dead_letters d
     left join contact_sync_ledger.links l on d.queue = 'ingest' and l.system = d.system and l.record_id = d.key`,
    z.object({
      dead_letter_id: z.string(),
      queue: z.string(),
      system: z.string(),
      key: z.string(),
      code: z.string(),
      status: z.enum(['open', 'replayed', 'superseded', 'discarded']),
      contact_id: z.string().nullable(),
    }),
  );

const keptRecord = z.looseObject({
  last_updated: z.string(),
  last_updated_by: z.string().nullish(),
  fields: z.looseObject({ job_title: z.unknown().optional(), jobTitle: z.unknown().optional() }),
});

const readKept = (ledger: pg.Pool) =>
  rowsOf(
    ledger,
    `select i.system, i.record_id, coalesce(i.contact_id, l.contact_id)::text as contact_id, i.record, i.done_at is not null as done, i.dead_letter_id::text,
       exists (
         select from contact_sync_ledger.dead_letters d
         where d.queue = 'ingest' and d.system = i.system and d.key = i.record_id) as lettered
     from contact_sync_ledger.inbox i
     left join contact_sync_ledger.links l on l.system = i.system and l.record_id = i.record_id`,
    z
      .object({
        system: z.string(),
        record_id: z.string(),
        contact_id: z.string().nullable(),
        record: z.string(),
        done: z.boolean(),
        dead_letter_id: z.string().nullable(),
        lettered: z.boolean(),
      })
      .transform(({ record, ...row }): Kept => {
        const { last_updated, last_updated_by, fields } = keptRecord.parse(JSON.parse(record));
        const title = fields.job_title ?? fields.jobTitle;
        return {
          ...row,
          job_title: typeof title === 'string' ? title : null,
          last_updated,
          last_updated_by: last_updated_by ?? null,
        };
      }),
  );

/** What is under way or waiting, as the ledger and the outboxes tell. */
async function readPending({ ledger, local, supabase }: Sources): Promise<Readonly<Record<string, number>>> {
  const outbox = async (pool: pg.Pool): Promise<number> => {
    const { rows } = await pool.query<{ count: number }>('select count(*)::int as count from contact_sync.outbox');
    return rows[0]?.count ?? 0;
  };
  const counts = z.object({ behind: z.number(), inbox: z.number(), versions: z.number(), events: z.number() });
  const [found] = await rowsOf(
    ledger,
    `select
       (select count(*)::int from contact_sync_ledger.deliveries d
        where d.behind and d.dead_letter_id is null
          and not exists (
            select from contact_sync_ledger.conflicts c where c.contact_id = d.contact_id and c.status = 'open')
          -- A record that stands there with content nobody could take over is not overwritten: its dead letter says so.
          and not exists (
            select from contact_sync_ledger.links l
            join contact_sync_ledger.dead_letters x
              on x.status = 'open' and x.queue = 'ingest' and x.system = l.system and x.key = l.record_id
            where l.system = d.target and l.contact_id = d.contact_id)) as behind,
       (select count(*)::int from contact_sync_ledger.inbox where done_at is null and dead_letter_id is null) as inbox,
       (select count(*)::int from contact_sync_ledger.versions where appended_at is null) as versions,
       (select count(*)::int from contact_sync_ledger.conflict_events where appended_at is null) as events`,
    counts,
  );
  return {
    'deliveries behind': found?.behind ?? 0,
    'edits received and not decided over': found?.inbox ?? 0,
    'versions that BigQuery was not told of': found?.versions ?? 0,
    'events of conflicts that BigQuery was not told of': found?.events ?? 0,
    'edits in the outbox of the local database': local === null ? 0 : await outbox(local),
    'edits in the outbox of Supabase': await outbox(supabase),
  };
}

/** Where every contact stands in a SQL system, the deleted ones too. */
export async function readStanding(pool: pg.Pool): Promise<ReadonlyMap<string, Standing>> {
  const utc = `to_char(last_updated at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as last_updated`;
  const rows = await rowsOf(
    pool,
    `select contact_id, version::int, ${utc}, deleted_at is not null as deleted from public.contacts where contact_id is not null
     union all
     select contact_id, version::int, ${utc}, true from contact_sync.tombstones where contact_id is not null`,
    z.object({ contact_id: z.string(), version: z.number(), last_updated: z.string(), deleted: z.boolean() }),
  );
  return new Map(rows.map(({ contact_id, ...standing }) => [contact_id, standing]));
}
