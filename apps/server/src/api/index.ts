/** The JSON API: the contract's routes, the stream of overviews, and the description of it all. */
import type { Hub } from '@contact-sync/hub';
import { remembered } from '@contact-sync/monitor';
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
import { createLooks } from './looks.ts';
import { mountRoutes, PATTERN } from './mount.ts';
import { createOverview } from './overview.ts';
import { ownOrigin } from './same-site.ts';
import { loginLimit, sessionHandlers } from './sign-in.ts';
import { watchingHandlers } from './watching.ts';

/** What the API is made of beside the hub. */
export interface ApiOptions {
  readonly guard: Guard;
  readonly sessions: Sessions;
  readonly ready: () => Promise<Readiness>;
  readonly publicUrl: string | undefined;
  readonly live: LiveOptions | undefined;
  /** How long a look for drift keeps whoever asks for it waiting, in milliseconds. */
  readonly patience_ms: number | undefined;
}

/** The API, and what ends of it would not end by itself. */
export interface Api {
  readonly router: Router;
  /** Ends streams. */
  hangUp(): void;
  /** Ends looks for drift. */
  stop(): Promise<void>;
}

/** Health costs each system a request: however many ask, this seldom. */
const HEALTH_FRESH_MS = 1_000;

/** Everything under `/api`. */
export function createApi(
  hub: Hub,
  { guard, sessions, ready, publicUrl, live: liveOptions, patience_ms }: ApiOptions,
): Api {
  const { parts, desk } = hub;
  const { monitor } = hub;
  const health = remembered(HEALTH_FRESH_MS, () => monitor.health());
  const looks = createLooks(desk, parts.ambient, patience_ms);
  const overview = createOverview(parts, desk, ready, { alerts: (filter) => monitor.alerts(filter), health });
  const live = createLive(overview, () => parts.ambient.now(), liveOptions);
  const watching = watchingHandlers(monitor, looks, health);
  const handlers = createHandlers({ desk, overview, sessions: sessionHandlers(guard), watching });
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
  const hangUp = () => {
    live.close();
    // Nobody has to hear of what it finds: the ledger keeps it.
    void looks.stop();
  };
  return { router: router.use(docs()), hangUp, stop: looks.stop };
}
