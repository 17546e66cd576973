/** How long the services put up with the outside world: as the queues do, but for as long as somebody waits. */
import { SyncError, ThrottledError, TransientError } from '../errors.ts';
import type { Ambient } from '../ports.ts';

/** Attempts at what fails for a moment. What fails longer is left to whoever comes next: nobody waits here for minutes. */
const ATTEMPTS = 4;
const BASE_MS = 100;

/**
 * Runs it again when a system asked to wait, however often, and a few times when something failed for a moment.
 *
 * @throws {SyncError} what waiting does not mend, or the last fault met when the signal is aborted
 */
export async function patiently<T>(ambient: Ambient, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; ) {
    try {
      return await run();
    } catch (error) {
      const throttled = error instanceof ThrottledError;
      if (!(error instanceof SyncError) || signal.aborted) throw error;
      if (!throttled && (!(error instanceof TransientError) || attempt === ATTEMPTS)) throw error;
      if (!throttled) attempt++;
      const ms = throttled ? error.retryAfterMs : BASE_MS * 2 ** attempt * (0.5 + ambient.random() / 2);
      await pause(ambient, ms, signal);
      if (signal.aborted) throw error;
    }
  }
}

/** Resolves after so many milliseconds, or as soon as the signal is aborted. */
export function pause(ambient: Ambient, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const callOff = ambient.after(ms, resolve);
  const wake = () => resolve();
  signal.addEventListener('abort', wake, { once: true });
  return promise.finally(() => {
    callOff();
    signal.removeEventListener('abort', wake);
  });
}

/** Aborted by the caller's signal, or when the time is up. `close` takes the timer back. */
export function bounded(
  ambient: Ambient,
  ms: number,
  signal: AbortSignal | undefined,
): { readonly signal: AbortSignal; close(): void } {
  const late = new AbortController();
  const callOff = ambient.after(ms, () => late.abort(new Error('the time is up')));
  return { signal: signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]), close: callOff };
}
