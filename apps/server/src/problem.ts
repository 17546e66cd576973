/** Answers to what went wrong, as RFC 9457 problem documents: never a stack, never what was sent. */
import { STATUS_CODES } from 'node:http';
import { faultFields, type Log, OutageError, PermanentError, ThrottledError, TransientError } from '@contact-sync/sync';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';

/** A request that is answered so. `detail` is ours: no data in it. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export function sendProblem(response: Response, { status, code, message, headers }: Refusal): void {
  response
    .status(status)
    .set(headers)
    .type('application/problem+json')
    // `about:blank`: the title is that of the status, and `code` tells more.
    .send(JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, code, detail: message }));
}

export const notFound: RequestHandler = (_request, response) =>
  sendProblem(response, new Refusal(404, 'NOT_FOUND', 'there is nothing here'));

/** The last of the handlers: whatever was thrown becomes an answer. */
export const problemHandler =
  (log: Log): ErrorRequestHandler =>
  // Express knows a handler of errors by its four parameters.
  (error: unknown, _request, response, _next) => {
    const refusal = refusalOf(error);
    // A forged or malformed request is the sender's business; ours is what we cannot do.
    const level = refusal.status >= 500 ? 'error' : 'warn';
    log[level]({ status: refusal.status, ...faultFields(error), code: refusal.code }, 'request refused');
    if (response.headersSent) response.destroy();
    else sendProblem(response, refusal);
  };

/** Webhooks that cannot be trusted are 401, those that cannot be read 400. */
const WEBHOOK_STATUS: Readonly<Record<string, number>> = {
  WEBHOOK_FORGED: 401,
  WEBHOOK_STALE: 401,
  WEBHOOK_MALFORMED: 400,
};

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof PermanentError) return new Refusal(WEBHOOK_STATUS[error.code] ?? 422, error.code, error.message);
  if (error instanceof ThrottledError)
    return new Refusal(503, error.code, error.message, { 'Retry-After': String(Math.ceil(error.retryAfterMs / 1000)) });
  if (error instanceof OutageError || error instanceof TransientError)
    return new Refusal(503, error.code, error.message, { 'Retry-After': '5' });
  const status = statusOf(error);
  if (status === 413) return new Refusal(413, 'TOO_LARGE', 'the body is larger than this server takes');
  if (status !== null) return new Refusal(status, 'BAD_REQUEST', 'the request cannot be read');
  return new Refusal(500, 'INTERNAL', 'a fault of this server');
}

/** Express and its body parsers mark a fault of the client by a status from 400 to 499 on the error. */
function statusOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('status' in error)) return null;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}
