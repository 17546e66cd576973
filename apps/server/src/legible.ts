import type { RequestHandler } from 'express';
import { Refusal } from './problem.ts';

/** Nothing here is called by a control character, and no database takes one that is NUL. */
export const legible: RequestHandler = (request, _response, next) => {
  if (!/%[01][0-9a-f]|%7f/i.test(request.originalUrl)) return next();
  throw new Refusal(400, 'BAD_REQUEST', 'the request cannot be read');
};
