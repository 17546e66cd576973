import { OutageError, PermanentError, type SyncError, TransientError } from '@contact-sync/sync';
import { ZodError } from 'zod';
import type { FailedRow, Fault } from './protocol.ts';

const SYSTEM = 'the local database';

/** By primary result code: https://sqlite.org/rescode.html */
const OUTAGES: Readonly<Record<number, readonly [code: string, message: string, advice: string]>> = {
  3: ['LOCAL_DENIED', 'may not be accessed', 'give the hub the right to read and write the file and its directory'],
  7: ['LOCAL_OUT_OF_MEMORY', 'ran out of memory', 'give the machine more memory'],
  8: ['LOCAL_READONLY', 'cannot be written', 'give the hub the right to write the file and its directory'],
  10: ['LOCAL_IO', 'could not be read or written', 'check the disk'],
  11: ['LOCAL_CORRUPT', 'is damaged', 'bring the file back from a backup, or try ".recover" of the sqlite3 shell'],
  13: ['LOCAL_FULL', 'has no room left', 'free some space on its disk'],
  14: ['LOCAL_CANNOT_OPEN', 'cannot be opened', 'check the path, and the rights on the file and its directory'],
  23: ['LOCAL_DENIED', 'may not be accessed', 'give the hub the right to read and write the file and its directory'],
  26: ['LOCAL_NOT_A_DATABASE', 'is not an SQLite file', 'correct the path in the configuration'],
};

const BUSY = new Set([5, 6]);
/** Aborted, interrupted, a lock protocol gone wrong, a schema that kept changing: nothing was written. */
const PASSES = new Set([4, 9, 15, 17]);

/** @param errcode an extended result code */
export function errorOfResult(errcode: number): SyncError {
  const primary = errcode & 0xff;
  if (BUSY.has(primary)) return new TransientError('LOCAL_BUSY', `${SYSTEM} is locked by another program (${errcode})`);
  if (PASSES.has(primary)) return new TransientError('LOCAL_TRANSIENT', `${SYSTEM} gave up the call (${errcode})`);
  const outage = OUTAGES[primary];
  if (outage !== undefined) {
    const [code, message, advice] = outage;
    return new OutageError(code, `${SYSTEM} ${message} (${errcode})`, { advice });
  }
  return new PermanentError('LOCAL_REFUSED', `${SYSTEM} refuses the call (${errcode})`, {
    advice: 'look the result code up at sqlite.org/rescode.html',
  });
}

export function errorOfFault(fault: Fault): Error {
  switch (fault.kind) {
    case 'sqlite':
      return errorOfResult(fault.errcode);
    case 'outage':
      return new OutageError(fault.code, fault.message, { advice: fault.advice });
    case 'bug':
      return new Error(fault.message);
  }
}

/** A row that the database will not take. */
export function errorOfRow({ errcode, constraint }: FailedRow): PermanentError {
  const by = constraint === null ? `${errcode}` : `${errcode}, ${constraint}`;
  return new PermanentError('ROW_REFUSED', `${SYSTEM} refuses the contact (${by})`, {
    ...(constraint === null || !constraint.includes('.')
      ? {}
      : { field: constraint.slice(constraint.indexOf('.') + 1) }),
    advice: 'change the contact, or the constraint or trigger that refuses it',
  });
}

/** Runs `read` over an answer. */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ZodError || error instanceof SyntaxError)) throw error;
    throw new OutageError('LOCAL_INCOMPATIBLE', `${SYSTEM} answered in a form that is not contact-sync's`, {
      cause: error,
      advice: 'update contact-sync and run contact-sync init',
    });
  }
}

export const died = (): SyncError =>
  new TransientError('LOCAL_THREAD_ENDED', `the thread of ${SYSTEM} ended during the call`);

export const closed = (): SyncError =>
  new OutageError('LOCAL_CLOSED', `${SYSTEM} was closed`, { advice: 'start contact-sync again' });

export const describe = (error: SyncError): string =>
  'advice' in error && typeof error.advice === 'string' ? `${error.message}: ${error.advice}` : error.message;
