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
import { notFound, problemHandler } from './problem.ts';
import { readiness } from './readiness.ts';
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
  const ready = readiness(hub.parts);
  const sessions = createSessions(options.apiToken, secure, () => ambient.now());
  const guard = createGuard(options.apiToken, sessions);
  const api = createApi(hub, { guard, sessions, ready, publicUrl: options.publicUrl, live: options.live });
  const app = express()
    .disable('x-powered-by')
    .use(...safeHeaders(secure), logged(log))
    .use('/webhooks', hooks.router)
    .get('/healthz', (_request, response) => void response.json({ status: 'alive' }))
    .get('/readyz', async (_request, response) => {
      const answer = await ready();
      response.status(answer.status === 'unavailable' ? 503 : 200).json(answer);
    })
    .use('/api', sessions.cookies, api.router, notFound, problemHandler(log, 'operators'))
    .use('/queues', sessions.cookies, guarded(guard), board(hub.queues, '/queues'));
  if (options.console !== undefined) app.use(consolePages(options.console, log));
  app.use(notFound).use(problemHandler(log, 'strangers'));
  return { express: app, hangUp: api.hangUp, stop: hooks.stop };
}

const OURS = /^\/(webhooks\/(twenty|supabase)|healthz|readyz|queues|api|assets)(?=\/|$)/;

/** Of a path only the part that is ours, or the pattern of a route: the rest may hold anything. */
function logged(log: Log): RequestHandler {
  return (request, response, next) => {
    const start = performance.now();
    const [path] = OURS.exec(request.path) ?? [request.path === '/' ? '/' : '(other)'];
    const changes = path.startsWith('/webhooks') || (path === '/api' && request.method !== 'GET');
    response.once('close', () => {
      const ms = Math.round(performance.now() - start);
      const pattern: string = response.locals[PATTERN] ?? path;
      const level = changes ? 'info' : 'debug';
      log[level]({ method: request.method, path: pattern, status: response.statusCode, ms }, 'request');
    });
    next();
  };
}
