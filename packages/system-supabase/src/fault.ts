import { failingOf } from '@contact-sync/contacts-sql';
import { OutageError, PermanentError, type SyncError, ThrottledError, TransientError } from '@contact-sync/sync';

/** What is known of a call that failed. Nothing of what the server wrote: its messages quote rows and keys. */
export interface Failure {
  /** The HTTP status; 0 when no answer came. */
  readonly status: number;
  /** `error.code` of supabase-js: an SQLSTATE, a `PGRST…`, or empty. */
  readonly code: string;
  /** Why no answer came; means nothing unless `status` is 0. `lost`: perhaps after the commit. */
  readonly network: 'timeout' | 'unreachable' | 'lost';
  /** From the header Retry-After; `null` without one. */
  readonly retryAfterMs: number | null;
}

/** Beyond the time that Supabase lets a statement take: a smaller batch helps. */
export const STATEMENT_TIMEOUT = 'SUPABASE_STATEMENT_TIMEOUT';
/** More than the gateway takes in one request: a smaller batch helps. */
export const TOO_LARGE = 'SUPABASE_TOO_LARGE';
/** The tables or functions are missing, or the API has not heard of them yet. */
export const NOT_INSTALLED = 'SUPABASE_NOT_INSTALLED';
const THROTTLE_MS = 1_000;

/**
 * What to do about a failure: by the code first, since PostgREST answers 500 to much that a retry mends, then by status.
 * Source: https://docs.postgrest.org/en/stable/references/errors.html
 */
export function faultOf(failure: Failure): SyncError {
  const { code, status } = failure;
  if (/^PGRST\d{3}$/.test(code)) return ofPostgrest(code, failure);
  if (/^[0-9A-Z]{5}$/.test(code)) return ofSqlState(code);
  return status === 0 ? ofNetwork(failure) : ofStatus(failure);
}

function ofPostgrest(code: string, failure: Failure): SyncError {
  if (code === 'PGRST003') return new ThrottledError('SUPABASE_BUSY', `no free connection (${code})`, THROTTLE_MS);
  if (code < 'PGRST003') return unavailable(code);
  if (code === 'PGRST202' || code === 'PGRST205') return notInstalled(code);
  if (code >= 'PGRST300' && code < 'PGRST400') return unauthorized(code);
  return /^PGRST[12]/.test(code) ? refused('SUPABASE_BAD_REQUEST', code) : ofStatus(failure);
}

/** What an SQLSTATE means, whether PostgREST or Postgres itself told it. */
export function ofSqlState(state: string): SyncError {
  switch (failingOf(state)) {
    case 'transient':
      return state === '57014'
        ? new TransientError(STATEMENT_TIMEOUT, `the statement took too long (${state})`)
        : new TransientError('SUPABASE_CONTENTION', `lost to another transaction (${state})`);
    case 'throttled':
      return new ThrottledError('SUPABASE_BUSY', `out of resources (${state})`, THROTTLE_MS);
    case 'outage':
      return unavailable(state);
    case 'not_installed':
      return notInstalled(state);
    case 'denied':
      return denied(state);
    case 'permanent':
      return refused('SUPABASE_REFUSED', state);
  }
}

function ofNetwork({ network }: Failure): SyncError {
  switch (network) {
    case 'timeout':
      return new TransientError('SUPABASE_TIMEOUT', 'no answer in time; the write may have happened');
    case 'lost':
      return new TransientError('SUPABASE_CONNECTION_LOST', 'the connection broke; the write may have happened');
    case 'unreachable':
      return new OutageError('SUPABASE_UNREACHABLE', 'no connection', {
        advice: 'check the URL of the Supabase project, and whether the project is paused',
      });
  }
}

function ofStatus({ status, code, retryAfterMs }: Failure): SyncError {
  // What is not spelled as a code is may be a text of whoever answered.
  const told = /^[A-Z][A-Z0-9_]{1,39}$/.test(code) ? `HTTP ${status}, ${code}` : `HTTP ${status}`;
  if (status === 429) return new ThrottledError('SUPABASE_THROTTLED', told, retryAfterMs ?? THROTTLE_MS);
  if (status === 401 || status === 403) return unauthorized(told);
  if (status === 408) return new TransientError('SUPABASE_TIMEOUT', told);
  if (status === 413) return refused(TOO_LARGE, told);
  if (status === 404)
    return new OutageError('SUPABASE_NOT_FOUND', told, { advice: 'check the URL of the Supabase project' });
  if (status > 500) return unavailable(told);
  // A plain 500 may lie in one row: retried again and again it ends as a dead letter, which an outage never does.
  if (status === 500) return new TransientError('SUPABASE_FAILED', told);
  return refused('SUPABASE_BAD_REQUEST', told);
}

const unavailable = (told: string) => new OutageError('SUPABASE_UNAVAILABLE', `Supabase does not serve (${told})`);

const unauthorized = (told: string) =>
  new OutageError('SUPABASE_UNAUTHORIZED', `Supabase refuses access (${told})`, {
    advice: 'check the secret key (sb_secret_…) of the Supabase project',
  });

function denied(state: string): OutageError {
  if (state === '42501')
    return new OutageError('SUPABASE_UNAUTHORIZED', `Supabase refuses access (${state})`, {
      advice:
        "use the secret key, not a publishable one; if it is, service_role lacks the grants of contact-sync's SQL",
    });
  if (state === 'CS001')
    return new OutageError('SUPABASE_TABLE_EXISTS', 'the table of that name is of somebody else', {
      advice: 'adopt the table by a mapping, or move it away: contact-sync needs the name',
    });
  if (state === 'CS002') return newer();
  return new OutageError('SUPABASE_UNAUTHORIZED', `the database refuses access (${state})`, {
    advice: 'check user, password and database name of the connection string',
  });
}

export const newer = () =>
  new OutageError('SUPABASE_NEWER', 'a newer contact-sync has installed its tables there', {
    advice: 'update contact-sync',
  });

export const notInstalled = (told: string) =>
  new OutageError(NOT_INSTALLED, `Supabase lacks contact-sync's tables or functions (${told})`, {
    advice:
      'run contact-sync init; without a connection string of the database, ' +
      'paste the output of `contact-sync init --sql supabase` into the SQL editor of the project',
  });

const refused = (code: string, told: string) =>
  new PermanentError(code, `Supabase refuses the call (${told})`, {
    advice: 'find the reason in the Postgres log of the Supabase project, correct it, and replay',
  });
