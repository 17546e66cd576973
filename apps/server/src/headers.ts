/** What every answer tells browsers to do and to leave. */
import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** Of the console, and of everything that has no policy of its own: nothing but files of this server, nothing inline. */
const STRICT = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  // Components set styles of elements; nobody's data gets into one.
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  fontSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
} as const;

/** Bull Board's page asks other servers for fonts: nobody else needs to know who looks at the queues. */
const BOARD = {
  defaultSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  baseUri: ["'self'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
} as const;

/**
 * @param secure whether people reach the server by HTTPS: only then browsers are told never to come by HTTP again
 */
export function safeHeaders(secure: boolean): RequestHandler[] {
  return [
    helmet({
      contentSecurityPolicy: { useDefaults: false, directives: STRICT },
      strictTransportSecurity: secure ? { maxAge: 365 * 24 * 60 * 60, includeSubDomains: false } : false,
      xFrameOptions: { action: 'deny' },
      // Not `no-referrer`: with it, browsers call their origin `null` where we compare it.
      referrerPolicy: { policy: 'same-origin' },
    }),
    (_request, response, next) => {
      response.set('Cache-Control', 'no-store');
      next();
    },
  ];
}

/** For Bull Board, in place of the strict one. */
export const boardPolicy: RequestHandler = helmet.contentSecurityPolicy({ useDefaults: false, directives: BOARD });
