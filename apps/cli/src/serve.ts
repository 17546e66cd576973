import { openLog, runAlone } from '@contact-sync/hub';
import { startServer } from '@contact-sync/server';
import { startWorker } from '@contact-sync/worker';
import { ready } from './configuration.ts';
import type { ExitCode, Surroundings } from './surroundings.ts';

/** The server alone. */
export const serve = (around: Surroundings): Promise<ExitCode> =>
  alone(around, (hub) => startServer(hub, hub.config.server));

/** The worker alone. */
export const work = (around: Surroundings): Promise<ExitCode> => alone(around, startWorker);

async function alone(around: Surroundings, start: Parameters<typeof runAlone>[2]): Promise<ExitCode> {
  const config = await ready(around);
  return await runAlone(config, openLog(config.log_level), start);
}
