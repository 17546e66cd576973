import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { App } from '@supabase/lite';
import postgres from 'postgres';
import { FaithfulConnection } from './connection.ts';
import { exactFilters } from './exact-filters.ts';
import { serve } from './http.ts';
import { hushConsole, quietly } from './quiet.ts';
import { type Webhook, webhookSender } from './webhook-sender.ts';

export type { Webhook } from './webhook-sender.ts';

export interface SupabaseOptions {
  /** A database of its own on a real Postgres, as a superuser. */
  readonly postgresUrl: string;
  /** Default: any free one. */
  readonly port?: number | undefined;
  /** Default: a new random `sb_secret_…`. */
  readonly secretKey?: string | undefined;
  /** A Database Webhook on `public.contacts`, whenever that table appears. */
  readonly webhook?: Webhook | undefined;
}

export interface LocalSupabase {
  readonly url: string;
  /** Acts as `service_role`. */
  readonly secretKey: string;
  /** Acts as `anon`. */
  readonly publishableKey: string;
  /** While down, every request gets 503, as from the gateway of the hosted system; the database goes on. */
  setDown(down: boolean): void;
  /**
   * Goes away and comes back, on the same port with the same keys; requests under way break off.
   * @param meanwhile runs while it is away, such as a restart of its Postgres
   */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
  /** Stops listening and posting and gives all connections back. */
  close(): Promise<void>;
}

const script = (name: string): Promise<string> => readFile(new URL(name, import.meta.url), 'utf8');
const key = (kind: 'secret' | 'publishable'): string => `sb_${kind}_${randomBytes(24).toString('base64url')}`;

function withExactFilters(request: Request): Request {
  const url = new URL(request.url);
  if (url.search === '') return request;
  url.search = exactFilters(url.search);
  return new Request(url, request);
}

/** A local Supabase as far as a database client sees one: the REST surface, its keys and roles, and Database Webhooks. */
export async function startSupabase(options: SupabaseOptions): Promise<LocalSupabase> {
  const secretKey = options.secretKey ?? key('secret');
  const publishableKey = key('publishable');
  let running = await open(options, options.port ?? 0, secretKey, publishableKey);
  const { url } = running;
  return {
    url,
    secretKey,
    publishableKey,
    setDown: (down) => running.setDown(down),
    async restart(meanwhile = async () => {}) {
      await running.close();
      await meanwhile();
      running = await open(options, Number(new URL(url).port), secretKey, publishableKey);
    },
    close: () => running.close(),
  };
}

type Running = Pick<LocalSupabase, 'url' | 'setDown' | 'close'>;

async function open(
  { postgresUrl, webhook }: SupabaseOptions,
  port: number,
  secretKey: string,
  publishableKey: string,
): Promise<Running> {
  await using started = new AsyncDisposableStack();

  started.defer(hushConsole());
  const sql = postgres(postgresUrl, { max: 2, onnotice: () => {} });
  started.defer(() => sql.end({ timeout: 1 }));
  await sql.unsafe(await script('database.sql'));
  await sql.unsafe(await script(webhook ? 'webhook.sql' : 'no-webhook.sql'));

  const connection = new FaithfulConnection(postgresUrl);
  started.defer(() => connection.driver.end({ timeout: 1 }));
  const app = new App({
    connection,
    auth: { enabled: false, publishable_key: publishableKey, secret_key: secretKey },
    options: { server: { disableStudio: true } },
  });
  await sql.listen('pgrst', () => void connection.clearSchemaCache());
  if (webhook) {
    const sender = webhookSender(sql, webhook);
    started.defer(sender.stop);
    // The third argument runs at once and after each reconnection: nothing queued meanwhile stays behind.
    await sql.listen('sandbox_webhook', sender.drain, sender.drain);
  }

  const server = await serve(port, (request) => quietly(async () => app.fetch(withExactFilters(request))));
  started.defer(server.close);
  const running = started.move();
  return { url: server.url, setDown: server.setDown, close: () => running.disposeAsync() };
}
