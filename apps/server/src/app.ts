import type { Hub } from '@contact-sync/hub';
import type { Log, System } from '@contact-sync/sync';
import express, { type Express, type RequestHandler } from 'express';
import { board } from './board.ts';
import { guard } from './guard.ts';
import { notFound, problemHandler } from './problem.ts';
import { readiness } from './readiness.ts';
import { webhooks } from './webhooks.ts';

export interface App {
  readonly express: Express;
  stop(): Promise<void>;
}

/** Every route of the server. */
export function createApp(
  hub: Hub,
  options: { readonly apiToken?: string | undefined; readonly wake?: ((system: System) => void) | undefined },
): App {
  const { log } = hub.parts;
  const hooks = webhooks(hub, options.wake);
  const ready = readiness(hub.parts);
  const app = express()
    .disable('x-powered-by')
    .use(safeHeaders, logged(log))
    .use('/webhooks', hooks.router)
    .get('/healthz', (_request, response) => void response.json({ status: 'alive' }))
    .get('/readyz', async (_request, response) => {
      const answer = await ready();
      response.status(answer.status === 'unavailable' ? 503 : 200).json(answer);
    })
    .use('/queues', guard(options.apiToken), board(hub.queues, '/queues'))
    .use(notFound)
    .use(problemHandler(log));
  return { express: app, stop: hooks.stop };
}

const safeHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'no-store',
  });
  next();
};

const OURS = /^\/(webhooks\/(twenty|supabase)|healthz|readyz|queues)(?=\/|$)/;

/** Of a path only the part that is ours: the rest may hold anything. */
function logged(log: Log): RequestHandler {
  return (request, response, next) => {
    const start = performance.now();
    const [path] = OURS.exec(request.path) ?? ['(other)'];
    const level = path.startsWith('/webhooks') ? 'info' : 'debug';
    response.once('close', () => {
      const ms = Math.round(performance.now() - start);
      log[level]({ method: request.method, path, status: response.statusCode, ms }, 'request');
    });
    next();
  };
}
