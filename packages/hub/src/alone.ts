import type { ReadyConfig } from '@contact-sync/config';
import type { Log } from '@contact-sync/sync';
import { createHub, type Hub } from './hub.ts';
import { untilStopped } from './stopping.ts';

/**
 * Runs one part on a hub of its own, until it is told to stop. It listens before it runs: whoever reads that it runs may
 * stop it at once.
 *
 * @param log of pino's kind, see {@link openLog}
 * @returns the exit code
 */
export async function runAlone(
  config: ReadyConfig,
  log: Log,
  start: (hub: Hub) => Promise<{ close(): Promise<void> }>,
): Promise<0> {
  const hub = await createHub(config, log);
  try {
    const starting = start(hub);
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
