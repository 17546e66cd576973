import { join } from 'node:path';
import { type Config, ConfigError, type Databases, isReady, loadConfig, type ReadyConfig } from '@contact-sync/config';
import { createHub, type Hub, logInstalled, openLog, untilStopped } from '@contact-sync/hub';
import { startServer } from '@contact-sync/server';
import { faultFields, type Log, type System } from '@contact-sync/sync';
import { startWorker } from '@contact-sync/worker';
import { announce } from './running.ts';
import type { ExitCode, Surroundings } from './surroundings.ts';

/** Embedded Postgres, worker and server in turn may take their time. */
const STOP_MS = 25_000;
const INSTALL_AGAIN_MS = 15_000;

/** Runs everything until it is told to stop. */
export async function up(
  around: Surroundings,
  options: { readonly json?: true; readonly exitWithParent?: true },
): Promise<ExitCode> {
  const given = loadConfig(around.env);
  const log = openLog(given.log_level);
  const stack = new AsyncDisposableStack();
  try {
    const config = await embed(given, log, stack);
    const hub = await createHub(config, log);
    stack.defer(hub.close);
    stack.use(await installed(hub));
    const worker = await startWorker(hub);
    stack.defer(worker.close);
    const server = await startServer(hub, { ...config.server, wake: worker.intake.wake });
    stack.defer(server.close);
    const parent = options.exitWithParent ? { parent: around.stdin } : {};
    // Listens first: whoever reads that it runs may stop it at once.
    const stopped = untilStopped(log, () => stack.disposeAsync(), { bound_ms: STOP_MS, ...parent });
    around.out(
      options.json
        ? JSON.stringify({ ready: true, url: server.url, pid: process.pid })
        : addresses(server.url, config, given),
    );
    return await stopped;
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Starts the embedded Postgres for those databases that nobody gave. */
async function embed(config: Config, log: Log, stack: AsyncDisposableStack): Promise<ReadyConfig> {
  if (isReady(config)) return config;
  // Not loaded by those who bring their own databases.
  const { startPostgres } = await import('@contact-sync/sandbox/postgres');
  const dataDir = join(config.data, 'postgres');
  // Its own log is not kept: Postgres quotes rows there.
  const postgres = await startPostgres({ dataDir });
  stack.defer(postgres.close);
  log.info({ dataDir }, 'embedded Postgres runs');
  const { databases } = config;
  const embedded: Partial<Record<keyof Databases, string>> = {};
  for (const name of ['ledger', 'queue', 'local'] as const)
    if (databases[name] === null) embedded[name] = await postgres.createDatabase(name);
  stack.defer(await announce(config.data, embedded));
  const ready = { ...config, databases: { ...databases, ...embedded } };
  if (isReady(ready)) return ready;
  throw new ConfigError([]);
}

/** Installs everywhere. A system that is away holds up nobody: it is tried again until it is there. */
async function installed(hub: Hub): Promise<Disposable> {
  const { log } = hub.parts;
  const outcome = await hub.install();
  const ledger = outcome.find(({ part }) => part === 'ledger');
  if (ledger?.error) throw ledger.error;
  let missing = logInstalled(log, outcome);
  let timer: NodeJS.Timeout | null = null;
  const again = async () => {
    try {
      const before: readonly System[] = missing;
      missing = logInstalled(log, await hub.install({ only: missing }));
      const mended = before.filter((system) => !missing.includes(system));
      if (mended.length > 0) log.info({ systems: mended }, 'installed after all');
    } catch (error) {
      log.error(faultFields(error), 'cannot install');
    }
    schedule();
  };
  const schedule = () => {
    if (missing.length > 0 && !stopped) timer = setTimeout(again, INSTALL_AGAIN_MS);
  };
  let stopped = false;
  schedule();
  return {
    [Symbol.dispose]() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}

function addresses(url: string, config: ReadyConfig, given: Config): string {
  const local = new URL(config.databases.local);
  if (local.password !== '') local.password = '…';
  const embedded = given.databases.local === null ? `, the whole in ${join(config.data, 'running.json')}` : '';
  return [
    'contact-sync is up',
    `  console   ${url}/`,
    `  API       ${url}/api/docs`,
    `  queues    ${url}/queues`,
    `  health    ${url}/readyz`,
    `  webhooks  ${config.server.publicUrl ?? url}/webhooks/twenty and …/webhooks/supabase`,
    `  local     ${decodeURI(local.href)}${embedded}`,
    'Ctrl-C stops it.',
  ].join('\n');
}
