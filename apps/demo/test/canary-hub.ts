/** The real process, between proxies that can fail and echo, with everything it says written down. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Sandbox, startSandbox } from '@contact-sync/sandbox';
import { type HttpProxy, openHttpProxy, openPostgresProxy } from '@contact-sync/testkit';
import pg from 'pg';
import { expect, vi } from 'vitest';
import { type Clients, connect } from '../src/clients.ts';
import type { Canaries } from './canaries.ts';

const CLI = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));
export const SOON = { timeout: 30_000, interval: 50 };

type Rows = readonly Record<string, unknown>[];

export interface CanaryHub {
  readonly sandbox: Sandbox;
  readonly clients: Clients;
  readonly proxies: Readonly<Record<'supabase' | 'twenty' | 'bigquery', HttpProxy>>;
  /** What the process is told. */
  readonly env: Readonly<Record<string, string>>;
  /** Where something was said, and what. */
  readonly answers: [where: string, text: string][];
  /** All that the process has printed. */
  log(): string;
  up(queueUrl: string): Promise<void>;
  down(): Promise<void>;
  /** Runs a program of Node in the environment of the hub. */
  run(args: readonly string[]): Promise<{ readonly code: number | null; readonly text: string }>;
  /** Asks the server and writes its answer down. @returns the status */
  heard(path: string, options?: RequestInit): Promise<number>;
  ledger(sql: string): Promise<Rows>;
  /** Cuts ledger and local database off. @returns what mends it */
  cutDatabases(): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** As the owner of a database, in no environment of the hub's. */
export async function asOwner(url: string | undefined, sql: string): Promise<Rows> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return (await client.query<Record<string, unknown>>(sql).finally(() => client.end())).rows;
}

export async function canaryHub(birds: Canaries): Promise<CanaryHub> {
  await using opened = new AsyncDisposableStack();
  const kept = async <P extends { close(): Promise<void> }>(opening: Promise<P>): Promise<P> => {
    const part = await opening;
    opened.defer(() => part.close());
    return part;
  };
  const sandbox = await kept(startSandbox({ twentyRequestsPerMinute: 10_000 }));
  const need = (name: string) => sandbox.env[name] ?? '';
  const [supabase, twenty, bigquery, ledgerDoor, localDoor] = await Promise.all([
    kept(openHttpProxy(need('SUPABASE_URL'))),
    kept(openHttpProxy(need('TWENTY_URL'))),
    kept(openHttpProxy(need('BIGQUERY_EMULATOR_HOST'))),
    kept(openPostgresProxy(need('LEDGER_URL'))),
    kept(openPostgresProxy(need('LOCAL_URL'))),
  ]);
  const clients = connect(sandbox.env, sandbox.twenty?.userToken ?? '');
  opened.defer(clients.close);
  for (const name of ['SUPABASE_SECRET_KEY', 'SUPABASE_WEBHOOK_SECRET', 'TWENTY_API_KEY', 'TWENTY_WEBHOOK_SECRET'])
    birds.adopt(name, need(name));
  birds.adopt('the password of Postgres', decodeURIComponent(new URL(need('LEDGER_URL')).password));
  const env: Record<string, string> = {
    ...sandbox.env,
    LEDGER_URL: ledgerDoor.url,
    LOCAL_URL: localDoor.url,
    SUPABASE_URL: supabase.url,
    TWENTY_URL: twenty.url,
    BIGQUERY_EMULATOR_HOST: bigquery.url,
    API_TOKEN: birds.hatch('the token of the API'),
    BIGQUERY_POLL_MS: '300',
    SUPABASE_POLL_MS: '500',
    TWENTY_POLL_MS: '1000',
    SWEEP_MS: '500',
    SWEEP_GRACE_MS: '1000',
    LOG_LEVEL: 'trace',
    USER: 'tester',
  };

  let said = '';
  let running: { readonly child: ChildProcess; readonly ended: Promise<unknown> } | null = null;
  const start = (args: readonly string[], hear: (text: string) => void) => {
    const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH, ...env } });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', hear);
    return { child, ended: once(child, 'close') };
  };
  const down = async () => {
    running?.child.kill('SIGTERM');
    await running?.ended;
    running = null;
  };
  opened.defer(down);
  const answers: [string, string][] = [];
  const all = opened.move();
  return {
    sandbox,
    clients,
    proxies: { supabase, twenty, bigquery },
    env,
    answers,
    log: () => said,
    async up(queueUrl) {
      env.QUEUE_URL = queueUrl;
      const before = said.length;
      const { child, ended } = start([CLI, 'up'], (text) => {
        said += text;
      });
      running = { child, ended };
      await vi.waitUntil(() => said.includes('contact-sync is up', before) || child.exitCode !== null, SOON);
      expect(child.exitCode).toBeNull();
    },
    down,
    async run(args) {
      let text = '';
      const [code]: unknown[] = await start(args, (part) => {
        text += part;
      }).ended;
      return { code: typeof code === 'number' ? code : null, text };
    },
    async heard(path, options = {}) {
      const response = await fetch(`http://127.0.0.1:${env.PORT}${path}`, options);
      const text = JSON.stringify([...response.headers]) + (await response.text());
      answers.push([`the answer to ${options.method ?? 'GET'}`, text]);
      return response.status;
    },
    ledger: (sql) => asOwner(sandbox.env.LEDGER_URL, sql),
    async cutDatabases() {
      await Promise.all([ledgerDoor.cut(), localDoor.cut()]);
      return async () => void (await Promise.all([ledgerDoor.mend(), localDoor.mend()]));
    },
    close: () => all.disposeAsync(),
  };
}
