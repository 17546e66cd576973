import { AsyncLocalStorage } from 'node:async_hooks';
import type { Hub } from '@contact-sync/hub';
import type { Log, System } from '@contact-sync/sync';
import express, { type Express, type RequestHandler } from 'express';
import { createApi } from './api/index.ts';
import type { LiveOptions } from './api/live.ts';
import { PATTERN } from './api/mount.ts';
import { board } from './board.ts';
import { consolePages } from './console.ts';
import { createGuard, guarded } from './guard.ts';
import { safeHeaders } from './headers.ts';
import { metricsPage } from './metrics.ts';
import { notFound, problemHandler } from './problem.ts';
import { readiness } from './readiness.ts';
import { requestIds } from './request-id.ts';
import { createSessions } from './session.ts';
import { webhooks } from './webhooks.ts';

/** What the routes are made of beside the hub. */
export interface AppOptions {
  readonly apiToken?: string | undefined;
  /** How people reach the server; `https://…` makes cookies and browsers keep to it. */
  readonly publicUrl?: string | undefined;
  /** Told that a system has changed, where an intake runs in this process. */
  readonly wake?: ((system: System) => void) | undefined;
  /** The folder of the console's files, which may take a while to be built; without one there is no console. */
  readonly console?: Promise<string> | undefined;
  readonly live?: LiveOptions | undefined;
  /** How long a look for drift keeps whoever asks for it waiting. Default: 20,000. */
  readonly patience_ms?: number | undefined;
}

export interface App {
  readonly express: Express;
  /** Ends what would not end by itself, so that a server can wait for its requests to end. */
  hangUp(): void;
  stop(): Promise<void>;
}

/** Every route of the server. */
export function createApp(hub: Hub, options: AppOptions): App {
  const { log, ambient } = hub.parts;
  const secure = URL.parse(options.publicUrl ?? '')?.protocol === 'https:';
  const hooks = webhooks(hub, options.wake);
  const ready = readiness(hub);
  const sessions = createSessions(options.apiToken, secure, () => ambient.now());
  const guard = createGuard(options.apiToken, sessions);
  const { publicUrl, live, patience_ms } = options;
  const api = createApi(hub, { guard, sessions, ready, publicUrl, live, patience_ms });
  const app = express()
    .disable('x-powered-by')
    .use(...safeHeaders(secure), requestIds, logged(log))
    .use('/webhooks', hooks.router)
    .get('/healthz', (_request, response) => void response.json({ status: 'alive' }))
    .get('/readyz', async (_request, response) => {
      const answer = await ready();
      response.status(answer.status === 'unavailable' || answer.status === 'stalled' ? 503 : 200).json(answer);
    })
    .get(
      '/metrics',
      sessions.cookies,
      guarded(guard),
      metricsPage(() => hub.monitor.health()),
    )
    .use('/api', sessions.cookies, api.router, notFound, problemHandler(log, 'operators'))
    .use('/queues', sessions.cookies, guarded(guard), board(hub.queues, hub.schedules, '/queues'));
  if (options.console !== undefined) app.use(consolePages(options.console, log));
  app.use(notFound).use(problemHandler(log, 'strangers'));
  const stop = async () => void (await Promise.all([hooks.stop(), api.stop()]));
  return { express: app, hangUp: api.hangUp, stop };
}

const OURS = /^\/(webhooks\/(twenty|supabase)|healthz|readyz|metrics|queues|api|assets)(?=\/|$)/;

/** Of a path only the part that is ours, or the pattern of a route: the rest may hold anything. */
function logged(log: Log): RequestHandler {
  return (request, response, next) => {
    const start = performance.now();
    const [path] = OURS.exec(request.path) ?? [request.path === '/' ? '/' : '(other)'];
    const changes = path.startsWith('/webhooks') || (path === '/api' && request.method !== 'GET');
    // The connection ends beside what was begun for the request, and knows nothing of its id.
    const ended = AsyncLocalStorage.bind(() => {
      const ms = Math.round(performance.now() - start);
      const pattern: string = response.locals[PATTERN] ?? path;
      const level = changes ? 'info' : 'debug';
      log[level]({ method: request.method, path: pattern, status: response.statusCode, ms }, 'request');
    });
    response.once('close', ended);
    next();
  };
}
