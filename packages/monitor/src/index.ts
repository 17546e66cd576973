export {
  AlertDesk,
  type Alerting,
  type AlertingParts,
  type AlertRound,
  createAlerting,
  type Observation,
  observationOf,
  PATIENCE,
  type Patience,
  type Sink,
  type SinkOptions,
  sinksOf,
  type Telling,
  type Thresholds,
} from './alerts/index.ts';
export { createHealth, type Health, type HealthOptions, type HealthParts, type Rates } from './health/health.ts';
export { remembered } from './health/remembered.ts';
export { type Stall, type StallSight, stallsOf } from './health/stalls.ts';
export type { LabelValues } from './metrics/family.ts';
export { createMetrics, METRICS, type MetricDescription, type Metrics } from './metrics/metrics.ts';
export type {
  Durability,
  HealthReport,
  Monitor,
  QueueReport,
  Reachable,
  ScheduleReport,
  SystemReport,
} from './monitor.ts';
export { type CatalogueEntry, catalogueOf, LEAST_MS, type Periods } from './schedules/catalogue.ts';
export { createScheduleDesk, type ScheduleDesk, type ScheduleQueue } from './schedules/schedules.ts';
export { createTurns, type RunOptions, type Turns, type TurnsOptions } from './schedules/turns.ts';
