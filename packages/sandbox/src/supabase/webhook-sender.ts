import type { Sql } from 'postgres';

/** Where a Database Webhook posts to. */
export interface Webhook {
  readonly url: string;
  /** Sent as the static header `x-webhook-secret`: the only proof of origin that Supabase offers. */
  readonly secret: string;
}

/** The dashboard's default. */
const POST_TIMEOUT_MS = 5_000;
const BATCH = 100;

/**
 * Posts what the trigger queued, each request once, whatever comes of it.
 *
 * @returns `drain`, to be called when something may have been queued, and `stop`, which gives up the posts under way
 */
export function webhookSender(sql: Sql, webhook: Webhook): { drain(): void; stop(): Promise<void> } {
  const stopped = new AbortController();
  let running: Promise<void> | null = null;
  let again = false;

  async function drainAll(): Promise<void> {
    do {
      again = false;
      const requests = await sql<{ body: string }[]>`
        with taken as (
          delete from sandbox.webhook_queue
          where id in (select id from sandbox.webhook_queue order by id limit ${BATCH} for update skip locked)
          returning id, body::text as body
        )
        select body from taken order by id`;
      await Promise.all(requests.map(({ body }) => post(webhook, body, stopped.signal)));
      if (requests.length === BATCH) again = true;
    } while (again && !stopped.signal.aborted);
  }

  return {
    drain() {
      if (stopped.signal.aborted) return;
      again = true;
      // A database that is restarting loses nothing but time: the listener drains once more when it is back.
      running ??= drainAll()
        .catch(() => {})
        .finally(() => {
          running = null;
        });
    },
    async stop() {
      stopped.abort();
      await running;
    },
  };
}

async function post({ url, secret }: Webhook, body: string, stopped: AbortSignal): Promise<void> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-webhook-secret': secret },
      body,
      signal: AbortSignal.any([stopped, AbortSignal.timeout(POST_TIMEOUT_MS)]),
    });
    await response.body?.cancel();
  } catch {
    // At most once: Supabase does not try again either.
  }
}
