import { compareIds, completeRecords, deleteMissing } from './compare.ts';
import { PermanentError } from './errors.ts';
import { faultFields } from './fault.ts';
import { adapterOf, type Parts } from './parts.ts';
import { SYSTEMS, type System } from './ports.ts';

const TICK_MS = 60_000;
/** Between two pages: the allowance of requests is for edits first. */
const PACE_MS = 2_000;

/** Comparing that goes on until it is stopped. */
export interface Comparer {
  /** Compares the ids of a system now. @throws what it failed with, once that is logged, or why it was given up */
  now(system: System, lost?: AbortSignal): Promise<void>;
  /** Returns when a comparison under way was given up or has ended. */
  stop(): Promise<void>;
}

/**
 * Compares the ids of each system that forgets what was removed: soon after the start, for nobody knows what happened
 * while the hub was down, and every so often. Of all workers one does it. Faults are logged.
 *
 * @param options.every_ms milliseconds from one comparison of a system to the next
 * @param options.timed put around every comparison that is due, for whoever may not want it now: it need not run it, and
 *   throws nothing. What the comparison throws it throws for it to see
 * @param options.pace_ms milliseconds of rest between two pages; default 2 seconds
 */
export function startComparer(
  parts: Parts,
  options: {
    readonly every_ms: number;
    readonly pace_ms?: number;
    readonly timed?: (system: System, run: () => Promise<void>) => Promise<void>;
  },
): Comparer {
  const stopping = new AbortController();
  const { signal } = stopping;
  const rest = (ms: number) =>
    new Promise<void>((resolve) => {
      if (signal.aborted) return resolve();
      const callOff = parts.ambient.after(ms, end);
      function end() {
        signal.removeEventListener('abort', end);
        callOff();
        resolve();
      }
      signal.addEventListener('abort', end);
    });
  const tick = Math.min(TICK_MS, options.every_ms);

  async function once(system: System, lost?: AbortSignal): Promise<void> {
    try {
      const found = await compareIds(parts, system, async () => {
        await rest(options.pace_ms ?? PACE_MS);
        return !signal.aborted && lost?.aborted !== true;
      });
      if (found === null) return await parts.ledger.releaseComparison(system);
      const { linked, missing, incomplete } = found;
      const counts = { system, linked, missing: missing.length, incomplete: incomplete.length };
      parts.log[missing.length + incomplete.length > 0 ? 'info' : 'debug'](counts, 'ids compared');
      await completeRecords(parts, system, found);
      await deleteMissing(parts, system, found);
    } catch (error) {
      if (error instanceof PermanentError) {
        parts.log.error({ system, ...faultFields(error) }, 'ids cannot be compared to the end: a person has to look');
        throw error;
      }
      parts.log.warn({ system, ...faultFields(error) }, 'cannot compare ids: will try again');
      await parts.ledger.releaseComparison(system);
      throw error;
    }
  }

  const { timed = (_system, run) => run().catch(() => undefined) } = options;

  async function loop(system: System): Promise<void> {
    for (let every = tick; !signal.aborted; every = options.every_ms) {
      try {
        if (await parts.ledger.claimComparison(system, every)) await timed(system, () => once(system));
      } catch (error) {
        parts.log.debug({ system, ...faultFields(error) }, 'cannot take the turn to compare ids');
      }
      await rest(tick);
    }
  }

  const loops = SYSTEMS.filter((system) => adapterOf(parts, system).forgets_removed).map(loop);
  return {
    async now(system, lost) {
      // The loops of all workers know of it.
      await parts.ledger.claimComparison(system, 0);
      await once(system, lost);
      signal.throwIfAborted();
      lost?.throwIfAborted();
    },
    async stop() {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}
