import { coalesced } from './coalesced.ts';
import { faultFields } from './fault.ts';
import type { Parts } from './parts.ts';
import { sweep, sweepFailed } from './sweep.ts';

/** Sweeping that goes on until it is stopped. */
export interface Sweeper {
  /** Jobs failed: bury them without waiting for the next sweep. */
  failed(): void;
  /** When the last sweep ended well, as milliseconds since the Unix epoch; `null` before the first. */
  lastSweep(): number | null;
  /** Returns when the sweep under way has ended. */
  stop(): Promise<void>;
}

/**
 * Sweeps now and every so often. A sweep never overlaps another of this process, and a failing one is only logged.
 *
 * @param options.every_ms milliseconds from one sweep to the next
 * @param options.grace_ms see {@link SweepOptions}
 * @param options.failed_after_ms milliseconds from a failed job to its burial, so that many are buried at once; default
 *   100
 */
export function startSweeper(
  parts: Parts,
  options: { readonly every_ms: number; readonly grace_ms: number; readonly failed_after_ms?: number },
): Sweeper {
  let last: number | null = null;
  const guarded = (what: string, run: () => Promise<unknown>) => {
    let failing = false;
    return async () => {
      try {
        await run();
        failing = false;
      } catch (error) {
        // Every few seconds anew while a part is away: loud once is enough.
        parts.log[failing ? 'debug' : 'warn'](faultFields(error), `${what} failed: will try again`);
        failing = true;
      }
    };
  };
  const everything = coalesced(
    guarded('sweeping', async () => {
      await sweep(parts, { grace_ms: options.grace_ms });
      last = parts.ambient.now();
    }),
  );
  const failures = coalesced(guarded('burying failed jobs', () => sweepFailed(parts)));

  const { ambient } = parts;
  let callOffNext = () => {};
  const tick = () => {
    callOffNext = ambient.after(options.every_ms, tick);
    everything.request();
  };
  tick();
  let callOffSoon: (() => void) | null = null;
  return {
    failed() {
      callOffSoon ??= ambient.after(options.failed_after_ms ?? 100, () => {
        callOffSoon = null;
        failures.request();
      });
    },
    lastSweep: () => last,
    async stop() {
      callOffNext();
      callOffSoon?.();
      await Promise.all([everything.stop(), failures.stop()]);
    },
  };
}
