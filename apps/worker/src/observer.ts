import type { Log, QueueObserver, WorkQueue } from '@contact-sync/sync';

/** A queue's standing as the log tells it: once for each change, however often the queue is probed. */
export interface Standings extends QueueObserver {
  /** The queues that wait for their system now, each with the code of the fault. */
  waitingNow(): Readonly<Partial<Record<WorkQueue, string>>>;
}

/** @param onFailed called when a job landed in the failed set */
export function standings(log: Log, onFailed: () => void): Standings {
  const waiting = new Map<WorkQueue, string>();
  return {
    waiting(queue, code, retry_in_ms) {
      if (waiting.get(queue) === code) return;
      waiting.set(queue, code);
      log.warn({ queue, code, retry_in_ms }, 'queue waits for its system');
    },
    flowing(queue) {
      if (waiting.delete(queue)) log.info({ queue }, 'queue flows again');
    },
    failed: onFailed,
    waitingNow: () => Object.fromEntries(waiting),
  };
}
