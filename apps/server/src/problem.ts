/** Answers to what went wrong, as RFC 9457 problem documents: never a stack, never what was sent. */
import { STATUS_CODES } from 'node:http';
import type { Problem } from '@contact-sync/api';
import { faultFields, type Log, OutageError, PermanentError, SyncError, ThrottledError } from '@contact-sync/sync';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';

/** What a problem may tell beside its code: all of it ours, no data in it. */
export interface Particulars {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What to do. */
  readonly advice?: string | undefined;
  /** What of the request is wrong: names of fields and our words. */
  readonly errors?: Problem['errors'];
}

/** A request that is answered so. `detail` is ours: no data in it. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly particulars: Particulars;

  constructor(status: number, code: string, detail: string, particulars: Particulars = {}) {
    super(detail);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.particulars = particulars;
  }
}

export function sendProblem(response: Response, { status, code, message, particulars }: Refusal): void {
  const { headers = {}, advice, errors } = particulars;
  const problem: Problem = {
    // The title is that of the status, and `code` tells more.
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code,
    detail: message,
    ...(advice === undefined ? {} : { advice }),
    ...(errors === undefined ? {} : { errors }),
  };
  response.status(status).set(headers).type('application/problem+json').send(JSON.stringify(problem));
}

export const notFound: RequestHandler = (_request, response) =>
  sendProblem(response, new Refusal(404, 'NOT_FOUND', 'there is nothing here'));

/**
 * The last of the handlers: whatever was thrown becomes an answer.
 *
 * @param to strangers are told nothing of what to do: that is about our configuration
 */
export const problemHandler =
  (log: Log, to: 'operators' | 'strangers'): ErrorRequestHandler =>
  // Express knows a handler of errors by its four parameters.
  (error: unknown, _request, response, _next) => {
    const refusal = refusalOf(error);
    // A forged or malformed request is the sender's business; ours is what we cannot do.
    const level = refusal.status >= 500 ? 'error' : 'warn';
    log[level]({ status: refusal.status, ...faultFields(error), code: refusal.code }, 'request refused');
    if (response.headersSent) return void response.destroy();
    const { status, code, message, particulars } = refusal;
    const { headers } = particulars;
    sendProblem(response, new Refusal(status, code, message, to === 'operators' ? particulars : { headers }));
  };

/** Codes whose status their class does not tell. Webhooks that cannot be trusted are 401, those that cannot be read 400. */
const STATUS: Readonly<Record<string, number>> = {
  WEBHOOK_FORGED: 401,
  WEBHOOK_STALE: 401,
  WEBHOOK_MALFORMED: 400,
  CONFLICT_CLOSED: 409,
  CONTACT_IN_CONFLICT: 409,
  ACTION_RUNNING: 409,
  CONTENDED: 409,
};

const statusOfCode = (code: string): number | null => STATUS[code] ?? (code.startsWith('NO_SUCH_') ? 404 : null);

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof PermanentError) {
    const { code, message, advice, field } = error;
    const errors = field === undefined ? undefined : [{ field, message }];
    return new Refusal(statusOfCode(code) ?? 422, code, message, { advice, errors });
  }
  if (error instanceof SyncError) {
    const wait_s = error instanceof ThrottledError ? Math.ceil(error.retryAfterMs / 1000) : 5;
    return new Refusal(statusOfCode(error.code) ?? 503, error.code, error.message, {
      headers: { 'Retry-After': String(wait_s) },
      advice: error instanceof OutageError ? error.advice : undefined,
    });
  }
  const status = statusOf(error);
  if (status === 413) return new Refusal(413, 'TOO_LARGE', 'the body is larger than this server takes');
  if (status === 404) return new Refusal(404, 'NOT_FOUND', 'there is nothing here');
  if (status !== null) return new Refusal(status, 'BAD_REQUEST', 'the request cannot be read');
  return new Refusal(500, 'INTERNAL', 'a fault of this server');
}

/** Express and its body parsers mark a fault of the client by a status from 400 to 499 on the error. */
function statusOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('status' in error)) return null;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}
