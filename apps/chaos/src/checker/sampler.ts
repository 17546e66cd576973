/** I2, while it happens: looks at the SQL systems again and again, and remembers every rank that fell. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { readStanding } from './read.ts';
import type { Standing, World } from './world.ts';

const EVERY_MS = 600;

export interface Sampler {
  readonly falls: World['falls'];
  looks(): number;
  stop(): Promise<void>;
}

export function startSampler(pools: Readonly<Record<string, pg.Pool | null>>): Sampler {
  const falls: World['falls'][number][] = [];
  const stopping = new AbortController();
  let looks = 0;
  const watch = async (system: string, pool: pg.Pool) => {
    let before: ReadonlyMap<string, Standing> = new Map();
    while (!stopping.signal.aborted) {
      try {
        const now = await readStanding(pool);
        looks++;
        for (const [contact_id, was] of before) {
          const is = now.get(contact_id);
          if (is === undefined) falls.push({ system, contact_id, from: told(was), to: 'nothing at all' });
          else if (is.version < was.version || (is.version === was.version && is.last_updated < was.last_updated))
            falls.push({ system, contact_id, from: told(was), to: told(is) });
        }
        before = now;
      } catch {
        // The database is away; what it held before still counts.
      }
      await sleep(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const all = Object.entries(pools).map(([system, pool]) => (pool === null ? Promise.resolve() : watch(system, pool)));
  return {
    falls,
    looks: () => looks,
    async stop() {
      stopping.abort();
      await Promise.all(all);
    },
  };
}

const told = ({ version, last_updated, deleted }: Standing): string =>
  `version ${version} of ${last_updated}${deleted ? ', deleted' : ''}`;
