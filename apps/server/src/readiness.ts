import type { Hub } from '@contact-sync/hub';
import { remembered, type Stall, stallsOf } from '@contact-sync/monitor';
import { queueRates } from '@contact-sync/queue';
import { adapterOf, type Health, type LedgerHealth, SYSTEMS, SyncError, type System } from '@contact-sync/sync';

/** Whether one part answers. */
export interface Standing {
  readonly ok: boolean;
  readonly latency_ms: number;
  /** Why not, without anything secret. */
  readonly detail: string | null;
}

export interface Readiness {
  /**
   * `unavailable`: the hub itself cannot take anything over. `stalled`: it can, and what it took over is not worked off.
   * `degraded`: it is, and some system is away.
   */
  readonly status: 'ready' | 'degraded' | 'stalled' | 'unavailable';
  readonly ledger: Standing;
  readonly queues: Standing;
  readonly systems: Readonly<Record<System, Standing>>;
  readonly progress: Progress;
}

/** Whether what waits is worked off. */
export interface Progress {
  /** `null`: nobody could tell in time. */
  readonly ok: boolean | null;
  /** What stands still, and since when; empty while all goes on. */
  readonly stalls: readonly Stall[];
}

const PROBE_MS = 2_500;
/** Probes of the systems cost requests that contacts need: however often readiness is asked for, this seldom. */
const FRESH_MS = 10_000;
/** Anybody may ask: who asks in a loop shall not keep the ledger and the queues from their work. */
const OWN_FRESH_MS = 250;

/** Whether work goes on is counted in many tables, and changes within minutes. */
const PROGRESS_FRESH_MS = 3_000;
/** No latencies are asked for: the shortest window is the cheapest, and is enough for what ended last. */
const WINDOW_S = 60;
const UNTOLD: Progress = { ok: null, stalls: [] };

/** What readiness is asked of. */
export type Asked = Pick<Hub, 'parts' | 'watching' | 'backend' | 'queues' | 'config'>;

/** @returns a function that asks every part at once, each within a few seconds */
export function readiness(hub: Asked): () => Promise<Readiness> {
  const { parts } = hub;
  const systems = Object.fromEntries(
    SYSTEMS.map((system) => [system, remembered(FRESH_MS, () => probe(() => adapterOf(parts, system).health()))]),
  );
  const own = remembered(OWN_FRESH_MS, () =>
    Promise.all([probe(() => parts.ledger.cursor('bigquery')), probe(() => parts.queues.counts())]),
  );
  const counted = remembered(PROGRESS_FRESH_MS, () => within(() => count(hub)));
  return async () => {
    const [[ledger, queues], found, ...asked] = await Promise.all([
      own(),
      counted(),
      ...SYSTEMS.map(async (system) => [system, await systems[system]?.()] as const),
    ]);
    // One entry for each of SYSTEMS.
    const standings = Object.fromEntries(asked) as Record<System, Standing>;
    const progress = found === null ? UNTOLD : progressOf(found, standings, hub.config.alerts.stall_ms);
    return {
      status: statusOf(ledger.ok && queues.ok, progress, standings),
      ledger,
      queues,
      systems: standings,
      progress,
    };
  };
}

interface Counted {
  readonly ledger: LedgerHealth;
  readonly decided_per_minute: number;
}

async function count({ watching, backend, queues, config, parts }: Asked): Promise<Counted> {
  const minutes = Math.max(1, Math.ceil(config.alerts.stall_ms / 60_000));
  const [ledger, rates] = await Promise.all([
    watching.health.health(WINDOW_S, config.storm_versions),
    queueRates(backend, queues, minutes, parts.ambient.now()),
  ]);
  return { ledger, decided_per_minute: rates.ingest.completed_per_minute };
}

function progressOf(
  { ledger, decided_per_minute }: Counted,
  standings: Readonly<Record<System, Standing>>,
  stall_ms: number,
): Progress {
  const stalls = stallsOf({ ledger, up: (system) => standings[system].ok, decided_per_minute }, stall_ms);
  return { ok: stalls.length === 0, stalls };
}

function statusOf(
  served: boolean,
  { ok }: Progress,
  standings: Readonly<Record<System, Standing>>,
): Readiness['status'] {
  if (!served) return 'unavailable';
  if (ok === false) return 'stalled';
  return SYSTEMS.every((system) => standings[system].ok) ? 'ready' : 'degraded';
}

/** @returns `null`: not in time, or not at all; of ledger and queues that is told already */
async function within<T>(ask: () => Promise<T>): Promise<T | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, PROBE_MS, null);
  try {
    return await Promise.race([ask().catch(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
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
