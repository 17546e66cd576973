/** Everything that is known of the hub at one moment. */
import {
  adapterOf,
  type Durability,
  type LedgerHealth,
  type Parts,
  type QueueCounts,
  type QueueName,
  SYSTEMS,
  type System,
  type Watching,
  type WorkQueue,
} from '@contact-sync/sync';
import type { HealthReport, QueueReport, Reachable, SystemReport } from '../monitor.ts';
import { type Answer, answerOf } from './answer.ts';
import { remembered } from './remembered.ts';
import { type Stall, stallsOf } from './stalls.ts';

/** Jobs that ended in each minute. */
export type Rates = Readonly<
  Partial<
    Record<WorkQueue, { readonly completed_per_minute: number | null; readonly failed_per_minute: number | null }>
  >
>;

/** Whom the report is asked of. */
export interface HealthParts {
  readonly parts: Pick<Parts, 'queues' | 'canonical' | 'targets' | 'ambient'>;
  readonly watching: Pick<Watching, 'health' | 'seals' | 'alerts'>;
  /** Of the queues' backend. */
  durability(): Promise<Durability>;
  /** Of the queues, over so many minutes, counted by their backend. */
  rates(minutes: number): Promise<Rates>;
}

/** What is too much, and how long is waited. */
export interface HealthOptions {
  /** So many versions of a contact within a minute are a storm: `config.storm_versions`. */
  readonly storm_versions: number;
  /** How long work may wait without anything finished, in milliseconds: `config.alerts.stall_ms`. */
  readonly stall_ms: number;
  /** Over how many seconds rates and latencies are counted; default 300. */
  readonly window_s?: number;
  /** How long each is waited for, in milliseconds; default 2,500. */
  readonly patience_ms?: number;
  /**
   * How old the answers of the systems may be, whose requests contacts need, and of the queues' backend on how durable it
   * is; default 10,000 milliseconds, and a minute.
   */
  readonly fresh_ms?: number;
}

/** What was found, and what stands still of it. */
export interface Health {
  readonly report: HealthReport;
  /** Empty while all goes on, or where the ledger cannot tell. */
  readonly stalls: readonly Stall[];
}

const WINDOW_S = 300;
const PATIENCE_MS = 2_500;
const FRESH_MS = 10_000;
const DURABILITY_FRESH_MS = 60_000;
const MOST_ALERTS = 1_000;

/** @returns a function that asks everybody at once, waits a bounded time for each, and never throws */
export function createHealth(of: HealthParts, options: HealthOptions): () => Promise<Health> {
  const { parts, watching } = of;
  const { storm_versions, stall_ms, window_s = WINDOW_S, patience_ms = PATIENCE_MS } = options;
  const within = <T>(ask: () => Promise<T>) => answerOf(ask, patience_ms);
  const probes = Object.fromEntries(
    SYSTEMS.map((system) => [
      system,
      remembered(options.fresh_ms ?? FRESH_MS, () => within(() => reached(adapterOf(parts as Parts, system)))),
    ]),
  );
  const durability = remembered(options.fresh_ms ?? DURABILITY_FRESH_MS, () => within(() => of.durability()));
  return async () => {
    const [ledger, counts, rates, backend, looks, alerts, ...asked] = await Promise.all([
      within(() => watching.health.health(window_s, storm_versions)),
      within(() => parts.queues.counts()),
      within(() => of.rates(Math.max(1, Math.round(window_s / 60)))),
      durability(),
      within(() => watching.seals.lastReports()),
      within(() => watching.alerts.alerts({ state: 'firing', limit: MOST_ALERTS })),
      ...SYSTEMS.map(async (system) => [system, reachableOf(await probes[system]?.())] as const),
    ]);
    // One entry for each of SYSTEMS.
    const reachable = Object.fromEntries(asked) as Readonly<Record<System, Reachable | null>>;
    const stalls =
      ledger.value === null
        ? []
        : stallsOf(
            {
              ledger: ledger.value,
              up: (system) => reachable[system]?.ok ?? null,
              decided_per_minute: rates.value?.ingest?.completed_per_minute ?? null,
            },
            stall_ms,
          );
    const down = [...downOf('ledger', ledger), ...downOf('queues', counts)];
    return {
      stalls,
      report: {
        at: new Date(parts.ambient.now()).toISOString(),
        status: statusOf(down.length > 0, stalls, reachable),
        down,
        ledger: ledger.value === null ? null : withoutSystems(ledger.value),
        systems: systemsOf(ledger.value, reachable, looks.value),
        queues: counts.value === null ? null : queuesOf(counts.value, rates.value),
        durability: backend.value,
        alerts: alerts.value,
      },
    };
  };
}

/** One that does not answer in time serves nobody, whatever it would have said. */
function reachableOf(answer: Answer<Reachable> | undefined): Reachable | null {
  if (answer === undefined || answer.value !== null) return answer?.value ?? null;
  return { ok: false, latency_ms: 0, detail: 'detail' in answer ? answer.detail : null, skew_ms: null };
}

async function reached(adapter: ReturnType<typeof adapterOf>): Promise<Reachable> {
  const { ok, latency_ms, detail, skew_ms } = await adapter.health();
  return { ok, latency_ms, detail, skew_ms: skew_ms ?? null };
}

function downOf(part: 'ledger' | 'queues', answer: Answer<unknown>): HealthReport['down'] {
  return 'detail' in answer ? [{ part, detail: answer.detail }] : [];
}

function statusOf(
  away: boolean,
  stalls: readonly Stall[],
  reachable: Readonly<Record<System, Reachable | null>>,
): HealthReport['status'] {
  if (away) return 'unavailable';
  if (stalls.length > 0) return 'stalled';
  return SYSTEMS.every((system) => reachable[system]?.ok) ? 'ready' : 'degraded';
}

const withoutSystems = ({ systems: _, ...rest }: LedgerHealth): Omit<LedgerHealth, 'systems'> => rest;

const systemsOf = (
  ledger: LedgerHealth | null,
  reachable: Readonly<Record<System, Reachable | null>>,
  looks: Awaited<ReturnType<Watching['seals']['lastReports']>> | null,
): readonly SystemReport[] | null =>
  ledger?.systems.map((counted) => {
    const look = looks?.[counted.system] ?? null;
    return {
      ...counted,
      reachable: reachable[counted.system],
      drift: look === null ? null : { percent: look.percent, started_at: look.started_at, took_ms: look.took_ms },
    };
  }) ?? null;

const queuesOf = (counts: Readonly<Record<QueueName, QueueCounts>>, rates: Rates | null): readonly QueueReport[] =>
  (Object.keys(counts) as QueueName[]).map((queue) => ({
    queue,
    ...counts[queue],
    ...(rates?.[queue as WorkQueue] ?? { completed_per_minute: null, failed_per_minute: null }),
  }));
