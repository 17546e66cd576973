/** Alerts for tests: kept in memory as the ledger keeps them, where only what is pure is looked at. */

import type { Alert, AlertChange, OpenAlert, System } from '@contact-sync/sync';
import { SYSTEMS } from '@contact-sync/sync';
import type { SystemSight } from '../../src/alerts/observation.ts';
import { type Observation, observationOf, type Thresholds } from '../../src/index.ts';
import { FULL } from '../reports.ts';

export const AT = FULL.at;

export const THRESHOLDS: Thresholds = {
  after_ms: 30_000,
  resolve_ms: 60_000,
  drift_percent: 5,
  latency_ms: 300_000,
  stall_ms: 300_000,
  skew_ms: 60_000,
};

const LEDGER = FULL.ledger;
if (LEDGER === null) throw new Error('everything is known');
const WORKERS = LEDGER.workers.map((worker) => ({ ...worker, waiting: {}, failing: {} }));

const quiet = (system: System): SystemSight => ({
  system,
  pending: 0,
  oldest_pending_s: null,
  inbox: 0,
  oldest_inbox_s: null,
  last_success: AT,
  dead_letters: 0,
  conflicts: 0,
  errors: [],
  finished: 40,
  latency: { count: 40, p50_ms: 250, p95_ms: 1_000, p99_ms: 4_000 },
  reachable: { ok: true, latency_ms: 10, detail: null, skew_ms: 0 },
  drift: { percent: 0, started_at: FULL.systems?.[0]?.drift?.started_at ?? never(), took_ms: 10 },
});

function never(): never {
  throw new Error('it is there');
}

/** Nothing is wrong, but for what is given. */
export const observed = (
  more: {
    readonly ledger?: Partial<Exclude<Observation['ledger'], null>>;
    readonly systems?: Partial<Record<System, Partial<SystemSight>>>;
    readonly report?: Partial<Observation>;
  } = {},
): Observation => ({
  ...observationOf(FULL),
  ledger: { ...(LEDGER ?? never()), conflicts: 0, dead_letters: 0, storms: [], workers: WORKERS, ...more.ledger },
  systems: SYSTEMS.map((system) => ({ ...quiet(system), ...more.systems?.[system] })),
  durability: { kind: 'redis', persistent: true, evicts: false, detail: 'AOF' },
  ...more.report,
});

/** One alert, as it fires. */
export const firing = (more: Partial<Alert> = {}): Alert => ({
  alert_id: '17',
  code: 'SYNC_FAILING',
  subject: 'system:twenty',
  severity: 'critical',
  state: 'firing',
  message: 'Twenty does not answer (TWENTY_DOWN).',
  advice: 'See `contact-sync doctor`.',
  value: null,
  since: '2026-11-28T06:00:00+00:00',
  fired_at: '2026-11-28T06:00:30+00:00',
  resolved_at: null,
  acknowledged_by: null,
  acknowledged_at: null,
  silenced_until: null,
  silenced_by: null,
  ...more,
});

/** What is open after these steps. */
export function taken(open: readonly OpenAlert[], changes: readonly AlertChange[]): readonly OpenAlert[] {
  const name = ({ code, subject }: Pick<Alert, 'code' | 'subject'>) => `${code} ${subject}`;
  const moved = new Map(changes.map((change) => [name(change), change]));
  const stayed = open.filter((alert) => !moved.has(name(alert)));
  return [
    ...stayed,
    ...changes.flatMap((change): OpenAlert[] => {
      if (change.state === 'gone' || change.state === 'resolved') return [];
      const { notices: _, ...rest } = change;
      const revision = (change.revision ?? 0) + 1;
      return [{ ...firing(), ...rest, alert_id: change.alert_id ?? name(change), revision, state: change.state }];
    }),
  ];
}
