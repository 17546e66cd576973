import { OutageError, ThrottledError, TransientError } from '@contact-sync/sync';
import type { Sink } from './sink.ts';
import { slackMessage } from './slack.ts';

/** Where to, and the clock that a date in `Retry-After` is read by. */
export interface WebhookOptions {
  /** Holds a secret: it is never told. */
  readonly url: string;
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

/** Of a 429 without any that can be read. */
const WAIT_MS = 30_000;
const MOST_WAIT_MS = 3_600_000;

/** POSTs Slack's format. Anything but 2xx is a failure, a redirect too: what is told is for one address. */
export function webhookSink({ url, now }: WebhookOptions): Sink {
  return {
    name: 'webhook',
    async send(telling, signal) {
      const response = await posted(url, JSON.stringify(slackMessage(telling)), signal);
      // Else the connection stays in use until it is collected. What stands in it is of no use.
      await response.body?.cancel().catch(() => undefined);
      if (response.ok) return;
      const { status } = response;
      if (status === 429)
        throw new ThrottledError(
          'WEBHOOK_THROTTLED',
          'the webhook asks to wait',
          waitOf(response.headers.get('retry-after'), now()),
        );
      if (status >= 500 || status === 408)
        throw new TransientError('WEBHOOK_FAILED', `the webhook answers with ${status}`);
      throw new OutageError('WEBHOOK_REFUSED', `the webhook answers with ${status}`, {
        advice: 'Check ALERT_WEBHOOK_URL: what it names takes no messages.',
      });
    },
    close() {},
  };
}

async function posted(url: string, body: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json; charset=utf-8' },
      redirect: 'manual',
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new TransientError('WEBHOOK_UNREACHABLE', `the webhook does not answer (${codeOf(error)})`);
  }
}

/** `fetch` wraps what happened; its message may quote the address. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'no code';
}

/** Milliseconds. @param header seconds, or a date of HTTP */
export function waitOf(header: string | null, now: number): number {
  if (header === null) return WAIT_MS;
  const ms = /^\s*\d+\s*$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? WAIT_MS : Math.min(MOST_WAIT_MS, Math.max(0, ms));
}
