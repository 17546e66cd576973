import { OutageError, TransientError } from '@contact-sync/sync';
import pg from 'pg';

/** SQLSTATEs that a repeat may well mend: serialisation, deadlock, a unique race, a cancelled statement. */
const REPEAT = new Set(['40001', '40P01', '23505', '57014', '55P03']);

/**
 * The ledger's faults in the hub's words. Anything that is no fault of the outside world is a bug and stays what it is.
 * SQLSTATEs: https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
export function ledgerError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const sqlstate = error instanceof pg.DatabaseError ? (error.code ?? '') : null;
  if (sqlstate !== null && REPEAT.has(sqlstate))
    return new TransientError('LEDGER_BUSY', 'the ledger was busy', { cause: error });
  if (sqlstate === '3F000' || sqlstate === '42P01' || sqlstate === '42883')
    return new OutageError('LEDGER_NOT_INSTALLED', 'the ledger has no tables', {
      cause: error,
      advice: 'Run `contact-sync init`.',
    });
  if (sqlstate === '42501')
    return new OutageError('LEDGER_DENIED', 'the ledger does not let the hub in', {
      cause: error,
      advice: 'Let the owner run `contact-sync init`, and `grant contact_sync_hub to` the login of LEDGER_URL.',
    });
  if (sqlstate !== null && !/^(08|53|57|58|28|3D|25006)/.test(sqlstate)) return error;
  // Without a SQLSTATE it is a socket's error, or pg's own about a connection: bugs of ours are TypeErrors and the like.
  if (sqlstate === null && error.name !== 'Error' && error.name !== 'AggregateError') return error;
  return new OutageError('LEDGER_UNREACHABLE', 'the ledger does not answer', {
    cause: error,
    advice: 'Check LEDGER_URL and that its Postgres runs and lets the hub in.',
  });
}
