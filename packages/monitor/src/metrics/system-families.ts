/** What is told of each system. */
import { SYSTEMS, type System } from '@contact-sync/sync';
import type { HealthReport, SystemReport } from '../monitor.ts';
import { byCode, CODE, MOST_CODES, OTHER } from './codes.ts';
import { type Family, instant, type LabelValues, type Sample, sample, scaled } from './family.ts';

const SYSTEM = { system: SYSTEMS } as const;
const CODES: LabelValues = { like: new RegExp(`${CODE.source}|^${OTHER}$`), most: MOST_CODES + 1 };
const QUANTILES = { '0.5': 'p50_ms', '0.95': 'p95_ms', '0.99': 'p99_ms' } as const;

function each(report: HealthReport, tell: (system: SystemReport) => readonly Sample[]): readonly Sample[] {
  return SYSTEMS.flatMap((name) => {
    const system = report.systems?.find((one) => one.system === name);
    return system === undefined ? [] : tell(system);
  });
}

const perSystem = (
  name: string,
  help: string,
  value: (system: SystemReport) => Parameters<typeof sample>[0],
): Family => ({
  name,
  help,
  labels: SYSTEM,
  samples: (report) => each(report, (one) => sample(value(one), { system: one.system })),
});

/** 1 for each system that a worker names; workers that are not known say nothing. */
const named = (report: HealthReport, isNamed: (system: System) => boolean): readonly Sample[] =>
  report.ledger === null ? [] : SYSTEMS.flatMap((system) => sample(isNamed(system), { system }));

const errors = (name: string, help: string, which: 'open' | 'per_minute'): Family => ({
  name,
  help,
  labels: { ...SYSTEM, code: CODES },
  samples: (report) =>
    each(report, ({ system, errors: found }) =>
      [...byCode(found)].flatMap(([code, counts]) => sample(counts[which], { system, code })),
    ),
});

export const SYSTEM_FAMILIES: readonly Family[] = [
  perSystem(
    'contact_sync_system_up',
    'Whether the system answered when it was asked last.',
    ({ reachable }) => reachable?.ok,
  ),
  perSystem('contact_sync_system_probe_seconds', 'How long the system took to answer.', ({ reachable }) =>
    scaled(reachable?.latency_ms, 1000),
  ),
  perSystem(
    'contact_sync_clock_skew_seconds',
    'Seconds that the clock of the system is ahead of the clock of the hub; negative: behind.',
    ({ reachable }) => scaled(reachable?.skew_ms, 1000),
  ),
  {
    name: 'contact_sync_intake_failing',
    help: 'Whether some worker cannot read the edits of the system.',
    labels: SYSTEM,
    samples: (report) =>
      named(report, (system) => report.ledger?.workers.some(({ failing }) => Object.hasOwn(failing, system)) ?? false),
  },
  perSystem(
    'contact_sync_pending',
    'Contacts (of BigQuery: versions) that are behind and may go.',
    ({ pending }) => pending,
  ),
  perSystem(
    'contact_sync_oldest_pending_seconds',
    'Age of the oldest of what is pending; absent while nothing is.',
    ({ oldest_pending_s }) => oldest_pending_s,
  ),
  perSystem('contact_sync_inbox', 'Edits that were received and not decided over.', ({ inbox }) => inbox),
  perSystem(
    'contact_sync_oldest_inbox_seconds',
    'Age of the oldest of what is in the inbox; absent while nothing is.',
    ({ oldest_inbox_s }) => oldest_inbox_s,
  ),
  perSystem(
    'contact_sync_system_conflicts_open',
    'Open conflicts that hold back the system, or in which it has a candidate.',
    ({ conflicts }) => conflicts,
  ),
  perSystem('contact_sync_dead_letters_open', 'Open dead letters.', ({ dead_letters }) => dead_letters),
  perSystem('contact_sync_finished', 'Versions that came there within the window.', ({ finished }) => finished),
  perSystem(
    'contact_sync_last_success_timestamp_seconds',
    'When a delivery there, or an append to BigQuery, last went well.',
    ({ last_success }) => instant(last_success),
  ),
  {
    name: 'contact_sync_latency_seconds',
    help: 'From the edit until the system had it, over what arrived within the window.',
    labels: { ...SYSTEM, quantile: Object.keys(QUANTILES) },
    samples: (report) =>
      each(report, ({ system, latency }) =>
        Object.entries(QUANTILES).flatMap(([quantile, name]) =>
          sample(scaled(latency[name], 1000), { system, quantile }),
        ),
      ),
  },
  perSystem(
    'contact_sync_latency_edits',
    'Edits that the latencies of the window are counted over.',
    ({ latency }) => latency.count,
  ),
  errors('contact_sync_errors_open', 'Open dead letters by their codes.', 'open'),
  errors(
    'contact_sync_errors_per_minute',
    'Faults in each minute of the window, those that a retry mended among them.',
    'per_minute',
  ),
  perSystem('contact_sync_drift_ratio', 'Share of the records that had drifted at the last look.', ({ drift }) =>
    scaled(drift?.percent, 100),
  ),
  perSystem('contact_sync_drift_look_timestamp_seconds', 'When the last look for drift began.', ({ drift }) =>
    instant(drift?.started_at),
  ),
  perSystem('contact_sync_drift_look_seconds', 'How long the last look for drift took.', ({ drift }) =>
    scaled(drift?.took_ms, 1000),
  ),
];
