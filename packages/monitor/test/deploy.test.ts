/** What deploy/ asks Prometheus for, against what a scrape really shows. */
import { readFile } from 'node:fs/promises';
import { ALERTS } from '@contact-sync/sync';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createMetrics, METRICS } from '../src/metrics/metrics.ts';
import { parseExposition } from './exposition.ts';
import { parsePromql } from './promql.ts';
import { FULL } from './reports.ts';

const read = (path: string) => readFile(new URL(`../../../deploy/${path}`, import.meta.url), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: { readonly summary: string; readonly description: string };
}
interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string; readonly datasource: object }[];
}
interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly query: unknown }[];
  };
}

/** Put on every series by Prometheus itself. */
const TARGET = ['job', 'instance'];
/** Made by Prometheus itself. */
const BUILT_IN = new Map([
  ['up', TARGET],
  ['ALERTS', ['alertname', 'alertstate', 'severity']],
]);
/** On no panel and in no rule, each for a reason. None now. */
const UNUSED: readonly string[] = [];

let rules: readonly Rule[];
let dashboard: Dashboard;
/** The labels of each metric that a scrape of a hub shows, its process among them, and every value they may have. */
let shown: ReadonlyMap<string, ReadonlyMap<string, (value: string) => boolean>>;

beforeAll(async () => {
  const { groups }: { groups: readonly { readonly rules: readonly Rule[] }[] } = parse(
    await read('prometheus/alerts.yml'),
  );
  rules = groups.flatMap((group) => group.rules);
  dashboard = JSON.parse(await read('grafana/dashboard.json'));
  const { series } = parseExposition(await createMetrics(async () => FULL).text());
  const described = new Map(METRICS.map(({ name, labels }) => [name, labels]));
  shown = new Map(
    [...Map.groupBy(series, ({ name }) => name)].map(([name, all]) => {
      const labels = new Set(all.flatMap((one) => Object.keys(one.labels)));
      const allows = (label: string) => {
        const allowed = described.get(name)?.[label] ?? all.map((one) => one.labels[label]);
        return (value: string) => ('like' in allowed ? allowed.like.test(value) : allowed.includes(value));
      };
      return [name, new Map([...labels].map((label) => [label, allows(label)]))];
    }),
  );
});

const expressions = () => [
  ...rules.map(({ alert, expr }) => ({ where: `the rule ${alert}`, expr })),
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ where: `the panel ${title}`, expr })),
  ),
];

/** The labels that an expression may speak of. */
const labelsOf = (metric: string): readonly string[] =>
  BUILT_IN.get(metric) ?? [...TARGET, ...(shown.get(metric)?.keys() ?? [])];

test('every metric and every label that is asked for is one that a scrape shows, with a value that it may have', () => {
  for (const { where, expr } of expressions()) {
    const { selectors, grouped } = parsePromql(expr);
    expect(selectors.length, where).toBeGreaterThan(0);
    for (const { metric, matchers } of selectors) {
      expect([...shown.keys(), ...BUILT_IN.keys()], where).toContain(metric);
      for (const { label, op, value } of matchers) {
        expect(labelsOf(metric), `${where}: ${metric}`).toContain(label);
        const possible = shown.get(metric)?.get(label);
        if (op === '=' && possible !== undefined) expect(possible(value), `${where}: ${label}="${value}"`).toBe(true);
        if (label === 'job') expect(value, where).toBe('contact-sync');
      }
    }
    const known = selectors.flatMap(({ metric }) => labelsOf(metric));
    for (const label of grouped) expect(known, where).toContain(label);
  }
});

test('every metric of the hub is on the dashboard or in a rule, or is named as one that is not', () => {
  const asked = new Set(expressions().flatMap(({ expr }) => parsePromql(expr).selectors.map(({ metric }) => metric)));
  const missing = METRICS.map(({ name }) => name).filter((name) => !asked.has(name));
  expect(missing.sort()).toEqual([...UNUSED].sort());
});

describe('the rules', () => {
  test('are about each alert of the hub, and about the hub being gone', () => {
    const codes = new Set(rules.flatMap(({ labels }) => labels.code ?? []));
    expect([...codes].sort()).toEqual([...ALERTS].sort());
    expect(rules.some(({ expr }) => /\bup\{.*== 0/.test(expr) && expr.includes('absent(up{'))).toBe(true);
  });

  test('wait a while, have a severity, and say what is wrong and what to do', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, for: wait, labels, annotations } of rules) {
      expect(alert).toMatch(/^ContactSync[A-Z]\w+$/);
      expect(wait, alert).toMatch(/^\d+[sm]$/);
      expect(['critical', 'warning'], alert).toContain(labels.severity);
      expect(annotations.summary.length, alert).toBeGreaterThan(10);
      expect(annotations.description.length, alert).toBeGreaterThan(60);
    }
  });

  test('name in what they say only labels that their series have', () => {
    for (const { alert, expr, annotations } of rules) {
      const { selectors, grouped } = parsePromql(expr);
      const kept = /^sum by/.test(expr) ? grouped : selectors.flatMap(({ metric }) => labelsOf(metric));
      for (const text of Object.values(annotations))
        for (const [, label] of text.matchAll(/\$labels\.(\w+)/g)) expect(kept, alert).toContain(label);
    }
  });
});

describe('the dashboard', () => {
  test('has a row for each matter, and panels that do not lie on each other', () => {
    const rows = dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title);
    expect(rows).toEqual(['Overview', 'Latency', 'Backlog', 'Errors', 'Queues', 'Drift', 'Alerts', 'Process']);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const cells = new Set<string>();
    for (const { title, gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(cells.has(`${x} ${y}`), title).toBe(false);
          cells.add(`${x} ${y}`);
        }
    }
  });

  test('asks the data source that is chosen, and names in legends only labels that are left', () => {
    const { list } = dashboard.templating;
    expect(list.find(({ name }) => name === 'datasource')?.type).toBe('datasource');
    for (const { title, type, datasource, targets = [] } of dashboard.panels.filter((panel) => panel.type !== 'row')) {
      expect(datasource?.uid, `${title} ${type}`).toMatch(/^\$\{datasource\}$/);
      expect(targets.length, title).toBeGreaterThan(0);
      for (const { expr, legendFormat } of targets) {
        const { selectors, grouped } = parsePromql(expr);
        const kept = grouped.length > 0 ? grouped : selectors.flatMap(({ metric }) => labelsOf(metric));
        for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(kept, title).toContain(label);
      }
    }
    for (const [, metric] of JSON.stringify(list).matchAll(/label_values\((\w+)/g))
      expect([...shown.keys()]).toContain(metric);
  });
});

test('the example of a scrape asks for /metrics with the token, as the job that the rules know', async () => {
  const { scrape_configs, rule_files } = parse(await read('prometheus/prometheus.yml'));
  expect(rule_files).toEqual(['alerts.yml']);
  expect(scrape_configs).toEqual([
    {
      job_name: 'contact-sync',
      metrics_path: '/metrics',
      authorization: { credentials_file: expect.stringMatching(/^\//) },
      static_configs: [{ targets: ['127.0.0.1:3210'] }],
    },
  ]);
});

test.each(['sum(', 'up{job=}', 'rate(up[5m]', 'up and', '{job="x"}', 'sum by (system (up)'])(
  '%s is no PromQL that is taken',
  (expr) => {
    expect(() => parsePromql(expr)).toThrow(SyntaxError);
  },
);
