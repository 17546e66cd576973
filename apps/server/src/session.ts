/** The session of a browser: a signed cookie that holds who is there, so that no process has to remember anybody. */
import { hkdfSync, randomBytes } from 'node:crypto';
import cookieSession from 'cookie-session';
import type { Request, RequestHandler } from 'express';
import { z } from 'zod';

/** Somebody at the console. */
export interface Session {
  /** As they call themselves; `null`: they gave no name, which only an open server lets be. */
  readonly operator: string | null;
  /** Sent back with each change: a page of somebody else cannot know it. */
  readonly csrf: string;
  /** When it began, in milliseconds since the Unix epoch. */
  readonly at: number;
}

const LASTS_MS = 12 * 60 * 60_000;
const COOKIE = 'contact-sync';

const sessionSchema = z.object({ operator: z.string().nullable(), csrf: z.string().min(1), at: z.number() });

/** Sessions by cookie. */
export interface Sessions {
  /** Reads and writes the cookie; goes before everything that asks for a session. */
  readonly cookies: RequestHandler;
  /** `null`: there is none, it is not ours, or its time is up. */
  of(request: Request): Session | null;
  /** Begins one with a secret of its own, in place of any other. */
  begin(request: Request, operator: string | null): Session;
  end(request: Request): void;
  /** When a session ends, in milliseconds since the Unix epoch. */
  endOf(session: Session): number;
}

/**
 * @param token what the keys are made of, so that several processes agree on them and a new token ends all sessions;
 *   without one they are this process's own
 * @param secure whether people reach the server by HTTPS
 */
export function createSessions(token: string | undefined, secure: boolean, now: () => number): Sessions {
  const key = token === undefined ? randomBytes(32) : Buffer.from(hkdfSync('sha256', token, '', COOKIE, 32));
  const signed = cookieSession({
    name: COOKIE,
    keys: [key.toString('base64')],
    maxAge: LASTS_MS,
    httpOnly: true,
    sameSite: 'strict',
    secure,
  });
  return {
    cookies(request, response, next) {
      // TLS ends at the proxy, so what arrives here looks unsafe, and a cookie that is for HTTPS would not be set at all.
      if (secure) Object.defineProperty(request, 'protocol', { value: 'https' });
      signed(request, response, next);
    },
    of(request) {
      const { data } = sessionSchema.safeParse(request.session);
      const age = data === undefined ? Number.NaN : now() - data.at;
      // A clock that was set back must not lengthen a session without end.
      return data !== undefined && age > -60_000 && age < LASTS_MS ? data : null;
    },
    begin(request, operator) {
      const session: Session = { operator, csrf: randomBytes(24).toString('base64url'), at: now() };
      request.session = { ...session };
      return session;
    },
    end(request) {
      request.session = null;
    },
    endOf: ({ at }) => at + LASTS_MS,
  };
}
