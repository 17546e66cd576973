/** Logging in and out. */
import { type RateLimitRequestHandler, rateLimit } from 'express-rate-limit';
import type { Guard } from '../guard.ts';
import { Refusal } from '../problem.ts';
import { badRequest } from './asked.ts';
import { isName } from './caller.ts';
import type { Handlers } from './handlers.ts';

const WINDOW_MS = 15 * 60_000;
const FAILURES = 10;

/** The three routes about a session. */
export function sessionHandlers({ mode, knows }: Guard): Pick<Handlers, 'session' | 'login' | 'logout'> {
  const nobody = { mode, operator: null, csrf: null } as const;
  return {
    async session({ caller: { session }, cookie }) {
      // Without a token nobody logs in, and a change still needs a secret that pages of others cannot know.
      const known = session ?? (mode === 'open' ? cookie.begin(null) : null);
      return known === null ? nobody : { mode, operator: known.operator, csrf: known.csrf };
    },
    async login({ body: { token, operator }, cookie }) {
      if (!isName(operator)) throw badRequest([{ field: 'operator', message: 'has characters that nobody sees' }]);
      if (!knows(token)) throw new Refusal(401, 'TOKEN_REQUIRED', 'the token is missing or wrong');
      const { csrf } = cookie.begin(operator);
      return { mode, operator, csrf };
    },
    async logout({ cookie }) {
      cookie.end();
      return nobody;
    },
  };
}

/** Ten failures in a quarter of an hour from one address are enough. Behind a proxy, which all share one, for all of them. */
export function loginLimit(): RateLimitRequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    limit: FAILURES,
    skipSuccessfulRequests: true,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // What a client says of its address is not believed, and not worth a line in the log.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    handler(_request, response, next) {
      const headers = { 'Retry-After': String(response.getHeader('Retry-After') ?? WINDOW_MS / 1_000) };
      next(new Refusal(429, 'TOO_MANY_REQUESTS', 'too many attempts to log in failed', { headers }));
    },
  });
}
