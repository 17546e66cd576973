import { createHub, openLog, untilStopped } from '@contact-sync/hub';
import { startServer } from '@contact-sync/server';
import { startWorker } from '@contact-sync/worker';
import { ready } from './configuration.ts';
import type { ExitCode, Surroundings } from './surroundings.ts';

/** The server alone. */
export const serve = (around: Surroundings): Promise<ExitCode> =>
  alone(around, (hub) => startServer(hub, hub.config.server));

/** The worker alone. */
export const work = (around: Surroundings): Promise<ExitCode> => alone(around, (hub) => startWorker(hub));

async function alone(
  around: Surroundings,
  start: (hub: Awaited<ReturnType<typeof createHub>>) => Promise<{ close(): Promise<void> }>,
): Promise<ExitCode> {
  const config = await ready(around);
  const log = openLog(config.log_level);
  const hub = await createHub(config, log);
  try {
    const starting = start(hub);
    // Listens before it runs: whoever reads that it runs may stop it at once.
    const stopped = untilStopped(log, async () => {
      await (await starting).close();
      await hub.close();
    });
    await starting;
    return await stopped;
  } finally {
    await hub.close();
  }
}
