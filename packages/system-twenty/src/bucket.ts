import { setTimeout as sleep } from 'node:timers/promises';
import { ThrottledError } from '@contact-sync/sync';

/** Keeps the calls of one adapter within what the workspace is allowed. */
export interface Bucket {
  /** Resolves when a call may go out. @throws {ThrottledError} at once, if that would take too long. */
  take(): Promise<void>;
  /** The server says that the allowance is spent, perhaps by others: starts again from nothing. */
  drain(): void;
}

/**
 * @param perMinute how many calls are allowed a minute, and at most at once
 * @param maxWaitMs the longest that a call holds its worker
 */
export function startBucket(perMinute: number, maxWaitMs: number, now: () => number): Bucket {
  const msPerToken = 60_000 / perMinute;
  let tokens = perMinute;
  let filled = now();
  const fill = () => {
    const time = now();
    tokens = Math.min(perMinute, tokens + Math.max(0, time - filled) / msPerToken);
    filled = time;
  };
  return {
    async take() {
      fill();
      const wait = Math.ceil((1 - tokens) * msPerToken);
      if (wait > maxWaitMs)
        throw new ThrottledError('TWENTY_BUDGET_SPENT', `${perMinute} requests a minute are allowed and spent`, wait);
      // Taken before the wait, so that those who wait at the same time queue up behind each other.
      tokens -= 1;
      if (wait > 0) await sleep(wait);
    },
    drain() {
      fill();
      tokens = Math.min(tokens, 0);
    },
  };
}
