import { createHash, timingSafeEqual } from 'node:crypto';
import { isLoopback } from '@contact-sync/config';
import type { Request, RequestHandler } from 'express';
import { Refusal } from './problem.ts';
import type { Session, Sessions } from './session.ts';

/**
 * By what somebody is let in: the token as bearer or as a password, a session, or, where no token is set, that they ask
 * from this machine.
 */
export type Proof = 'bearer' | 'password' | 'session' | 'here';

/** Who is let in. */
export interface Admitted {
  readonly proof: Proof;
  /** Also beside another proof, where there is one. */
  readonly session: Session | null;
}

/** Tells who may see and do what the server keeps for operators. */
export interface Guard {
  /** Whether a token is needed. */
  readonly mode: 'open' | 'token';
  /** @throws {Refusal} for whoever may not */
  admit(request: Request): Admitted;
  /** For what is open to people who have yet to log in: where no token is set, from this machine alone. @throws {Refusal} */
  greet(request: Request): void;
  /** Whether this is the token. Where none is set, anything is. */
  knows(token: string): boolean;
}

/**
 * Lets in who shows the token, as bearer or as the password of basic authentication (what a browser can do), or has a
 * session, which the token began. Without a token only this machine's own requests are let in: a tunnel that forwards
 * webhooks to a loopback port, or a web page that resolves its name to 127.0.0.1, reaches the port as well, but not under
 * a loopback name.
 */
export function createGuard(token: string | undefined, sessions: Sessions): Guard {
  const knows = (shown: string) => token === undefined || (shown !== '' && same(shown, token));
  return {
    mode: token === undefined ? 'open' : 'token',
    knows,
    greet(request) {
      if (token === undefined) fromHere(request);
    },
    admit(request) {
      const session = sessions.of(request);
      if (token === undefined) {
        fromHere(request);
        return { proof: 'here', session };
      }
      const shown = tokenOf(request.headers.authorization);
      if (shown !== null && knows(shown.token)) return { proof: shown.proof, session };
      if (shown === null && session !== null && session.operator !== null) return { proof: 'session', session };
      throw new Refusal(401, 'TOKEN_REQUIRED', 'the token is missing or wrong', {
        headers: { 'WWW-Authenticate': challengeOf(request) },
        advice: 'Send API_TOKEN as bearer, or log in.',
      });
    },
  };
}

/** {@link Guard.admit} as a handler, for what has no use for who it is. */
export const guarded =
  (guard: Guard): RequestHandler =>
  (request, _response, next) => {
    guard.admit(request);
    next();
  };

/** Whether two texts are the same: in constant time, and by digests, so that not even the length shows. */
export const same = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other));

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function fromHere(request: Request): void {
  const forwarded = Object.keys(request.headers).some(
    (name) => name === 'forwarded' || name.startsWith('x-forwarded-'),
  );
  if (!forwarded && isLoopback(request.hostname ?? '')) return;
  throw new Refusal(403, 'TOKEN_NOT_SET', 'from elsewhere this is shown only where API_TOKEN is set');
}

/**
 * A browser that is told of basic authentication asks for a password by itself: good for a page that somebody opened, and
 * in the way of the console, which has a login of its own.
 */
const challengeOf = (request: Request): string =>
  /^\/api(\/|$)/i.test(request.originalUrl) && request.get('Sec-Fetch-Mode') !== 'navigate'
    ? 'Bearer realm="contact-sync"'
    : 'Basic realm="contact-sync", charset="UTF-8"';

function tokenOf(authorization: string | undefined): { readonly proof: Proof; readonly token: string } | null {
  const [, scheme, value] = /^(\w+) +(\S+)$/.exec(authorization ?? '') ?? [];
  if (scheme === undefined || value === undefined) return null;
  if (scheme.toLowerCase() === 'bearer') return { proof: 'bearer', token: value };
  if (scheme.toLowerCase() !== 'basic') return null;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  return { proof: 'password', token: pair.slice(pair.indexOf(':') + 1) };
}
