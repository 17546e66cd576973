/**
 * Scheduled sync: everything, everywhere, every five minutes. `npm run example:schedule`.
 *
 * Each run takes up what was edited since the systems were last read, and whatever is not in step; the first looks at every
 * record besides. A run never overlaps the next: the pause begins when it ends. Ctrl-C ends the one that runs between two
 * batches, and the next start goes on where it was.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openServices } from '@contact-sync/hub';
import { SyncError, type SyncSummary } from '@contact-sync/sync';

const every_ms = Number(process.env.SYNC_EVERY_MS ?? 5 * 60_000);
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
const { signal } = stop;

await using services = await openServices(process.env);
await services.install();

let last: SyncSummary | null = null;
while (!signal.aborted) {
  try {
    const lastSyncTime: string | undefined = last?.started_at;
    last = await services.bigquery.syncAllContacts({ signal, ...(lastSyncTime !== undefined && { lastSyncTime }) });
    console.log(JSON.stringify(last));
  } catch (error) {
    if (signal.aborted) break;
    // The ledger was away: nothing is lost, and the next run begins where this one did.
    if (!(error instanceof SyncError)) throw error;
    console.error(error.code);
  }
  await sleep(every_ms, undefined, { signal }).catch(() => undefined);
}
