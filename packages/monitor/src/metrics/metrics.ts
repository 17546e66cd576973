import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { HealthReport } from '../monitor.ts';
import type { Family, LabelValues } from './family.ts';
import { HUB_FAMILIES } from './hub-families.ts';
import { QUEUE_FAMILIES } from './queue-families.ts';
import { SYSTEM_FAMILIES } from './system-families.ts';

/** What a scrape shows. */
export interface Metrics {
  /** Of {@link text}: Prometheus' own format, version 0.0.4. */
  readonly contentType: string;
  /** Counts anew. Never throws, and waits for the report a few seconds at most: what cannot be told is left out. */
  text(): Promise<string>;
}

/** A metric and what its labels may say. */
export interface MetricDescription {
  readonly name: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, LabelValues>>;
}

const SCRAPE_ERRORS = 'contact_sync_scrape_errors_total';
const SCRAPE_SECONDS = 'contact_sync_scrape_duration_seconds';
/** Prometheus waits 10 seconds by default. */
const REPORT_MS = 7_000;

const FAMILIES: readonly Family[] = [...HUB_FAMILIES, ...SYSTEM_FAMILIES, ...QUEUE_FAMILIES];

/** Every metric of the hub's own: beside them a scrape shows those of its process. */
export const METRICS: readonly MetricDescription[] = [
  ...FAMILIES.map(({ name, help, labels }) => ({ name, help, labels })),
  { name: SCRAPE_ERRORS, help: 'Scrapes that could not be told how the hub is.', labels: {} },
  { name: SCRAPE_SECONDS, help: 'How long the numbers of this scrape took to count.', labels: {} },
];

/**
 * Counts at the moment of asking, so that a number is as true after a restart as before, and only the fields that the
 * metrics name, so that no id can become a label.
 *
 * @param report how the hub is; asked for once for each {@link Metrics.text}
 */
export function createMetrics(report: () => Promise<HealthReport>): Metrics {
  let failures = 0;
  return {
    contentType: Registry.PROMETHEUS_CONTENT_TYPE,
    async text() {
      const started = performance.now();
      const known = await inTime(report);
      // One that is made anew has no series of a label that is no more.
      const registry = new Registry();
      const whole = known !== null && FAMILIES.map((family) => show(registry, family, known)).every((shown) => shown);
      if (!whole) failures += 1;
      new Counter({ name: SCRAPE_ERRORS, help: helpOf(SCRAPE_ERRORS), registers: [registry] }).inc(failures);
      const seconds = (performance.now() - started) / 1000;
      new Gauge({ name: SCRAPE_SECONDS, help: helpOf(SCRAPE_SECONDS), registers: [registry] }).set(seconds);
      return `${await registry.metrics()}\n${await ofProcess().metrics()}`;
    },
  };
}

const helpOf = (name: string): string => METRICS.find((metric) => metric.name === name)?.help ?? name;

/** @returns false when the report is not as it should be: whoever wrote it may be newer or older than this */
function show(registry: Registry, { name, help, labels, samples }: Family, report: HealthReport): boolean {
  try {
    const told = samples(report);
    // A gauge without labels begins at 0: what is not known is not 0.
    if (told.length === 0) return true;
    const gauge = new Gauge({ name, help, labelNames: Object.keys(labels), registers: [registry] });
    for (const { labels: of, value } of told) gauge.set(of, value);
    return true;
  } catch {
    return false;
  }
}

/** @returns `null`: it failed, or took too long */
async function inTime(report: () => Promise<HealthReport>): Promise<HealthReport | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, REPORT_MS, null);
  try {
    return await Promise.race([report(), late]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

let processRegistry: Registry | null = null;

/** Those of the process are the same whoever asks, and have watchers that nothing ends: one set of them. */
function ofProcess(): Registry {
  if (processRegistry === null) {
    processRegistry = new Registry();
    collectDefaultMetrics({ register: processRegistry });
  }
  return processRegistry;
}
