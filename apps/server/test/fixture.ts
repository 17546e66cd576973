import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { isReady, loadConfig, type ReadyConfig } from '@contact-sync/config';
import type { Hub } from '@contact-sync/hub';
import { type RunningServer, type ServerOptions, startServer } from '../src/index.ts';

/** Nobody listens there, and fetch does not refuse to ask (as it would for port 1 or 9). */
export const CLOSED = 'http://127.0.0.1:2';
export const TWENTY_SECRET = 'secret-of-twenty';
export const SUPABASE_SECRET = 'secret-of-supabase';

/** A configuration whose systems are all away, but for those that are given. */
export function configOf(env: Readonly<Record<string, string>>): ReadyConfig {
  const config = loadConfig({
    BIGQUERY_PROJECT: 'nowhere',
    BIGQUERY_DATASET: 'contacts',
    BIGQUERY_EMULATOR_HOST: CLOSED,
    SUPABASE_URL: CLOSED,
    SUPABASE_SECRET_KEY: 'sb_secret_example',
    SUPABASE_WEBHOOK_SECRET: SUPABASE_SECRET,
    TWENTY_URL: CLOSED,
    TWENTY_API_KEY: 'key-of-twenty',
    TWENTY_WEBHOOK_SECRET: TWENTY_SECRET,
    ...env,
  });
  if (!isReady(config)) throw new Error('the test gives every database');
  return config;
}

/** A server without a console, on any free port of this machine. */
export const serve = (hub: Hub, options: Partial<ServerOptions> = {}): Promise<RunningServer> =>
  startServer(hub, { host: '127.0.0.1', port: 0, console: false, ...options });

/** The headers by which Twenty signs a body. */
export function signed(body: string, at = Date.now(), secret = TWENTY_SECRET): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-twenty-webhook-timestamp': String(at),
    'x-twenty-webhook-signature': createHmac('sha256', secret).update(`${at}:${body}`).digest('hex'),
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** As fetch, which would not let a caller say which Host it means, nor send a path that is none. */
export function ask(
  url: string,
  path: string,
  options: { headers?: Record<string, string>; method?: string; body?: string } = {},
) {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const { hostname, port } = new URL(url);
  // Node joins a body that is a text to the headers, which then are no bytes any more.
  const body = options.body === undefined ? null : Buffer.from(options.body);
  const headers = { ...options.headers, ...(body === null ? {} : { 'content-length': String(body.length) }) };
  request({ hostname, port, path, agent: false, ...options, headers }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
  })
    .on('error', reject)
    .end(body ?? undefined);
  return promise;
}
