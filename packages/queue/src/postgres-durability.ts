import type { Durability } from '@contact-sync/sync';
import type pg from 'pg';

/** What a Postgres says of itself. */
interface PostgresFacts {
  readonly fsync: string;
  readonly full_page_writes: string;
  readonly synchronous_commit: string;
  /** Tables of the queues that it empties after a crash. */
  readonly unlogged: number;
}

const FACTS = `
  select current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes,
    current_setting('synchronous_commit') as synchronous_commit,
    (
      select count(*)::integer
      from pg_class c
      where c.relnamespace = to_regnamespace(quote_ident($1)) and c.relkind in ('r', 'p') and c.relpersistence <> 'p'
    ) as unlogged`;

/** @throws what the driver throws when nobody answers */
export async function postgresDurability(pool: pg.Pool, schema: string): Promise<Durability> {
  const { rows } = await pool.query<PostgresFacts>(FACTS, [schema]);
  const [facts] = rows;
  if (facts === undefined) throw new Error('a query without from returns one row');
  return durabilityOf(facts);
}

/** Pure. Source: https://www.postgresql.org/docs/18/runtime-config-wal.html */
function durabilityOf({ unlogged, ...settings }: PostgresFacts): Durability {
  const off = Object.entries(settings).filter(([, value]) => value === 'off');
  const faults = [
    ...off.map(([name]) => `${name} is off`),
    ...(unlogged > 0 ? [`tables of the queues are unlogged (${unlogged})`] : []),
  ];
  const kept = 'every commit is on disk before it is answered';
  const detail = faults.length === 0 ? kept : `${faults.join(', ')}: a crash forgets what it answered for`;
  // Whatever its memory: tables lie on disk.
  return { kind: 'postgres', persistent: faults.length === 0, evicts: false, detail };
}
