/** The overview as it changes, for whoever listens: server-sent events. */
import { createSession, type Session as Stream } from 'better-sse';
import type { RequestHandler, Response } from 'express';
import { Refusal } from '../problem.ts';
import type { Told } from './told.ts';

/** How live the stream is. */
export interface LiveOptions {
  /** Default: two seconds. */
  readonly every_ms?: number;
  /** How many may listen at once. Default: 200. */
  readonly most?: number;
}

/** A stream of overviews. */
export interface Live {
  /** @param endOf when a request's time is up, in milliseconds since the Unix epoch; `null`: never */
  listen(endOf: (request: Parameters<RequestHandler>[0]) => number | null): RequestHandler;
  /** Hangs up on everybody. */
  close(): void;
}

interface Listener {
  readonly stream: Stream;
  readonly response: Response;
  readonly until: number | null;
  /** Of the last that was sent. */
  mark: string | null;
}

const HEARTBEAT_MS = 15_000;
/** Who reads so slowly that this much waits for them is hung up on, and may come again. */
const MOST_UNREAD = 4 << 20;

/**
 * However many listen, the overview is made once for all of them, and not at all while nobody does.
 *
 * @param look never throws
 */
export function createLive(
  look: () => Promise<Told<'overview'>>,
  now: () => number,
  { every_ms = 2_000, most = 200 }: LiveOptions = {},
): Live {
  const listeners = new Set<Listener>();
  let shown: { readonly mark: string; readonly text: string } | null = null;
  let timer: NodeJS.Timeout | null = null;
  let looking = false;
  let closed = false;

  const tell = (listener: Listener) => {
    const { stream, response, until, mark } = listener;
    if (until !== null && until <= now()) return hangUp(listener);
    if (shown === null || mark === shown.mark || !stream.isConnected) return;
    if (response.writableLength > MOST_UNREAD) return void response.destroy();
    listener.mark = shown.mark;
    stream.push(shown.text, 'overview');
  };
  const run = async () => {
    timer = null;
    looking = true;
    const overview = await look();
    looking = false;
    shown = { mark: markOf(overview), text: JSON.stringify(overview) };
    for (const listener of listeners) tell(listener);
    if (listeners.size > 0) timer = setTimeout(run, every_ms);
    // Whoever comes next is not told what was long ago.
    else shown = null;
  };
  const hangUp = (listener: Listener) => {
    listeners.delete(listener);
    listener.response.end();
  };

  return {
    listen: (endOf) => async (request, response) => {
      if (closed || listeners.size >= most)
        throw new Refusal(503, 'TOO_MANY_LISTENERS', 'too many listen already', { headers: { 'Retry-After': '30' } });
      if (request.method === 'HEAD') return void response.type('text/event-stream').end();
      const stream = await createSession(request, response, {
        keepAlive: HEARTBEAT_MS,
        // What is sent is text already, made once for all.
        serializer: String,
        trustClientEventId: false,
        // Not the library's: ours say that nothing is kept as well.
        headers: { 'Cache-Control': 'no-store, no-transform' },
      });
      const listener: Listener = { stream, response, until: endOf(request), mark: null };
      response.once('close', () => listeners.delete(listener));
      if (closed || response.destroyed) return hangUp(listener);
      listeners.add(listener);
      tell(listener);
      if (timer === null && !looking) await run();
    },
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      for (const listener of listeners) hangUp(listener);
    },
  };
}

/** What has to change for an overview to be news: not that it is later, nor how fast a part answered. */
const markOf = (overview: Told<'overview'>): string =>
  JSON.stringify(overview, (key, value: unknown) => (key === 'at' || key === 'latency_ms' ? undefined : value));
