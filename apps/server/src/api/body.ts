/** Bodies: JSON of a reasonable size, and nothing that some database could not hold. */
import { isUtf8 } from 'node:buffer';
import { json, type Request, type RequestHandler, type Response } from 'express';
import { Refusal } from '../problem.ts';
import type { Caller } from './caller.ts';

const MAX_BODY = '1mb';
const JSON_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

const readBody: RequestHandler = json({
  limit: MAX_BODY,
  // Nobody sends so much that it has to be packed.
  inflate: false,
  // What it is was looked at before.
  type: () => true,
  verify(_request, _response, bytes) {
    if (!isUtf8(bytes)) throw new Refusal(400, 'BAD_REQUEST', 'the body is not in UTF-8');
  },
});

/**
 * Reads a body into `request.body`, where there is one. Browsers send forms and plain text to anybody without asking; JSON
 * only to who made the page. So that it is JSON is said even where nothing is sent, but by programs that show the token.
 *
 * @throws {Refusal} `UNSUPPORTED_MEDIA_TYPE`, `BAD_REQUEST`; what the reader throws has a status
 */
export async function bodyOf(request: Request, response: Response, { proof }: Caller): Promise<void> {
  const sends = request.headers['transfer-encoding'] !== undefined || Number(request.get('Content-Length') ?? 0) > 0;
  if ((proof !== 'bearer' || sends) && !JSON_TYPE.test(request.get('Content-Type') ?? ''))
    throw new Refusal(415, 'UNSUPPORTED_MEDIA_TYPE', 'bodies are plain JSON, in UTF-8', {
      headers: { Accept: 'application/json' },
    });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  readBody(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(error)));
  await promise;
}

/**
 * Whether a value can be kept everywhere: no NUL, no half of a character, in no text and no key.
 *
 * @param value as `JSON.parse` gives it, of any depth
 */
export function isKeepable(value: unknown): boolean {
  const left = [value];
  while (left.length > 0) {
    const one = left.pop();
    if (typeof one === 'string') {
      if (one.includes('\0') || !one.isWellFormed()) return false;
    } else if (typeof one === 'object' && one !== null) {
      for (const [key, item] of Object.entries(one)) left.push(key, item);
    }
  }
  return true;
}
