/** The contract as routes of Express. */
import { ROUTES, type Route, type RouteName } from '@contact-sync/api';
import { type Request, type RequestHandler, Router } from 'express';
import type { Guard } from '../guard.ts';
import { Refusal } from '../problem.ts';
import type { Sessions } from '../session.ts';
import { askedOf } from './asked.ts';
import { bodyOf } from './body.ts';
import { type Caller, callerOf, stranger } from './caller.ts';
import type { Call, Cookie, Handler, Handlers } from './handlers.ts';
import { isSafe, ownOrigin, ownPage } from './same-site.ts';

/** What stands before every route. */
export interface Door {
  readonly guard: Guard;
  readonly sessions: Sessions;
  readonly publicUrl: string | undefined;
  /** Before a route of this name: who asks too often is refused. */
  readonly limits: Partial<Readonly<Record<RouteName, RequestHandler>>>;
}

/** Where the pattern of a path is noted, for the log: a path itself may hold anything. */
export const PATTERN = 'pattern';

/** Every route of the contract, and for its paths what is answered to other methods. */
export function mountRoutes(handlers: Handlers, door: Door): Router {
  const router = Router({ caseSensitive: true });
  const paths = Map.groupBy(Object.entries<Route>(ROUTES), ([, { path }]) => path);
  // `/dead-letters/replay` is no dead letter: what is written out goes before what stands for anything.
  const ordered = [...paths].sort(([one], [other]) => Number(one.includes('{')) - Number(other.includes('{')));
  for (const [path, routes] of ordered) {
    const place = router.route(path.replace(/\{(\w+)\}/g, ':$1'));
    place.all((_request, response, next) => {
      response.locals[PATTERN] = `/api${path}`;
      next();
    });
    // Of ROUTES, whose keys are the names.
    for (const [name, { method }] of routes) place[method](...handlersOf(name as RouteName, handlers, door));
    place.all(otherwise(routes.map(([, { method }]) => method.toUpperCase())));
  }
  return router;
}

function handlersOf<Name extends RouteName>(name: Name, handlers: Handlers, door: Door): RequestHandler[] {
  const limit = door.limits[name];
  return [...(limit === undefined ? [] : [limit]), carryOut(name, handlers[name], door)];
}

/** @throws {Refusal} for whoever may not, or may but was led here by another's page */
function admit(route: Route, request: Request, { guard, sessions, publicUrl }: Door): Caller {
  if (route.open) guard.greet(request);
  const caller = route.open ? stranger(sessions.of(request)) : callerOf(request, guard.admit(request));
  ownOrigin(request, caller, publicUrl);
  // Who logs in has no session yet, and shows the token instead.
  if (!isSafe(request) && !route.open) ownPage(request, caller);
  return caller;
}

function carryOut<Name extends RouteName>(name: Name, handler: Handler<Name>, door: Door): RequestHandler {
  const route: Route = ROUTES[name];
  const { sessions } = door;
  return async (request, response) => {
    const caller = admit(route, request, door);
    const key = route.action ? keyOf(request) : null;
    // Nothing of a body is read before it is known who sends it.
    if (!isSafe(request)) await bodyOf(request, response, caller);
    const cookie: Cookie = {
      begin: (operator) => sessions.begin(request, operator),
      end: () => sessions.end(request),
    };
    // The schemas of a route are what the type of its call is made of.
    const call = { ...askedOf(route, request), caller, key, cookie } as Call<Name>;
    response.json(await handler(call));
  };
}

const MAX_KEY = 200;

function keyOf(request: Request): string | null {
  const key = request.get('Idempotency-Key');
  if (key === undefined) return null;
  if (key !== '' && key.length <= MAX_KEY) return key;
  const errors = [{ field: 'Idempotency-Key', message: `has 1 to ${MAX_KEY} characters` }];
  throw new Refusal(400, 'BAD_REQUEST', 'the request cannot be read', { errors });
}

/** Express answers HEAD as GET. */
function otherwise(methods: readonly string[]): RequestHandler {
  const allowed = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  return (request, response) => {
    if (request.method === 'OPTIONS') return void response.status(204).set('Allow', allowed).end();
    throw new Refusal(405, 'METHOD_NOT_ALLOWED', 'this is asked for in another way', { headers: { Allow: allowed } });
  };
}
