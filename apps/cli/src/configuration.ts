import { type Config, loadConfig, loadReadyConfig, type ReadyConfig } from '@contact-sync/config';
import { createHub, type Hub, openLog, openServices, type Services } from '@contact-sync/hub';
import type { Asker, Log } from '@contact-sync/sync';
import { runningDatabases } from './running.ts';
import type { ExitCode, Surroundings } from './surroundings.ts';

/** The configuration as it stands; databases that nobody gave and no `up` runs are `null`. @throws {ConfigError} */
export const configured = async (around: Surroundings): Promise<Config> =>
  loadConfig(await runningDatabases(around.env));

/** The configuration of a command that needs the databases. @throws {ConfigError} */
export const ready = async (around: Surroundings): Promise<ReadyConfig> =>
  loadReadyConfig(await runningDatabases(around.env));

/** Nothing but warnings, unless LOG_LEVEL asks for more. */
const logOf = (around: Surroundings, config: Config): Log =>
  openLog(around.env.LOG_LEVEL?.trim() ? config.log_level : 'warn');

/** Opens the hub for one command and closes it. */
export async function withHub(around: Surroundings, use: (hub: Hub) => Promise<ExitCode>): Promise<ExitCode> {
  const config = await ready(around);
  const hub = await createHub(config, logOf(around, config));
  try {
    return await use(hub);
  } finally {
    await hub.close();
  }
}

/** The same for a command that only reads: no queue has to be there. */
export async function withServices(
  around: Surroundings,
  use: (services: Services) => Promise<ExitCode>,
): Promise<ExitCode> {
  const env = await runningDatabases(around.env);
  await using services = await openServices(env, { log: logOf(around, loadReadyConfig(env)) });
  return await use(services);
}

/** Who asks by a command. Each call is an action of its own. */
export const asker = (by: string): Asker => ({ by, via: 'cli', key: null });
