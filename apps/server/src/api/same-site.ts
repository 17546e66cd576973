/** Keeps pages of others from calling the API through the browser of somebody who may. */
import type { Request } from 'express';
import { same } from '../guard.ts';
import { Refusal } from '../problem.ts';
import type { Caller } from './caller.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a request only looks. */
export const isSafe = ({ method }: Pick<Request, 'method'>): boolean => SAFE.has(method);

/**
 * Whoever shows the token as bearer has put it there on purpose; everything else a browser sends by itself.
 *
 * @param publicUrl how people reach the server, where a proxy in front changes `Host`
 * @throws {Refusal} `CSRF_ORIGIN`
 */
export function ownOrigin(request: Request, { proof }: Caller, publicUrl: string | undefined): void {
  if (proof === 'bearer') return;
  const site = request.get('Sec-Fetch-Site') ?? 'none';
  // Somebody followed a link, and sees what they get; the page with the link does not.
  const followed = isSafe(request) && request.get('Sec-Fetch-Mode') === 'navigate';
  const origin = request.get('Origin');
  const ours = origin === undefined || isOurs(origin, request.get('Host'), publicUrl);
  if ((site === 'same-origin' || site === 'none' || followed) && ours) return;
  throw new Refusal(403, 'CSRF_ORIGIN', 'another site’s page asked for this');
}

function isOurs(origin: string, host: string | undefined, publicUrl: string | undefined): boolean {
  const asked = URL.parse(origin);
  if (asked === null || asked.origin === 'null') return false;
  if (publicUrl !== undefined && URL.parse(publicUrl)?.origin === asked.origin) return true;
  // The scheme is left out: TLS may end before.
  return host !== undefined && asked.host === URL.parse(`${asked.protocol}//${host}`)?.host;
}

/**
 * A change needs what only a page of ours can know: the secret of its session.
 *
 * @throws {Refusal} `CSRF_TOKEN`
 */
export function ownPage(request: Request, { proof, session }: Caller): void {
  if (proof === 'bearer') return;
  if (session !== null && same(request.get('X-CSRF-Token') ?? '', session.csrf)) return;
  throw new Refusal(403, 'CSRF_TOKEN', 'the session is missing or over, or X-CSRF-Token is not its secret', {
    advice: 'GET /api/session tells the secret. Programs send API_TOKEN as bearer instead.',
  });
}
