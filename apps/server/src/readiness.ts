import { adapterOf, type Health, type Parts, SYSTEMS, SyncError, type System } from '@contact-sync/sync';
import { remembered } from './remembered.ts';

/** Whether one part answers. */
export interface Standing {
  readonly ok: boolean;
  readonly latency_ms: number;
  /** Why not, without anything secret. */
  readonly detail: string | null;
}

export interface Readiness {
  /** `unavailable`: the hub itself cannot take anything over. `degraded`: it can, and some system is away. */
  readonly status: 'ready' | 'degraded' | 'unavailable';
  readonly ledger: Standing;
  readonly queues: Standing;
  readonly systems: Readonly<Record<System, Standing>>;
}

const PROBE_MS = 2_500;
/** Probes of the systems cost requests that contacts need: however often readiness is asked for, this seldom. */
const FRESH_MS = 10_000;
/** Anybody may ask: who asks in a loop shall not keep the ledger and the queues from their work. */
const OWN_FRESH_MS = 250;

/** @returns a function that asks every part at once, each within a few seconds */
export function readiness(parts: Parts): () => Promise<Readiness> {
  const systems = Object.fromEntries(
    SYSTEMS.map((system) => [system, remembered(FRESH_MS, () => probe(() => adapterOf(parts, system).health()))]),
  );
  const own = remembered(OWN_FRESH_MS, () =>
    Promise.all([probe(() => parts.ledger.cursor('bigquery')), probe(() => parts.queues.counts())]),
  );
  return async () => {
    const [[ledger, queues], ...asked] = await Promise.all([
      own(),
      ...SYSTEMS.map(async (system) => [system, await systems[system]?.()] as const),
    ]);
    const served = ledger.ok && queues.ok;
    const whole = asked.every(([, standing]) => standing?.ok);
    return {
      status: !served ? 'unavailable' : whole ? 'ready' : 'degraded',
      ledger,
      queues,
      // One entry for each of SYSTEMS.
      systems: Object.fromEntries(asked) as Record<System, Standing>,
    };
  };
}

async function probe(ask: () => Promise<unknown>): Promise<Standing> {
  const start = performance.now();
  const told = (ok: boolean, detail: string | null) => ({
    ok,
    latency_ms: Math.round(performance.now() - start),
    detail,
  });
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimeout(resolve, PROBE_MS, 'late');
  try {
    const answer = await Promise.race([ask(), late]);
    if (answer === 'late') return told(false, 'no answer in time');
    return isHealth(answer) ? told(answer.ok, answer.detail) : told(true, null);
  } catch (error) {
    return told(false, error instanceof SyncError ? `${error.code}: ${error.message}` : 'UNKNOWN');
  } finally {
    clearTimeout(timer);
  }
}

const isHealth = (answer: unknown): answer is Health => typeof answer === 'object' && answer !== null && 'ok' in answer;
