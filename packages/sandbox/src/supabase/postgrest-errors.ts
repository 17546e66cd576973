/**
 * HTTP statuses of database errors as PostgREST chooses them, by the longest matching prefix of the SQLSTATE; all others
 * are 400. Source: https://docs.postgrest.org/en/stable/references/errors.html#status-codes
 */
const STATUS_BY_SQLSTATE: Readonly<Record<string, number>> = {
  '08': 503,
  '09': 500,
  '0L': 403,
  '0P': 403,
  '21000': 500,
  '23503': 409,
  '23505': 409,
  '25': 500,
  '25006': 405,
  '28': 403,
  '2D': 500,
  '38': 500,
  '39': 500,
  '3B': 500,
  '40': 500,
  '42883': 404,
  '42P17': 500,
  '53': 503,
  '53400': 500,
  '54': 413,
  '55': 500,
  '57': 500,
  '57P01': 503,
  '58': 500,
  F0: 500,
  HV: 500,
  P0: 500,
  P0001: 400,
  XX: 500,
};

/** The driver's own codes, and Node's, for a database that cannot be reached. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
]);

/** Left to lite: 42501 (its status depends on the role), 42P01 (becomes PGRST205), and codes that functions raise. */
const LEFT = /^(42501|42P01|PT|PGRST)/;

/**
 * What lite answers with PostgREST's status: an error of the form `raise sqlstate 'PGRST'`, which lets a function choose
 * code and status, and which lite honours. Anything without an SQLSTATE is returned as it is.
 */
export function postgrestError(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  const { code } = error;
  if (UNREACHABLE.has(code)) return raised('PGRST001', 'Database connection error. Retrying the connection.', 503);
  if (!/^[0-9A-Z]{5}$/.test(code) || LEFT.test(code)) return error;
  const status = STATUS_BY_SQLSTATE[code] ?? STATUS_BY_SQLSTATE[code.slice(0, 2)] ?? 400;
  return raised(code, error.message, status, textOf(error, 'detail'), textOf(error, 'hint'));
}

const textOf = (error: Error, key: string): string | null => {
  const value: unknown = Reflect.get(error, key);
  return typeof value === 'string' ? value : null;
};

const raised = (
  code: string,
  message: string,
  status: number,
  details: string | null = null,
  hint: string | null = null,
) => ({
  code: 'PGRST',
  message: JSON.stringify({ code, message, details, hint }),
  detail: JSON.stringify({ status, headers: {} }),
});
