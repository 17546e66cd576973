import { CHANNEL } from '@contact-sync/contacts-sql';
import pg from 'pg';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/**
 * Calls `wake` when the triggers notify, on a connection of its own. A lost connection is made again for as long as it
 * takes; then it wakes at once, for nobody can tell what was missed. Resolves after the first attempt, whether or not
 * the database is there.
 *
 * @returns ends it
 */
export async function listen(config: pg.ClientConfig, wake: () => void): Promise<() => Promise<void>> {
  let stopped = false;
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;
  let delay = FIRST_RETRY_MS;
  let connecting = Promise.resolve();

  const again = (lost: pg.Client) => {
    if (stopped || lost !== client) return;
    client = undefined;
    lost.end().catch(() => {});
    retry = setTimeout(() => connect(true), delay);
    retry.unref();
    delay = Math.min(delay * 2, LAST_RETRY_MS);
  };

  const connect = (reconnected: boolean): Promise<void> => {
    const mine = new pg.Client(config);
    client = mine;
    mine.on('error', () => again(mine));
    mine.on('end', () => again(mine));
    mine.on('notification', wake);
    connecting = (async () => {
      try {
        await mine.connect();
        await mine.query(`listen ${mine.escapeIdentifier(CHANNEL)}`);
        delay = FIRST_RETRY_MS;
        if (reconnected && !stopped) wake();
      } catch {
        again(mine);
      }
    })();
    return connecting;
  };

  await connect(false);
  return async () => {
    stopped = true;
    clearTimeout(retry);
    await connecting;
    await client?.end().catch(() => {});
  };
}
