import type { AlertLedger, Ambient, Log } from '@contact-sync/sync';
import type { Patience, Sender } from './sender.ts';

/** How many notices of a round were taken, and how many were not. */
export interface Delivered {
  readonly sent: number;
  readonly failed: number;
}

/** What a courier works with. */
export interface CourierParts {
  readonly alerts: AlertLedger;
  readonly sender: Sender;
  readonly patience: Patience;
  readonly ambient: Ambient;
  readonly log: Log;
}

/**
 * Brings the notices that the ledger keeps for one sink there, one by one: each is claimed first, so that several processes
 * never tell the same at once, and marked afterwards, so that a crash between both tells it once more and never not at all.
 *
 * @throws {SyncError} what the ledger throws
 */
export async function deliver(parts: CourierParts, signal: AbortSignal): Promise<Delivered> {
  const { alerts, sender, patience, ambient, log } = parts;
  const sink = sender.sink.name;
  let [sent, failed] = [0, 0];
  while (sent + failed < patience.most && !signal.aborted) {
    const notice = await alerts.claimNotice(sink, patience.lease_ms);
    if (notice === null) break;
    const came = await sender.send(notice, signal);
    if (came.outcome === 'sent') {
      await alerts.noticeSent(notice);
      sent += 1;
      continue;
    }
    if (came.outcome === 'left') {
      await alerts.noticeFailed(notice, came.wait_ms, null);
      break;
    }
    const wait = waitAfter(patience, notice.attempts, ambient.random());
    await alerts.noticeFailed(notice, wait, came.code);
    const { notice_id, attempts, alert } = notice;
    log.warn(
      { sink, notice_id, alert_id: alert.alert_id, code: came.code, attempts, retry_in_ms: wait },
      'people could not be told of an alert',
    );
    failed += 1;
  }
  return { sent, failed };
}

/** Milliseconds: half of the ceiling is certain, the rest by chance. @param random uniform in [0, 1) */
export const waitAfter = ({ base_ms, cap_ms }: Patience, attempts: number, random: number): number =>
  Math.round(Math.min(cap_ms, base_ms * 2 ** Math.max(0, attempts - 1)) * (0.5 + random / 2));
