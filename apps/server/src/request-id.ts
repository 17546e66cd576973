import { randomUUID } from 'node:crypto';
import { loggedWith } from '@contact-sync/hub';
import type { RequestHandler } from 'express';

/** As proxies make them: nothing that could be a name, an address, or a line of its own in a log. */
const TOKEN = /^[A-Za-z0-9](?:[A-Za-z0-9-]{6,62})[A-Za-z0-9]$/;
const HEADER = 'X-Request-Id';

/** Gives each request an id, that of a proxy before us where it sends one: in the answer, and in all that is logged of it. */
export const requestIds: RequestHandler = (request, response, next) => {
  const given = request.get(HEADER) ?? '';
  // Letters alone may be a word.
  const request_id = TOKEN.test(given) && /\d/.test(given) ? given : randomUUID();
  response.set(HEADER, request_id);
  loggedWith({ request_id }, next);
};
