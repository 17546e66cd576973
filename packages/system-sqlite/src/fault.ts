/** Errors as they are known in the thread, which loads nothing but Node's own modules. */
import type { Fault } from './protocol.ts';

/** The database as a whole cannot serve, and a person has to do something. */
export class OutageFault extends Error {
  readonly code: string;
  readonly advice: string;

  constructor(code: string, message: string, advice: string) {
    super(message);
    this.code = code;
    this.advice = advice;
  }
}

/** The extended result code that SQLite gave. */
export const extendedCode = (error: unknown): number | null =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : null;

/** The primary result code, as in https://sqlite.org/rescode.html */
export function resultCode(error: unknown): number | null {
  const code = extendedCode(error);
  return code === null ? null : code & 0xff;
}

/** What a row, its columns' constraints and the user's triggers can cause; all others are about the database. */
const ROW_CODES: ReadonlySet<number> = new Set([
  1, // SQLITE_ERROR: a trigger of the user called something that does not exist
  18, // SQLITE_TOOBIG
  19, // SQLITE_CONSTRAINT, RAISE in a trigger too
  20, // SQLITE_MISMATCH
]);

export const isOfARow = (error: unknown): boolean => ROW_CODES.has(resultCode(error) ?? 0);

export function faultOf(error: unknown): Fault {
  if (error instanceof OutageFault) {
    const { code, message, advice } = error;
    return { kind: 'outage', code, message, advice };
  }
  const errcode = extendedCode(error);
  if (errcode !== null) return { kind: 'sqlite', errcode };
  return { kind: 'bug', message: error instanceof Error ? (error.stack ?? error.message) : 'unknown' };
}
