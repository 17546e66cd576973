/** Everything at a glance. */
import type { HealthReport, Monitor } from '@contact-sync/monitor';
import { remembered } from '@contact-sync/monitor';
import { attention, type Desk, type LedgerStatus, type Parts, SYSTEMS, type System } from '@contact-sync/sync';
import type { Readiness } from '../readiness.ts';
import type { Told } from './told.ts';

type Overview = Told<'overview'>;

const HOUR_MS = 3_600_000;
const STRETCH_MS = 60_000;
const LATEST = 20;
/** What does not answer in this time is not told. */
const PATIENCE_MS = 2_500;
/** However many ask: this seldom. */
const FRESH_MS = 250;
/** People look for drift now and then. */
const LOOKS_FRESH_MS = 10_000;
/** Counted over minutes: so soon nothing of it is news. */
const HEALTH_FRESH_MS = 10_000;
const MOST_ALERTS = 100;

/**
 * @param ready what answers
 * @param monitor of what watches: the alerts, and the health, which may be old
 * @returns a function that tells what it can find out within a few seconds, and never throws
 */
export function createOverview(
  parts: Parts,
  desk: Desk,
  ready: () => Promise<Readiness>,
  monitor: Pick<Monitor, 'alerts' | 'health'>,
): () => Promise<Overview> {
  const healthy = remembered(HEALTH_FRESH_MS, () => monitor.health());
  const looks = remembered(LOOKS_FRESH_MS, () => desk.lastLooks());
  return remembered(FRESH_MS, async () => {
    const now = parts.ambient.now();
    // From a full minute on: the same stretches each time that somebody looks.
    const since = new Date(Math.floor((now - HOUR_MS) / STRETCH_MS) * STRETCH_MS).toISOString();
    const [{ status, ledger, queues, systems }, standing, counts, flow, latest, drift, alerts, health] =
      await Promise.all([
        ready(),
        told(parts.ledger.status()),
        told(parts.queues.counts()),
        told(desk.flow(since, STRETCH_MS / 1_000)),
        told(desk.latest(LATEST)),
        told(looks()),
        told(monitor.alerts({ state: 'firing', limit: MOST_ALERTS })),
        told(healthy()),
      ]);
    const answering = SYSTEMS.map((system) => ({ system, ...systems[system] }));
    return {
      at: new Date(now).toISOString(),
      status,
      attention: attention({ ledger, queues, systems: answering, status: standing, counts }),
      alerts,
      ledger,
      queues,
      totals: standing === null ? null : totalsOf(standing),
      systems: answering.map((one) => ({
        ...one,
        ...waitingOf(standing, one.system),
        ...pastOf(health, one.system),
        drift: drift?.[one.system] ?? null,
      })),
      queue_counts: counts === null ? null : Object.entries(counts).map(([queue, jobs]) => ({ queue, ...jobs })),
      flow: flow ?? [],
      latest: latest ?? [],
    };
  });
}

const totalsOf = ({ contacts, conflicts, dead_letters }: LedgerStatus) => ({ contacts, conflicts, dead_letters });

function waitingOf(status: LedgerStatus | null, system: System) {
  const found = status?.systems.find((one) => one.system === system);
  return {
    pending: found?.pending ?? null,
    oldest_pending_s: found?.oldest_pending_s ?? null,
    inbox: found?.inbox ?? null,
    oldest_inbox_s: found?.oldest_inbox_s ?? null,
    last_success: found?.last_success ?? null,
    dead_letters: found?.dead_letters ?? null,
  };
}

function pastOf(health: HealthReport | null, system: System) {
  const found = health?.systems?.find((one) => one.system === system);
  return { latency: found?.latency ?? null, errors: found?.errors ?? null };
}

/** What went wrong is told by what answers and what does not. */
async function told<T>(asked: Promise<T>): Promise<T | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, PATIENCE_MS, null);
  try {
    return await Promise.race([asked.catch(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
}
