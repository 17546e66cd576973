/** Reports on health for tests. */

import { contactId, fromMillis } from '@contact-sync/contact';
import { ALERTS, SYSTEMS, WORK_QUEUES } from '@contact-sync/sync';
import type { HealthReport, QueueReport } from '../src/monitor.ts';

const AT = '2026-11-28T06:00:00.000Z';
const nothing = {
  since: AT,
  fired_at: AT,
  resolved_at: null,
  acknowledged_by: null,
  acknowledged_at: null,
  silenced_until: null,
  silenced_by: null,
  value: null,
};

/** Everything is known, and of everything there is some. */
export const FULL: HealthReport = {
  at: AT,
  status: 'degraded',
  down: [],
  ledger: {
    at: AT,
    window_s: 300,
    contacts: 100_000,
    conflicts: 2,
    dead_letters: 4,
    storms: [{ contact_id: contactId('9007199254740993'), versions: 61 }],
    workers: [
      {
        worker_id: 'w1',
        started_at: AT,
        beat_at: AT,
        waiting: { 'propagate-twenty': 'TWENTY_DOWN' },
        failing: { twenty: 'TWENTY_DOWN' },
      },
    ],
  },
  systems: SYSTEMS.map((system) => ({
    system,
    pending: 3,
    oldest_pending_s: 12.5,
    inbox: 1,
    oldest_inbox_s: 2,
    last_success: AT,
    dead_letters: 1,
    conflicts: 2,
    errors: [{ code: 'SUPABASE_DOWN', open: 1, recent: 5, per_minute: 1 }],
    finished: 40,
    latency: { count: 40, p50_ms: 250, p95_ms: 1_000, p99_ms: 4_000 },
    reachable: { ok: system !== 'twenty', latency_ms: 12, detail: null, skew_ms: -1_500 },
    drift: { percent: 7, started_at: fromMillis(Date.parse(AT)), took_ms: 900 },
  })),
  queues: [...WORK_QUEUES, ...WORK_QUEUES.map((queue) => `${queue}-dead` as const), 'conflicts' as const].map(
    (queue): QueueReport => ({
      queue,
      waiting: 5,
      active: 1,
      delayed: 2,
      failed: 0,
      completed_per_minute: 60,
      failed_per_minute: 0,
    }),
  ),
  durability: { kind: 'postgres', persistent: true, evicts: false, detail: 'kept in Postgres' },
  alerts: ALERTS.map((code, index) => ({
    ...nothing,
    alert_id: String(index),
    code,
    subject: 'hub',
    severity: 'warning' as const,
    state: 'firing' as const,
    message: 'it is so',
    advice: 'look',
  })),
};

/** Nothing is known: neither ledger nor queues answer. */
export const NOTHING: HealthReport = {
  at: AT,
  status: 'unavailable',
  down: [
    { part: 'ledger', detail: 'LEDGER_UNREACHABLE' },
    { part: 'queues', detail: 'QUEUE_UNREACHABLE' },
  ],
  ledger: null,
  systems: null,
  queues: null,
  durability: null,
  alerts: null,
};
