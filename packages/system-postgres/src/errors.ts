import { errorOfSqlState } from '@contact-sync/contacts-sql';
import { OutageError, SyncError } from '@contact-sync/sync';
import pg from 'pg';
import { ZodError } from 'zod';

export const SYSTEM = 'the local database';
export const PREFIX = 'LOCAL';

/** What went wrong with a call, in the hub's terms. */
export function errorOf(error: unknown): SyncError {
  if (error instanceof SyncError) return error;
  if (error instanceof pg.DatabaseError && error.code !== undefined)
    return errorOfSqlState(error.code, SYSTEM, { prefix: PREFIX, cause: error });
  if (error instanceof ZodError)
    return new OutageError('LOCAL_INCOMPATIBLE', `${SYSTEM} answered in a form that is not contact-sync's`, {
      cause: error,
      advice: 'update contact-sync and run contact-sync init',
    });
  // Whatever else the driver throws is about the connection: the system's codes (ECONNREFUSED, ENOTFOUND, ECONNRESET,
  // ETIMEDOUT, TLS), and plain errors without any code for a connection that ended or a time that ran out.
  // Source: https://github.com/brianc/node-postgres, packages/pg/lib/client.js and packages/pg-pool/index.js
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
  return new OutageError('LOCAL_UNREACHABLE', `${SYSTEM} cannot be reached${code === null ? '' : ` (${code})`}`, {
    cause: error,
    advice: 'check that it runs, and the address in the configuration',
  });
}
