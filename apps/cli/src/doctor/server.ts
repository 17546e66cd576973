import { isLoopback, type ReadyConfig } from '@contact-sync/config';
import { duration } from '../table.ts';
import { type Check, ok, warning } from './check.ts';
import type { Part } from './configuration.ts';

/** The Node that everything is tested on; older ones from this on run it. */
const TESTED_NODE = 26;
const SECRET_LENGTH = 16;

/** What this process runs on. */
export function nodeCheck(version: string): Check {
  const [major = 0] = version.split('.').map(Number);
  if (major >= TESTED_NODE) return ok('node', version);
  return warning(
    'node',
    `${version}, tested on ${TESTED_NODE}`,
    'Run by npm, which takes the Node that is pinned here.',
  );
}

/** Who reaches the server, and whether webhooks do. Wrong ones have ended as problems of the configuration. */
export function serverChecks(
  { server, supabase, twenty, poll_ms }: ReadyConfig,
  unknown: ReadonlySet<Part>,
): readonly Check[] {
  const { host, port, apiToken, publicUrl } = server;
  const guarded = apiToken === undefined ? 'this machine alone reaches it' : 'protected by API_TOKEN';
  return [
    ok('server', `listens on ${host}:${port}, ${guarded}`),
    publicUrlCheck(),
    ...(unknown.has('webhooks') ? [] : [secretCheck()]),
    supabaseCheck(),
  ];

  function publicUrlCheck(): Check {
    if (publicUrl === undefined)
      return warning(
        'PUBLIC_URL',
        `not set: Twenty cannot send webhooks, and is polled every ${duration(poll_ms.twenty / 1_000)}`,
        'Set it to where Twenty reaches the server, and run `contact-sync init`.',
      );
    const { protocol, hostname, origin } = new URL(publicUrl);
    if (protocol !== 'https:' && !isLoopback(hostname))
      return warning(
        'PUBLIC_URL',
        `${origin} is not encrypted`,
        'Put a proxy with TLS before the server, and name it by https://.',
      );
    return ok('PUBLIC_URL', origin);
  }

  function secretCheck(): Check {
    if (twenty.webhookSecret.length >= SECRET_LENGTH) return ok('twenty webhooks', 'signed');
    return warning(
      'twenty webhooks',
      `TWENTY_WEBHOOK_SECRET has fewer than ${SECRET_LENGTH} characters`,
      'Set a longer one, such as `openssl rand -base64 24` gives, and run `contact-sync init`.',
    );
  }

  function supabaseCheck(): Check {
    if (supabase.webhookSecret === undefined)
      return warning(
        'supabase webhooks',
        `SUPABASE_WEBHOOK_SECRET is not set: Supabase is polled every ${duration(poll_ms.supabase / 1_000)}`,
        'Set it, and make a Database Webhook as docs/systems.md says.',
      );
    if (supabase.webhookSecret.length >= SECRET_LENGTH) return ok('supabase webhooks', 'have a secret');
    return warning(
      'supabase webhooks',
      `SUPABASE_WEBHOOK_SECRET has fewer than ${SECRET_LENGTH} characters`,
      'Set a longer one, here and in the Database Webhook.',
    );
  }
}
