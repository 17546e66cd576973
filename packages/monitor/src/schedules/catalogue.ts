import { SCHEDULES, type ScheduleName, type System } from '@contact-sync/sync';

/** What the configuration says of how often things run, in milliseconds. See `Config` of `@contact-sync/config`. */
export interface Periods {
  readonly sync_ms: number;
  readonly sweep: { readonly every_ms: number };
  readonly poll_ms: Readonly<Record<System, number>>;
  readonly compare_ms: number;
  readonly drift_ms: Readonly<Record<System, number>>;
  readonly alerts: { readonly every_ms: number };
}

/** A schedule, and how often it runs. */
export interface CatalogueEntry {
  readonly name: ScheduleName;
  readonly every_ms: number;
}

/** No job scheduler is faster: what is to be quicker is done by the loops of the worker itself. */
export const LEAST_MS = 1_000;
/** What is older than so many days is forgotten: a day more or less is no matter. */
const RETENTION_MS = 24 * 60 * 60 * 1_000;

/** Every schedule with its period, in the order of their names' list. */
export function catalogueOf(periods: Periods): readonly CatalogueEntry[] {
  const every: Readonly<Record<ScheduleName, number>> = {
    sync: periods.sync_ms,
    sweep: periods.sweep.every_ms,
    'poll-bigquery': periods.poll_ms.bigquery,
    'poll-supabase': periods.poll_ms.supabase,
    'poll-local': periods.poll_ms.local,
    'poll-twenty': periods.poll_ms.twenty,
    'compare-twenty': periods.compare_ms,
    'drift-bigquery': periods.drift_ms.bigquery,
    'drift-supabase': periods.drift_ms.supabase,
    'drift-local': periods.drift_ms.local,
    'drift-twenty': periods.drift_ms.twenty,
    alerts: periods.alerts.every_ms,
    retention: RETENTION_MS,
  };
  return SCHEDULES.map((name) => ({ name, every_ms: Math.max(LEAST_MS, every[name]) }));
}
