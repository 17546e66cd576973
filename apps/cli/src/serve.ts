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
    const running = await start(hub);
    return await untilStopped(log, async () => {
      await running.close();
      await hub.close();
    });
  } finally {
    await hub.close();
  }
}
