import { OutageError, PermanentError, SyncError, ThrottledError, TransientError } from '@contact-sync/sync';
import { z } from 'zod';

/** What the client's errors have in common: an HTTP status or a Node error code, and Google's reasons. */
const failure = z.looseObject({
  code: z.union([z.number(), z.string()]).optional(),
  status: z.number().optional(),
  errors: z.array(z.looseObject({ reason: z.string().optional() })).optional(),
  response: z.looseObject({ headers: z.unknown() }).optional(),
});

/** Nobody answers there: the whole of BigQuery is out of reach. */
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
/** Something answered and the connection broke, perhaps after the work was done. */
const BROKEN = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ESOCKETTIMEDOUT', 'UND_ERR_SOCKET']);

/** Source for reasons and statuses: https://cloud.google.com/bigquery/docs/error-messages */
const THROTTLED: Readonly<Record<string, number>> = {
  rateLimitExceeded: 5_000,
  userRateLimitExceeded: 5_000,
  jobRateLimitExceeded: 5_000,
  quotaExceeded: 60_000,
};

const CREDENTIALS =
  'Check the service account and its roles: BigQuery Data Editor on the dataset, Job User on the project.';

/**
 * What a failed call means for the hub. BigQuery's own messages may quote values, and the client's errors hold the whole
 * request: neither goes along as a cause.
 * @returns a SyncError; the error itself where it is one already, or a fault of this program
 */
export function syncError(cause: unknown): unknown {
  if (cause instanceof SyncError || cause instanceof TypeError || cause instanceof RangeError) return cause;
  const parsed = failure.safeParse(cause);
  const { code, status, errors = [], response } = parsed.success ? parsed.data : {};
  const http = typeof code === 'number' ? code : status;
  const reason = errors[0]?.reason;
  if (typeof code === 'string' && http === undefined) return networkError(code, cause);
  const wait = THROTTLED[reason ?? ''] ?? (http === 429 ? 5_000 : undefined);
  if (wait !== undefined)
    return new ThrottledError(
      'BIGQUERY_THROTTLED',
      `BigQuery asks to wait (${reason ?? http})`,
      retryAfter(response) ?? wait,
    );
  if (http === undefined)
    return new OutageError('BIGQUERY_NO_ANSWER', 'BigQuery could not be asked', { cause, advice: CREDENTIALS });
  return httpError(http, reason);
}

function networkError(code: string, cause: unknown): SyncError {
  if (UNREACHABLE.has(code))
    return new OutageError('BIGQUERY_UNREACHABLE', `BigQuery cannot be reached (${code})`, { cause });
  if (BROKEN.has(code))
    return new TransientError('BIGQUERY_CONNECTION_LOST', `the connection broke (${code})`, { cause });
  return new OutageError('BIGQUERY_NO_ANSWER', `BigQuery could not be asked (${code})`, { cause, advice: CREDENTIALS });
}

function httpError(http: number, reason: string | undefined): SyncError {
  const what = `HTTP ${http}${reason === undefined ? '' : `, ${reason}`}`;
  if (http === 401 || http === 403)
    return new OutageError('BIGQUERY_DENIED', `BigQuery refuses our credentials (${what})`, {
      advice: CREDENTIALS,
    });
  if (http === 404)
    return new OutageError('BIGQUERY_NOT_INSTALLED', 'a dataset, table or procedure is missing in BigQuery', {
      advice: 'Check project, dataset and location, then run contact-sync init.',
    });
  if (http === 502 || http === 503) return new OutageError('BIGQUERY_DOWN', `BigQuery is unavailable (${what})`);
  if (http >= 500 || http === 408 || http === 409 || reason === 'internalError' || reason === 'backendError')
    return new TransientError('BIGQUERY_FAILED', `BigQuery failed (${what})`);
  if (http === 413)
    return new PermanentError('BIGQUERY_TOO_LARGE', 'the request is larger than BigQuery takes', {
      advice: 'Shorten the contact.',
    });
  return new PermanentError('BIGQUERY_REFUSED', `BigQuery refuses the request (${what})`, {
    advice:
      'If a column, view or procedure was changed by hand, run contact-sync init; else this is a fault of contact-sync: report it.',
  });
}

const headers = z.union([
  z.instanceof(Headers).transform((given) => given.get('retry-after')),
  z.looseObject({ 'retry-after': z.string().optional() }).transform((given) => given['retry-after'] ?? null),
]);

/** Milliseconds of a Retry-After in seconds. */
function retryAfter(response: { headers?: unknown } | undefined): number | undefined {
  const parsed = headers.safeParse(response?.headers);
  const seconds = parsed.success && parsed.data !== null ? Number(parsed.data) : Number.NaN;
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}

/** Runs `work`; whatever the outside world does wrong comes out as a SyncError. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw syncError(cause);
  }
}
