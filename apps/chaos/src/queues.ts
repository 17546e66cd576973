/** How much the queues have to do, read past their library. */
import type { OwnRedis } from '@contact-sync/testkit';
import { Redis } from 'ioredis';
import type pg from 'pg';

const WORK = ['ingest', 'propagate-supabase', 'propagate-local', 'propagate-twenty'];

/** @returns jobs that wait or run, delayed ones among them */
export async function busyIn(queue: pg.Pool | null, redis: OwnRedis | null): Promise<number> {
  if (queue !== null) {
    const { rows } = await queue.query<{ count: number }>(
      `select count(*)::int as count from bullmq.job where queue = any ($1) and state in ('waiting', 'active', 'delayed')`,
      [WORK],
    );
    return rows[0]?.count ?? 0;
  }
  if (redis === null) return 0;
  const client = new Redis(redis.url);
  client.on('error', () => {});
  try {
    const key = (name: string, list: string) => `{contact-sync}:${name}:${list}`;
    const counts = await Promise.all(
      WORK.flatMap((name) => [
        client.llen(key(name, 'wait')),
        client.llen(key(name, 'active')),
        client.zcard(key(name, 'delayed')),
      ]),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  } finally {
    client.disconnect();
  }
}
