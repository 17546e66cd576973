/** The JSON API: the contract's routes, the stream of overviews, and the description of it all. */
import type { Hub } from '@contact-sync/hub';
import { Router } from 'express';
import { type Guard, guarded } from '../guard.ts';
import { legible } from '../legible.ts';
import { Refusal } from '../problem.ts';
import type { Readiness } from '../readiness.ts';
import type { Sessions } from '../session.ts';
import { callerOf } from './caller.ts';
import { docs } from './docs.ts';
import { createHandlers } from './handlers.ts';
import { createLive, type LiveOptions } from './live.ts';
import { mountRoutes, PATTERN } from './mount.ts';
import { createOverview } from './overview.ts';
import { ownOrigin } from './same-site.ts';
import { loginLimit, sessionHandlers } from './sign-in.ts';

/** What the API is made of beside the hub. */
export interface ApiOptions {
  readonly guard: Guard;
  readonly sessions: Sessions;
  readonly ready: () => Promise<Readiness>;
  readonly publicUrl: string | undefined;
  readonly live: LiveOptions | undefined;
}

/** The API, and what ends its streams, which would not end by themselves. */
export interface Api {
  readonly router: Router;
  hangUp(): void;
}

/** Everything under `/api`. */
export function createApi(hub: Hub, { guard, sessions, ready, publicUrl, live: liveOptions }: ApiOptions): Api {
  const { parts, desk } = hub;
  const overview = createOverview(parts, desk, ready);
  const live = createLive(overview, () => parts.ambient.now(), liveOptions);
  const handlers = createHandlers({ desk, overview, sessions: sessionHandlers(guard) });
  const router = Router({ caseSensitive: true })
    .use(legible)
    .use(mountRoutes(handlers, { guard, sessions, publicUrl, limits: { login: loginLimit() } }))
    // Whatever comes below, and whatever is not there, is for those who are let in.
    .use(guarded(guard), (request, _response, next) => {
      ownOrigin(request, callerOf(request, guard.admit(request)), publicUrl);
      next();
    });
  router
    .route('/events')
    .get(
      (_request, response, next) => {
        response.locals[PATTERN] = '/api/events';
        next();
      },
      live.listen((request) => {
        const { proof, session } = guard.admit(request);
        return proof === 'session' && session !== null ? sessions.endOf(session) : null;
      }),
    )
    .all(() => {
      throw new Refusal(405, 'METHOD_NOT_ALLOWED', 'this is asked for in another way', {
        headers: { Allow: 'GET, HEAD' },
      });
    });
  return { router: router.use(docs()), hangUp: live.close };
}
