/** What alerts are judged by: everything that was seen of the hub at one moment. */
import type { DriftReport, System } from '@contact-sync/sync';
import type { HealthReport, SystemReport } from '../monitor.ts';

/** How much is too much, and how long it has to be. */
export interface Thresholds {
  /** Wrong for so long before it fires; right for so long before it counts as over. */
  readonly after_ms: number;
  readonly resolve_ms: number;
  /** Per cent of a system's records. */
  readonly drift_percent: number;
  /** The 95th percentile, and the age of the oldest that waits. */
  readonly latency_ms: number;
  /** Work waits, and nothing was finished. */
  readonly stall_ms: number;
  /** A system's clock against ours. */
  readonly skew_ms: number;
}

/** A {@link HealthReport} without what is concluded from it. `null`: it could not be seen, which says nothing either way. */
export type Observation = Pick<HealthReport, 'at' | 'down' | 'ledger' | 'systems' | 'queues' | 'durability'>;

/** One system of an {@link Observation}. */
export type SystemSight = SystemReport;

/**
 * @param looks the last looks for drift, where they are newer than those of the report
 */
export function observationOf(
  report: HealthReport,
  looks?: Readonly<Record<System, Pick<DriftReport, 'percent' | 'started_at' | 'took_ms'> | null>>,
): Observation {
  const { at, down, ledger, systems, queues, durability } = report;
  const seen = systems?.map((standing) => ({ ...standing, drift: looks?.[standing.system] ?? standing.drift })) ?? null;
  return { at, down, ledger, systems: seen, queues, durability };
}
