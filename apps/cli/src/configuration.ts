import { type Config, loadConfig, loadReadyConfig, type ReadyConfig } from '@contact-sync/config';
import { createHub, type Hub, openLog } from '@contact-sync/hub';
import { runningDatabases } from './running.ts';
import type { ExitCode, Surroundings } from './surroundings.ts';

/** The configuration as it stands; databases that nobody gave and no `up` runs are `null`. @throws {ConfigError} */
export const configured = async (around: Surroundings): Promise<Config> =>
  loadConfig(await runningDatabases(around.env));

/** The configuration of a command that needs the databases. @throws {ConfigError} */
export const ready = async (around: Surroundings): Promise<ReadyConfig> =>
  loadReadyConfig(await runningDatabases(around.env));

/** Opens the hub for one command and closes it. Nothing but warnings is logged, unless LOG_LEVEL asks for more. */
export async function withHub(around: Surroundings, use: (hub: Hub) => Promise<ExitCode>): Promise<ExitCode> {
  const config = await ready(around);
  const hub = await createHub(config, openLog(around.env.LOG_LEVEL?.trim() ? config.log_level : 'warn'));
  try {
    return await use(hub);
  } finally {
    await hub.close();
  }
}
