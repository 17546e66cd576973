import { contactId } from '@contact-sync/contact';
import { ALERTS, SYSTEMS } from '@contact-sync/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMetrics, METRICS } from '../src/metrics/metrics.ts';
import type { HealthReport, SystemReport } from '../src/monitor.ts';
import { familyOf, parseExposition, type Series } from './exposition.ts';
import { FULL, NOTHING } from './reports.ts';

const scraped = async (report: HealthReport) => parseExposition(await createMetrics(async () => report).text());
const told = (series: readonly Series[], name: string, labels: Record<string, string> = {}) =>
  series.find(
    (one) => one.name === name && Object.entries(labels).every(([label, value]) => one.labels[label] === value),
  )?.value;

test('a scrape tells what the report says, in seconds and shares', async () => {
  const { series } = await scraped(FULL);
  const twenty = { system: 'twenty' };
  expect(told(series, 'contact_sync_contacts')).toBe(100_000);
  expect(told(series, 'contact_sync_system_up', twenty)).toBe(0);
  expect(told(series, 'contact_sync_clock_skew_seconds', twenty)).toBe(-1.5);
  expect(told(series, 'contact_sync_latency_seconds', { ...twenty, quantile: '0.95' })).toBe(1);
  expect(told(series, 'contact_sync_drift_ratio', twenty)).toBeCloseTo(0.07);
  expect(told(series, 'contact_sync_last_success_timestamp_seconds', twenty)).toBe(Date.parse(FULL.at) / 1000);
  expect(told(series, 'contact_sync_errors_per_minute', { ...twenty, code: 'SUPABASE_DOWN' })).toBe(1);
  expect(told(series, 'contact_sync_queue_jobs', { queue: 'ingest', state: 'delayed' })).toBe(2);
  expect(told(series, 'contact_sync_queue_waits_for_system', { queue: 'propagate-twenty' })).toBe(1);
  expect(told(series, 'contact_sync_intake_failing', { system: 'local' })).toBe(0);
  expect(told(series, 'contact_sync_status', { status: 'degraded' })).toBe(1);
  expect(told(series, 'contact_sync_status', { status: 'ready' })).toBe(0);
  expect(told(series, 'contact_sync_alerts_firing', { code: 'DRIFT_HIGH' })).toBe(1);
  expect(told(series, 'contact_sync_scrape_errors_total')).toBe(0);
  expect(told(series, 'nodejs_eventloop_lag_seconds')).toBeTypeOf('number');
});

test('every metric is told of a whole report, by a name of the conventions, with the labels that are described', async () => {
  const { series, types } = await scraped(FULL);
  for (const { name, labels, help } of METRICS) {
    expect(name).toMatch(/^contact_sync_[a-z]+(_[a-z]+)*$/);
    expect(types.get(name)).toBe(name.endsWith('_total') ? 'counter' : 'gauge');
    expect(help).toMatch(/^[A-Z1].*\.$/);
    const own = series.filter((one) => one.name === name);
    expect(own, name).not.toHaveLength(0);
    for (const one of own) {
      expect(Object.keys(one.labels)).toEqual(Object.keys(labels));
      for (const [label, value] of Object.entries(one.labels)) {
        const allowed = labels[label] ?? [];
        expect('like' in allowed ? allowed.like.test(value) : allowed.includes(value), `${name} ${value}`).toBe(true);
      }
    }
  }
});

test('what cannot be told is absent, and not 0', async () => {
  const { series } = await scraped(NOTHING);
  const names = new Set(series.map(({ name }) => name).filter((name) => name.startsWith('contact_sync_')));
  expect([...names].sort()).toEqual([
    'contact_sync_part_up',
    'contact_sync_report_timestamp_seconds',
    'contact_sync_scrape_duration_seconds',
    'contact_sync_scrape_errors_total',
    'contact_sync_status',
  ]);
  expect(told(series, 'contact_sync_part_up', { part: 'ledger' })).toBe(0);

  const idle = (system: SystemReport): SystemReport => ({
    ...system,
    oldest_pending_s: null,
    last_success: null,
    latency: { count: 0, p50_ms: null, p95_ms: null, p99_ms: null },
    reachable: null,
    drift: null,
  });
  const quiet = await scraped({ ...FULL, systems: FULL.systems?.map(idle) ?? null, durability: null });
  const quietNames = new Set(quiet.series.map(({ name }) => name));
  for (const name of ['oldest_pending_seconds', 'latency_seconds', 'system_up', 'drift_ratio', 'queue_backend_evicts'])
    expect(quietNames).not.toContain(`contact_sync_${name}`);
  expect(told(quiet.series, 'contact_sync_latency_edits', { system: 'local' })).toBe(0);
});

test('a report that cannot be had is an error that is counted, and the rest is told', async () => {
  let fails = true;
  const metrics = createMetrics(async () => {
    if (fails) throw new Error('Jane Roe');
    return FULL;
  });
  await metrics.text();
  const text = await metrics.text();
  expect(text).not.toContain('Jane');
  expect(told(parseExposition(text).series, 'contact_sync_scrape_errors_total')).toBe(2);
  expect(told(parseExposition(text).series, 'process_resident_memory_bytes')).toBeGreaterThan(0);
  fails = false;
  const { series } = parseExposition(await metrics.text());
  expect(told(series, 'contact_sync_scrape_errors_total')).toBe(2);
  expect(told(series, 'contact_sync_contacts')).toBe(100_000);
});

test('of the codes of errors those that occur most keep their names, and the rest go together', async () => {
  const errors = Array.from({ length: 50 }, (_, n) => ({ code: `E_${n}`, open: n, recent: 0, per_minute: n }));
  errors.push({ code: 'jane@example.com', open: 1_000, recent: 0, per_minute: 0 });
  const { series } = await scraped({ ...FULL, systems: FULL.systems?.map((one) => ({ ...one, errors })) ?? null });
  const open = series.filter((one) => one.name === 'contact_sync_errors_open' && one.labels.system === 'local');
  expect(open).toHaveLength(21);
  expect(told(open, 'contact_sync_errors_open', { code: 'E_49' })).toBe(49);
  expect(told(open, 'contact_sync_errors_open', { code: 'other' })).toBe(1_000 + (29 * 30) / 2);
});

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('__proto__', 'a"b\\c\nd', '', 'A_CODE'),
);
const number = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 1e308, 5e-324));
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one);
const counts = { pending: number, inbox: number, dead_letters: number, conflicts: number, finished: number };
const system = fc.record({
  system: fc.oneof(fc.constantFrom(...SYSTEMS), text),
  ...counts,
  oldest_pending_s: maybe(number),
  oldest_inbox_s: maybe(number),
  last_success: maybe(text),
  errors: fc.array(fc.record({ code: text, open: number, recent: number, per_minute: number }), { maxLength: 60 }),
  latency: fc.record({ count: number, p50_ms: maybe(number), p95_ms: maybe(number), p99_ms: maybe(number) }),
  reachable: maybe(fc.record({ ok: fc.boolean(), latency_ms: number, detail: maybe(text), skew_ms: maybe(number) })),
  drift: maybe(fc.record({ percent: number, started_at: text, took_ms: number })),
});
const stated = { waiting: number, active: number, delayed: number, failed: number };
const hostile = fc.record({
  at: text,
  status: text,
  down: fc.array(fc.record({ part: text, detail: text })),
  ledger: maybe(
    fc.record({
      at: text,
      window_s: number,
      contacts: number,
      conflicts: number,
      dead_letters: number,
      storms: fc.array(fc.record({ contact_id: fc.constant(contactId('12345678901')), versions: number })),
      workers: fc.array(
        fc.record({
          worker_id: text,
          started_at: text,
          beat_at: text,
          waiting: fc.dictionary(text, text),
          failing: fc.dictionary(text, text),
        }),
      ),
    }),
  ),
  systems: maybe(fc.array(system, { maxLength: 12 })),
  queues: maybe(
    fc.array(
      fc.record({
        queue: fc.oneof(fc.constantFrom('ingest', 'conflicts'), text),
        ...stated,
        completed_per_minute: maybe(number),
        failed_per_minute: maybe(number),
      }),
      { maxLength: 20 },
    ),
  ),
  durability: maybe(
    fc.record({ kind: text, persistent: maybe(fc.boolean()), evicts: maybe(fc.boolean()), detail: text }),
  ),
  alerts: maybe(fc.array(fc.record({ code: fc.oneof(fc.constantFrom(...ALERTS), text), state: text, subject: text }))),
});

/** How many series each metric may have. */
const MOST = new Map(
  METRICS.map(({ name, labels }) => [
    name,
    Object.values(labels).reduce((most, allowed) => most * ('like' in allowed ? allowed.most : allowed.length), 1),
  ]),
);

test('however hostile a report is, the text is well formed, and its series are bounded and name no contact', async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (report) => {
      // What a ledger of another version might send.
      const { series, types } = await scraped(report as unknown as HealthReport);
      for (const [name, of] of Map.groupBy(series, (one) => familyOf(one.name, types)))
        if (name.startsWith('contact_sync_')) {
          expect(of.length).toBeLessThanOrEqual(MOST.get(name) ?? 0);
          for (const { labels, value } of of) {
            expect(Number.isFinite(value)).toBe(true);
            for (const label of Object.values(labels)) expect(label).toMatch(/^[\w.-]{1,64}$/);
          }
        }
      expect(JSON.stringify(series)).not.toContain('12345678901');
    }),
    { numRuns: 60 },
  );
});
