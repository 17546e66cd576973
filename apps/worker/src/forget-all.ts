import type { Forgotten, Log, RetentionLedger } from '@contact-sync/sync';

/** Rows of a kind at once: short enough that nobody waits long for what is locked meanwhile. */
const PAGE = 2_000;

/**
 * Forgets, page by page, what the ledger kept for so many days and needs no more.
 *
 * @throws {SyncError} what the ledger throws; the signal's reason
 */
export async function forgetAll(ledger: RetentionLedger, days: number, log: Log, signal: AbortSignal): Promise<void> {
  const all: Record<string, number> = {};
  for (let more = true; more; ) {
    signal.throwIfAborted();
    const forgotten: Forgotten = await ledger.forget(days, PAGE);
    more = false;
    for (const [kind, rows] of Object.entries(forgotten)) {
      all[kind] = (all[kind] ?? 0) + rows;
      if (rows > 0) more = true;
    }
  }
  if (Object.values(all).some((rows) => rows > 0)) log.info({ days, ...all }, 'what was kept long enough is forgotten');
}
