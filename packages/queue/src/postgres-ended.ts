import type { Metrics } from 'bullmq';
import type pg from 'pg';

interface Counted {
  readonly count: string;
  readonly prev_ts: string;
  readonly prev_count: string;
  readonly data: readonly string[];
}

/**
 * What BullMQ 6.7 counts in its own table. Its `getMetrics` leaves out when it counted last on this backend, without which
 * nobody knows which minutes the points are of.
 *
 * @throws what the driver throws when nobody answers
 */
export async function postgresEnded(pool: pg.Pool, queue: string, kind: 'completed' | 'failed'): Promise<Metrics> {
  const { rows } = await pool.query<Counted>(
    'select count, prev_ts, prev_count, data::text[] as data from metrics where queue = $1 and kind = $2',
    [queue, kind],
  );
  const [found] = rows;
  if (found === undefined) return { meta: { count: 0, prevTS: 0, prevCount: 0 }, data: [], count: 0 };
  const data = found.data.map(Number);
  const meta = { count: Number(found.count), prevTS: Number(found.prev_ts), prevCount: Number(found.prev_count) };
  return { meta, data, count: data.length };
}
