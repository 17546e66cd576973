import type { ReadyConfig } from '@contact-sync/config';
import { createHub, type Hub, openLog } from '@contact-sync/hub';
import { WORK_QUEUES } from '@contact-sync/sync';
import { type Check, failed, ok, warning } from './check.ts';

/** Whether the queues’ backend serves, keeps what it is told, and somebody works there. */
export async function queueChecks(config: ReadyConfig, signal: AbortSignal): Promise<readonly Check[]> {
  // Nobody who looks wants the log of what fails: it is what is told.
  const opening = createHub(config, openLog('silent'));
  const close = () => opening.then((hub) => hub.close()).catch(() => undefined);
  signal.addEventListener('abort', close, { once: true });
  const hub = await opening;
  const started = performance.now();
  await hub.queues.counts();
  const took = Math.round(performance.now() - started);
  const backend = hub.backend.kind === 'redis' ? await redisChecks(hub) : [];
  const kind = hub.backend.kind === 'redis' ? 'Redis' : 'Postgres, of a version that serves';
  return [ok('queues', `${kind}, answers in ${took} ms`), ...backend, await workersCheck(hub)];
}

/** A cache may forget, a queue may not; the ledger finds again what is lost, but late. */
async function redisChecks({ queues }: Hub): Promise<readonly Check[]> {
  const client = await queues.bull('ingest').backend.client;
  const said = new Map(
    (await client.info()).split(/\r?\n/).map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  const policy = said.get('maxmemory_policy') ?? 'unknown';
  const appends = said.get('aof_enabled') === '1';
  return [
    policy === 'noeviction'
      ? ok('redis memory', 'maxmemory-policy noeviction')
      : failed(
          'redis memory',
          `maxmemory-policy ${policy}: jobs may be evicted`,
          'Set `maxmemory-policy noeviction` in redis.conf.',
        ),
    appends
      ? ok('redis persistence', 'appendonly')
      : warning(
          'redis persistence',
          'appendonly is off: a restart forgets jobs, which are found again late',
          'Set `appendonly yes` in redis.conf.',
        ),
  ];
}

/** A worker names its connection; where that is hidden from this login it seems as if there were none. */
async function workersCheck({ queues }: Hub): Promise<Check> {
  const counts = await Promise.all(
    WORK_QUEUES.map(async (name) => [name, await queues.bull(name).getWorkersCount()] as const),
  );
  const idle = counts.filter(([, count]) => count === 0).map(([name]) => name);
  if (idle.length === 0) return ok('workers', `run: ${Math.max(...counts.map(([, count]) => count))}`);
  return warning(
    'workers',
    `nobody is seen to work ${idle.join(', ')}`,
    'Run `contact-sync up`, or `contact-sync worker`.',
  );
}
