import { skewOfDate } from '@contact-sync/sync';
import type { z } from 'zod';
import type { Bucket } from './bucket.ts';
import { failureOf, failureWithoutAnswer, unexpected } from './failures.ts';

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Metadata is not limited by Twenty. */
  readonly free?: boolean;
}

export interface Http {
  /**
   * One request; the answer is checked against `schema`.
   *
   * @throws {SyncError} for everything that goes wrong, but {@link Refused} for a 400 or 404
   */
  call<T>(path: string, schema: z.ZodType<T>, call?: Call): Promise<T>;
  /** Milliseconds since the Unix epoch by the server's clock, as of the last answer. */
  serverTime(): number;
  /** Milliseconds that the server's clock is ahead of ours, as of the last answer; `null`: that told no time. */
  skew(): number | null;
}

export interface HttpOptions {
  readonly url: string;
  readonly apiKey: string;
  readonly timeoutMs: number;
  readonly now: () => number;
  readonly bucket: Bucket;
}

export function createHttp({ url, apiKey, timeoutMs, now, bucket }: HttpOptions): Http {
  const base = url.replace(/\/+$/, '');
  let ahead = 0;
  let skew: number | null = null;
  return {
    serverTime: () => now() + ahead,
    skew: () => skew,
    async call(path, schema, { method = 'GET', query = {}, body, free = false } = {}) {
      if (!free) await bucket.take();
      const search = Object.entries(query).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
      const asked = now();
      let response: Response;
      let text: string;
      try {
        response = await fetch([`${base}${path}`, search.join('&')].filter(Boolean).join('?'), {
          method,
          headers: {
            Authorization: `Bearer ${apiKey}`,
            Accept: 'application/json',
            ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(timeoutMs),
          // A redirect means a wrong URL; following it would hand the key to another host.
          redirect: 'manual',
        });
        text = await response.text();
      } catch (error) {
        throw failureWithoutAnswer(error);
      }
      skew = skewOfDate(response.headers.get('date'), asked, now());
      const date = Date.parse(response.headers.get('date') ?? '');
      if (!Number.isNaN(date)) ahead = date - now();
      const json = parse(text);
      if (!response.ok) {
        if (response.status === 429) bucket.drain();
        throw failureOf({ status: response.status, body: json });
      }
      const parsed = schema.safeParse(json);
      if (parsed.success) return parsed.data;
      const [issue] = parsed.error.issues;
      throw unexpected(`${issue?.code} at ${issue?.path.slice(0, 5).join('.')}`);
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
