import { OutageError, PermanentError, type SyncError, ThrottledError, TransientError } from '@contact-sync/sync';

/** What an SQLSTATE means for the hub. Source of the codes: https://www.postgresql.org/docs/18/errcodes-appendix.html */
export type Failing = 'transient' | 'throttled' | 'outage' | 'denied' | 'not_installed' | 'permanent';

const NOT_INSTALLED = new Set([
  '42P01', // undefined_table
  '42703', // undefined_column: somebody dropped one
  '42883', // undefined_function
  '3F000', // invalid_schema_name
  'CS003', // contact_sync.same_mapping: installed with another mapping
]);
const TRANSIENT = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '40003', // statement_completion_unknown: every write is guarded, so it can be tried again
  '55P03', // lock_not_available: a user holds the row
  '57014', // query_canceled: a timeout
]);

/**
 * What a call or a row that ended with this SQLSTATE needs; `permanent` for one that is not known.
 *
 * @param sqlstate five characters, as Postgres gives them
 */
export function failingOf(sqlstate: string): Failing {
  if (TRANSIENT.has(sqlstate)) return 'transient';
  if (NOT_INSTALLED.has(sqlstate)) return 'not_installed';
  // 57P01–57P05: shut down, crashed, starting up, database dropped, idle session ended; 58: I/O; XX: corrupt or a bug
  if (/^(08|57P|58|XX)/.test(sqlstate)) return 'outage';
  if (sqlstate === '25006') return 'outage'; // read_only_sql_transaction: a replica, or a disk that is full
  if (sqlstate.startsWith('53')) return sqlstate === '53100' ? 'outage' : 'throttled'; // 53100: disk full
  if (/^(28|3D|42501|CS)/.test(sqlstate)) return 'denied';
  return 'permanent';
}

const RETRY_AFTER_MS = 1_000;

/**
 * The error of a whole call that ended with this SQLSTATE.
 *
 * @param system as named in messages: `the local database`
 * @param options.prefix of the error's code
 * @returns {@link TransientError} `…_TRANSIENT`; {@link ThrottledError} `…_BUSY`, to be asked again after a second;
 *   {@link OutageError} `…_DOWN`, `…_CLOSED`, `…_NOT_INSTALLED`, `…_DENIED`; {@link PermanentError} `…_REFUSED`
 */
export function errorOfSqlState(
  sqlstate: string,
  system: string,
  { prefix = 'SQL', cause }: { readonly prefix?: string; readonly cause?: unknown } = {},
): SyncError {
  const options = { cause };
  // object_not_in_prerequisite_state: of a row, by a trigger of the user; of a whole call, as the answer to connecting.
  if (sqlstate === '55000')
    return new OutageError(`${prefix}_CLOSED`, `${system} takes no connections (${sqlstate})`, options);
  switch (failingOf(sqlstate)) {
    case 'transient':
      return new TransientError(`${prefix}_TRANSIENT`, `${system} gave up the call (${sqlstate})`, options);
    case 'throttled':
      return new ThrottledError(
        `${prefix}_BUSY`,
        `${system} is out of resources (${sqlstate})`,
        RETRY_AFTER_MS,
        options,
      );
    case 'outage':
      return new OutageError(`${prefix}_DOWN`, `${system} does not serve (${sqlstate})`, options);
    case 'not_installed':
      return new OutageError(
        `${prefix}_NOT_INSTALLED`,
        `${system} lacks contact-sync's tables, columns or functions (${sqlstate})`,
        {
          ...options,
          advice: 'run contact-sync init',
        },
      );
    case 'denied':
      return new OutageError(`${prefix}_DENIED`, `${system} refuses access (${sqlstate})`, {
        ...options,
        advice: adviceOf(sqlstate),
      });
    case 'permanent':
      return new PermanentError(`${prefix}_REFUSED`, `${system} refuses the call (${sqlstate})`, {
        ...options,
        advice: "look the SQLSTATE up in the database's log",
      });
  }
}

function adviceOf(sqlstate: string): string {
  if (sqlstate === 'CS001')
    return 'adopt the table of that name by a mapping, or move it away: contact-sync needs the name';
  if (sqlstate === 'CS002') return 'update contact-sync: a newer one has installed its tables there';
  if (sqlstate.startsWith('28')) return 'check user name and password of the database';
  if (sqlstate.startsWith('3D')) return 'create the database, or correct its name in the configuration';
  return "grant the hub's user the rights on contact-sync's functions";
}
