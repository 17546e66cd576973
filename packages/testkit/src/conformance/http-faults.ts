import type { HttpProxy, Passing, Verdict } from '../proxy/http.ts';
import type { Faults, Requests } from './rig.ts';

/** What the faults of a system that is spoken to by HTTP look like. */
export interface HttpSystem {
  /** Whether this request writes versions of the hub. */
  isWrite(passing: Passing): boolean;
  /** How the system asks to be left alone. */
  readonly busy: Verdict;
  /** What its gateway answers while it serves nobody. */
  readonly down: Verdict;
  /** What it takes in one request, and how it refuses more bytes. */
  readonly allowed: Requests['allowed'];
  readonly tooLarge: Verdict;
}

/** The faults that lie on the way to a system, by a proxy of the rig's own. */
export function httpFaults(
  proxy: HttpProxy,
  system: HttpSystem,
): Required<Pick<Faults, 'outage' | 'maintenance' | 'throttle' | 'loseAnswer' | 'stallAnswer'>> & {
  requests(): Requests;
} {
  let fault: ((passing: Passing) => Verdict) | null = null;
  const seen = { rows: 0, bytes: 0 };
  proxy.judge((passing) => {
    const told = fault?.(passing);
    if (told !== undefined || !system.isWrite(passing)) return told;
    const bytes = Buffer.byteLength(passing.body);
    if (bytes > system.allowed.bytes) return system.tooLarge;
    seen.bytes = Math.max(seen.bytes, bytes);
    seen.rows = Math.max(seen.rows, rowsOf(passing.body));
    return undefined;
  });
  const heal = async () => {
    fault = null;
  };
  const always = async (verdict: Verdict) => {
    fault = () => verdict;
    return heal;
  };
  const once = async (verdict: 'lose' | 'stall') => {
    fault = (passing) => {
      if (!system.isWrite(passing)) return undefined;
      fault = null;
      return verdict;
    };
    return heal;
  };
  return {
    async outage() {
      await proxy.cut();
      await refusing(proxy.url);
      return proxy.mend;
    },
    maintenance: () => always(system.down),
    throttle: () => always(system.busy),
    loseAnswer: () => once('lose'),
    stallAnswer: () => once('stall'),
    requests: () => ({ seen, allowed: system.allowed }),
  };
}

/** A batch is a JSON array, or an object with one under `rows`. */
function rowsOf(body: string): number {
  const batch: unknown = JSON.parse(body);
  const rows: unknown = Array.isArray(batch) ? batch : Reflect.get(Object(batch), 'rows');
  return Array.isArray(rows) ? rows.length : 1;
}

/** Until then a client may still hold connections that it does not know to be gone. */
async function refusing(url: string): Promise<void> {
  for (;;)
    try {
      await fetch(url);
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      if (Reflect.get(Object(cause), 'code') === 'ECONNREFUSED') return;
    }
}
