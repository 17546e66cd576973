/** What watches over the hub, put together from its parts. */
import type { ReadyConfig } from '@contact-sync/config';
import {
  AlertDesk,
  type Alerting,
  catalogueOf,
  createAlerting,
  createHealth,
  createScheduleDesk,
  type Health,
  type Monitor,
  observationOf,
  sinksOf,
} from '@contact-sync/monitor';
import { type Backend, type OpenQueues, type OpenSchedules, queueRates } from '@contact-sync/queue';
import type { OperatorLedger, Parts, Watching } from '@contact-sync/sync';

/** What a monitor looks at. */
export interface Watched {
  readonly config: ReadyConfig;
  readonly parts: Parts;
  readonly records: OperatorLedger;
  readonly watching: Watching;
  readonly backend: Backend;
  readonly queues: OpenQueues;
  readonly schedules: OpenSchedules;
}

/** How closely it looks; in production as it is. */
export interface Closeness {
  /** Over how many seconds rates and latencies are counted. */
  readonly window_s?: number;
  /** How old the answer of a system may be, in milliseconds. */
  readonly fresh_ms?: number;
}

/** What operators see, and what tells them unasked. */
export function createMonitor(
  { config, parts, records, watching, backend, queues, schedules }: Watched,
  closeness: Closeness = {},
): { readonly monitor: Monitor; readonly alerting: Alerting; readonly health: () => Promise<Health> } {
  const { ambient, log } = parts;
  const health = createHealth(
    {
      parts,
      watching,
      durability: () => backend.durability(),
      rates: (minutes) => queueRates(backend, queues, minutes, ambient.now()),
    },
    { storm_versions: config.storm_versions, stall_ms: config.alerts.stall_ms, ...closeness },
  );
  const alerts = new AlertDesk(watching.alerts, records);
  const monitor: Monitor = {
    health: async () => (await health()).report,
    alerts: (filter) => alerts.list(filter),
    acknowledge: (alertId, asker) => alerts.acknowledge(alertId, asker),
    silence: (alertId, minutes, asker) => alerts.silence(alertId, minutes, asker),
    ...createScheduleDesk(catalogueOf(config), watching.turns, schedules, records),
    drift: () => watching.seals.lastReports(),
  };
  const alerting = createAlerting({
    watching,
    observe: async () => observationOf((await health()).report),
    thresholds: config.alerts,
    sinks: sinksOf(config.alerts, log, () => ambient.now()),
    log,
    ambient,
  });
  return { monitor, alerting, health };
}
