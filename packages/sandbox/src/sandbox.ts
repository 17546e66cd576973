import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BigQuerySandbox, startBigQuery } from './bigquery/index.ts';
import { freePort } from './free-port.ts';
import { type RunningPostgres, startPostgres } from './postgres/index.ts';
import { type LocalSupabase, startSupabase } from './supabase/index.ts';
import { startTwenty, type Twenty } from './twenty/index.ts';

/** `postgres` is the hub's own: ledger, queue and the local database. */
export const PARTS = ['postgres', 'bigquery', 'supabase', 'twenty'] as const;
export type Part = (typeof PARTS)[number];

export interface SandboxOptions {
  /** Default: all. */
  readonly only?: readonly Part[];
  /** Where Postgres keeps its data. Default: a temporary folder. */
  readonly dataDir?: string;
  /** What the local database is. Default: Postgres. */
  readonly local?: 'postgres' | 'sqlite';
  /** What Twenty allows a workspace. Default: 100, as the real one. */
  readonly twentyRequestsPerMinute?: number;
  /** Where the hub will listen; the sandbox sends its webhooks there. Default: a free port. */
  readonly hubPort?: number;
}

export interface Sandbox {
  /** The environment variables that point a hub at these parts, and at nothing else. */
  readonly env: Readonly<Record<string, string>>;
  readonly postgres: RunningPostgres | null;
  readonly bigquery: BigQuerySandbox | null;
  readonly supabase: LocalSupabase | null;
  readonly twenty: Twenty | null;
  close(): Promise<void>;
}

/** Starts local endpoints of the outside systems. A hub cannot tell them from the real ones but by their addresses. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const wanted = new Set(options.only ?? PARTS);
  const port = options.hubPort ?? (await freePort());
  const publicUrl = `http://127.0.0.1:${port}`;
  const secret = () => randomBytes(24).toString('base64url');
  const env: Record<string, string> = { PORT: String(port), PUBLIC_URL: publicUrl };
  await using started = new AsyncDisposableStack();
  const running = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const part = await starting;
    started.defer(() => part.close());
    return part;
  };

  /** Beside the folder of Postgres, which is Postgres' alone, or a temporary one. */
  const sqliteFile = async (): Promise<string> => {
    if (options.dataDir !== undefined) return `${options.dataDir}.sqlite`;
    const folder = await mkdtemp(join(tmpdir(), 'contact-sync-sqlite-'));
    started.defer(() => rm(folder, { recursive: true, force: true }));
    return join(folder, 'contacts.db');
  };

  const needsPostgres = wanted.has('postgres') || wanted.has('supabase');
  const postgres = needsPostgres
    ? await running(startPostgres(options.dataDir === undefined ? {} : { dataDir: options.dataDir }))
    : null;
  if (postgres && wanted.has('postgres')) {
    env.LEDGER_URL = await postgres.createDatabase('ledger');
    env.QUEUE_URL = await postgres.createDatabase('queue');
    env.LOCAL_URL =
      options.local === 'sqlite' ? `sqlite:${await sqliteFile()}` : await postgres.createDatabase('local');
  }

  const bigquery = wanted.has('bigquery') ? await running(startBigQuery({})) : null;
  if (bigquery) {
    env.BIGQUERY_PROJECT = bigquery.project;
    env.BIGQUERY_DATASET = 'contacts';
    env.BIGQUERY_EMULATOR_HOST = bigquery.host;
    // Nobody pays for it here; a query all the while would keep a small machine from its work.
    env.BIGQUERY_POLL_MS = '400';
  }

  let supabase: LocalSupabase | null = null;
  if (postgres && wanted.has('supabase')) {
    const webhook = { url: `${publicUrl}/webhooks/supabase`, secret: secret() };
    env.SUPABASE_DB_URL = await postgres.createDatabase('supabase');
    supabase = await running(startSupabase({ postgresUrl: env.SUPABASE_DB_URL, webhook }));
    env.SUPABASE_URL = supabase.url;
    env.SUPABASE_SECRET_KEY = supabase.secretKey;
    env.SUPABASE_WEBHOOK_SECRET = webhook.secret;
  }

  const { twentyRequestsPerMinute } = options;
  const allowance = twentyRequestsPerMinute === undefined ? {} : { requestsPerMinute: twentyRequestsPerMinute };
  const twenty = wanted.has('twenty') ? await running(startTwenty({ apiKey: `key-${secret()}`, ...allowance })) : null;
  if (twenty) {
    env.TWENTY_URL = twenty.url;
    env.TWENTY_API_KEY = twenty.apiKey;
    env.TWENTY_WEBHOOK_SECRET = secret();
    if (twentyRequestsPerMinute !== undefined) env.TWENTY_REQUESTS_PER_MINUTE = String(twentyRequestsPerMinute);
  }

  const all = started.move();
  return { env, postgres, bigquery, supabase, twenty, close: () => all.disposeAsync() };
}
