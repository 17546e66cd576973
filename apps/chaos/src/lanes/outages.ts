/** The ledger's, the systems' and the queues' own servers: crashed, restarted, emptied. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Deck } from '../seeded.ts';
import type { Stage } from '../stage.ts';

const POSTGRES = 'Postgres stopped (immediate) and started';
const FAST = 'Postgres restarted (fast)';
const REDIS = 'Redis killed and started';
const FLUSH = 'FLUSHALL';
const EMPTY = 'queue in Postgres emptied';

const kinds = ({ backend }: Pick<Stage, 'backend'>): readonly string[] =>
  backend === 'redis' ? [POSTGRES, REDIS, FLUSH] : [POSTGRES, FAST, EMPTY];

export const expectOutages = (stage: Pick<Stage, 'backend' | 'tally'>): void => stage.tally.expect(kinds(stage));

export async function outages(stage: Stage): Promise<void> {
  const { signal, tally } = stage;
  const chance = stage.chance.of('outages');
  const deck = new Deck(kinds(stage), stage.chance.of('order of outages'), tally.lacks);
  while (!signal.aborted) {
    await sleep(chance.between(3_000, 5_000), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const kind = stage.late.aborted ? deck.dealFitting(tally.lacks) : deck.deal();
    if (kind === null) return;
    try {
      await happen(stage, kind, chance.between(300, 1_500));
      tally.add(kind);
    } catch (error) {
      // Emptying a queue may meet a deadlock with those who use it, or a server that is away.
      if (!(error instanceof Error)) throw error;
      deck.putBack(kind);
    }
  }
}

async function happen({ sandbox, redis, queue }: Stage, kind: string, down_ms: number): Promise<void> {
  switch (kind) {
    // Supabase goes away with its database: the driver inside its imitation does not outlive a connection that breaks.
    case POSTGRES:
      await sandbox.supabase?.restart(async () => await sandbox.postgres?.restart('immediate'));
      break;
    case FAST:
      await sandbox.supabase?.restart(async () => await sandbox.postgres?.restart('fast'));
      break;
    case REDIS:
      await redis?.kill();
      await sleep(down_ms);
      await redis?.start();
      break;
    case FLUSH: {
      const client = new Redis(redis?.url ?? '', { lazyConnect: true });
      client.on('error', () => {});
      try {
        await client.connect();
        await client.flushall();
      } finally {
        client.disconnect();
      }
      break;
    }
    case EMPTY:
      await queue?.query(
        'truncate bullmq.job, bullmq.job_log, bullmq.job_dependency, bullmq.event, bullmq.metrics, bullmq.rate_limit, bullmq.dedup, bullmq.dedup_next, bullmq.meta cascade',
      );
      break;
  }
}
