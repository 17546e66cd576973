/** A whole hub on a sandbox, with doors to its parts that can be shut, and a webhook that keeps what it is told. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { isReady, loadConfig } from '@contact-sync/config';
import { createHub, type Hub } from '@contact-sync/hub';
import { type Sandbox, startSandbox } from '@contact-sync/sandbox';
import type { AlertCode, Log } from '@contact-sync/sync';
import { type HttpProxy, openHttpProxy, openPostgresProxy, type PostgresProxy } from '@contact-sync/testkit';
import { type RunningWorker, startWorker } from '@contact-sync/worker';
import pg from 'pg';
import { expect, vi } from 'vitest';
import { type Clients, connect } from '../src/clients.ts';

/** So little is much, so that nobody waits for minutes. */
const IMPATIENT = {
  ALERT_EVERY_MS: '3600000',
  ALERT_AFTER_MS: '0',
  ALERT_RESOLVE_MS: '0',
  ALERT_LATENCY_MS: '1500',
  ALERT_STALL_MS: '1000',
  ALERT_SKEW_MS: '30000',
  ECHO_STORM_VERSIONS: '8',
  // What runs by itself would look in between.
  DRIFT_MS: '86400000',
  TWENTY_DRIFT_MS: '86400000',
  TWENTY_POLL_MS: '500',
  BIGQUERY_POLL_MS: '500',
  SWEEP_MS: '500',
  SWEEP_GRACE_MS: '500',
} as const;
const WINDOW_S = 2;
const SOON = { timeout: 25_000, interval: 100 };
const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

export interface AlertsRig {
  readonly hub: Hub;
  readonly sandbox: Sandbox;
  readonly clients: Clients;
  readonly twenty: HttpProxy;
  readonly ledger: PostgresProxy;
  readonly queue: PostgresProxy;
  worker(): RunningWorker;
  restartWorker(): Promise<void>;
  /** Rounds until the alert fires. @returns its message */
  fires(code: AlertCode, subject: string): Promise<string>;
  /** Rounds until it is over; then sees that people were told once that it began, and once that it ended. */
  resolves(code: AlertCode, subject: string): Promise<void>;
  /** A contact born in the local database, once all systems have it. @returns contact id and row id */
  born(title: string): Promise<{ readonly contact_id: string; readonly row: string }>;
  /** On the tables of the ledger, as their owner. */
  sql(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** What the webhook was told, as text. */
  readonly told: readonly string[];
  close(): Promise<void>;
}

export async function openAlerts(): Promise<AlertsRig> {
  await using stack = new AsyncDisposableStack();
  const sandbox = await startSandbox({ twentyRequestsPerMinute: 60_000 });
  stack.defer(() => sandbox.close());
  const twenty = await openHttpProxy(sandbox.env.TWENTY_URL ?? '');
  stack.defer(() => twenty.close());
  const [ledger, queue] = await Promise.all([
    openPostgresProxy(sandbox.env.LEDGER_URL ?? ''),
    openPostgresProxy(sandbox.env.QUEUE_URL ?? ''),
  ]);
  stack.defer(async () => void (await Promise.all([ledger.close(), queue.close()])));
  const told: string[] = [];
  const hook = createServer(async (request, response) => {
    const { text } = (await json(request)) as { readonly text: string };
    told.push(text);
    response.end('ok');
  });
  hook.listen(0, '127.0.0.1');
  await once(hook, 'listening');
  stack.defer(async () => {
    hook.close();
    hook.closeAllConnections();
    await once(hook, 'close').catch(() => undefined);
  });
  const { port } = hook.address() as AddressInfo;
  const env = {
    ...sandbox.env,
    ...IMPATIENT,
    TWENTY_URL: twenty.url,
    LEDGER_URL: ledger.url,
    QUEUE_URL: queue.url,
    ALERT_WEBHOOK_URL: `http://127.0.0.1:${port}/hook`,
  };
  const config = loadConfig(env);
  if (!isReady(config)) throw new Error('the sandbox configures everything');
  const clients = connect(sandbox.env, sandbox.twenty?.userToken ?? '');
  stack.defer(() => clients.close());
  const hub = await createHub(config, SILENT, { closeness: { window_s: WINDOW_S, fresh_ms: 0 } });
  stack.defer(() => hub.close());
  for (const { part, error } of await hub.install()) if (error) throw new Error(`${part}: ${error.code}`);
  const start = () => startWorker(hub, { drain_ms: 500, outage: { base_ms: 50, cap_ms: 200 } });
  let worker = await start();
  stack.defer(() => worker.close());
  const pool = new pg.Pool({
    connectionString: sandbox.env.LEDGER_URL,
    max: 1,
    options: '-c search_path=contact_sync_ledger',
  });
  pool.on('error', () => undefined);
  stack.defer(() => pool.end());

  const of = (code: AlertCode, subject: string) => async () => {
    const alerts = await hub.monitor.alerts({ state: 'all', code });
    return alerts.filter((alert) => alert.subject === subject);
  };
  const all = stack.move();
  return {
    ...{ hub, sandbox, clients, twenty, ledger, queue, told },
    worker: () => worker,
    async restartWorker() {
      worker = await start();
    },
    fires: (code, subject) =>
      vi.waitFor(async () => {
        await hub.alerting.round();
        const firing = (await of(code, subject)()).find(({ state }) => state === 'firing');
        if (firing === undefined) throw new Error(`${code} of ${subject} does not fire`);
        return firing.message;
      }, SOON),
    async resolves(code, subject) {
      await vi.waitFor(async () => {
        await hub.alerting.round();
        const alerts = await of(code, subject)();
        if (alerts.some(({ state }) => state !== 'resolved')) throw new Error(`${code} of ${subject} is not over`);
      }, SOON);
      const alerts = await of(code, subject)();
      const tellings = (event: string) => told.filter((text) => text.includes(`${event}: ${code} ${subject}.`)).length;
      expect({ [code]: [tellings('Firing'), tellings('Resolved')] }).toEqual({
        [code]: [alerts.length, alerts.length],
      });
      expect(alerts.length).toBeGreaterThan(0);
    },
    async born(title) {
      const { rows } = await clients.local.query(
        'insert into contacts (canonical_name, job_title) values ($1, $2) returning id',
        ['Ada Contact', title],
      );
      const row = String(rows[0]?.id);
      const contact_id = await vi.waitFor(async () => {
        const found = await clients.local.query('select contact_id from contacts where id = $1', [row]);
        const id = found.rows[0]?.contact_id;
        if (typeof id !== 'string') throw new Error('not named yet');
        const { data } = await clients.supabase.from('contacts').select('job_title').eq('contact_id', id).single();
        if (data?.job_title !== title) throw new Error('not in Supabase yet');
        return id;
      }, SOON);
      return { contact_id, row };
    },
    sql: async (text, values = []) => (await pool.query(text, [...values])).rows,
    close: () => all.disposeAsync(),
  };
}
