import { createHash, timingSafeEqual } from 'node:crypto';
import { isLoopback } from '@contact-sync/config';
import type { RequestHandler } from 'express';
import { Refusal } from './problem.ts';

/**
 * Lets in who shows the token, as bearer or as the password of basic authentication (what a browser can do). Without a
 * token only this machine's own requests are let in: a tunnel that forwards webhooks to a loopback port, or a web page
 * that resolves its name to 127.0.0.1, reaches the port as well, but not under a loopback name.
 */
export function guard(token: string | undefined): RequestHandler {
  return (request, _response, next) => {
    if (token === undefined) {
      const forwarded = Object.keys(request.headers).some(
        (name) => name === 'forwarded' || name.startsWith('x-forwarded-'),
      );
      if (!forwarded && isLoopback(request.hostname ?? '')) return next();
      throw new Refusal(403, 'TOKEN_NOT_SET', 'from elsewhere this is shown only where API_TOKEN is set');
    }
    const shown = tokenOf(request.headers.authorization);
    if (shown !== null && shown !== '' && same(shown, token)) return next();
    throw new Refusal(401, 'TOKEN_REQUIRED', 'the token is missing or wrong', {
      'WWW-Authenticate': 'Basic realm="contact-sync", charset="UTF-8"',
    });
  };
}

function tokenOf(authorization: string | undefined): string | null {
  const [, scheme, value] = /^(\w+) +(\S+)$/.exec(authorization ?? '') ?? [];
  if (scheme === undefined || value === undefined) return null;
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return null;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
/** In constant time; by digests, so that not even the length shows. */
const same = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other));
