import { AsyncLocalStorage } from 'node:async_hooks';
import { createClient } from '@supabase/supabase-js';
import { faultOf } from './fault.ts';

/** A function of the schema, called by its name. Gives its result, or throws a SyncError. */
export type Call = (name: string, args?: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** What supabase-js does not hand on: the headers of the answer, and the error in place of one. */
interface Exchange {
  retryAfterMs: number | null;
  network: 'unreachable' | 'lost' | null;
}

const exchanges = new AsyncLocalStorage<Exchange>();

/**
 * The functions of one project. supabase-js never throws; its retries are off, since the queues own them.
 *
 * @param timeoutMs for one call, answer included
 */
export function caller(url: string, secretKey: string, timeoutMs: number): Call {
  const client = createClient(url, secretKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    db: { retry: false },
    global: { fetch: observedFetch },
  });
  return (name, args = {}) => {
    const exchange: Exchange = { retryAfterMs: null, network: null };
    return exchanges.run(exchange, async () => {
      const signal = AbortSignal.timeout(timeoutMs);
      const { data, error, status } = await client.rpc(name, args).abortSignal(signal);
      if (error === null) return data;
      // Typed as text, but a gateway's own answers have none, and a stranger's have anything.
      const told: unknown = error.code;
      const code = typeof told === 'string' ? told : '';
      // The signal also cuts an answer short whose headers have come, which our fetch does not see.
      const network = signal.aborted ? 'timeout' : (exchange.network ?? 'lost');
      throw faultOf({ code, status, network, retryAfterMs: exchange.retryAfterMs });
    });
  };
}

async function observedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const exchange = exchanges.getStore();
  try {
    const response = await fetch(input, init);
    if (exchange) exchange.retryAfterMs = retryAfter(response.headers.get('retry-after'));
    return response;
  } catch (error) {
    if (exchange) exchange.network = networkFault(error);
    throw error;
  }
}

/** The header in either of its forms, seconds or a date, as milliseconds from now; `null` for none or nonsense. */
function retryAfter(header: string | null): number | null {
  if (header === null) return null;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

/** Codes of Node and of undici, its fetch, for a connection that was never made. */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function networkFault(error: unknown): 'unreachable' | 'lost' {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return 'lost';
  const code: unknown = Reflect.get(cause, 'code');
  const connecting = Reflect.get(cause, 'syscall') === 'connect';
  if (connecting || (typeof code === 'string' && NEVER_CONNECTED.has(code))) return 'unreachable';
  // A certificate that does not hold is met before anything is sent.
  return typeof code === 'string' && /CERT|^ERR_TLS/.test(code) ? 'unreachable' : 'lost';
}
