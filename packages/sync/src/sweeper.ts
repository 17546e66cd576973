import { coalesced } from './coalesced.ts';
import { faultFields } from './fault.ts';
import type { Parts } from './parts.ts';
import { sweep, sweepFailed } from './sweep.ts';

/** Sweeping that goes on until it is stopped. */
export interface Sweeper {
  /** Jobs failed: bury them without waiting for the next sweep. */
  failed(): void;
  /** Sweeps now. @returns when a sweep that began after this has ended well @throws what it failed with */
  now(): Promise<void>;
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
 * @param options.timed put around every sweep that is due, for whoever may not want it now: it need not run it, and throws
 *   nothing. What the sweep throws it throws for it to see
 * @param options.failed_after_ms milliseconds from a failed job to its burial, so that many are buried at once; default
 *   100
 */
export function startSweeper(
  parts: Parts,
  options: {
    readonly every_ms: number;
    readonly grace_ms: number;
    readonly failed_after_ms?: number;
    readonly timed?: (run: () => Promise<void>) => Promise<void>;
  },
): Sweeper {
  let last: number | null = null;
  let fault: { readonly error: unknown } | null = null;
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
      try {
        await sweep(parts, { grace_ms: options.grace_ms });
        fault = null;
      } catch (error) {
        fault = { error };
        throw error;
      }
      last = parts.ambient.now();
    }),
  );
  const failures = coalesced(guarded('burying failed jobs', () => sweepFailed(parts)));

  const now = async () => {
    await everything.request();
    if (fault !== null) throw fault.error;
  };
  const { timed } = options;
  const due = coalesced(() => (timed === undefined ? everything.request() : timed(now)));

  const { ambient } = parts;
  let callOffNext = () => {};
  const tick = () => {
    callOffNext = ambient.after(options.every_ms, tick);
    due.request();
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
    now,
    lastSweep: () => last,
    async stop() {
      callOffNext();
      callOffSoon?.();
      await Promise.all([due.stop(), everything.stop(), failures.stop()]);
    },
  };
}
