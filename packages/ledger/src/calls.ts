import type pg from 'pg';
import { ledgerError } from './error.ts';

/** The database's functions, called one by one; what they throw is in the hub's words. */
export class Calls {
  readonly pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.pool = pool;
    // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
    pool.on('error', () => undefined);
  }

  /** The functions write exactly the shapes that the ports declare; a test holds them to it. */
  async call<Result>(call: string, values: readonly unknown[]): Promise<Result> {
    const { rows } = await this.guarded(() =>
      this.pool.query<{ result: Result }>(`select contact_sync_ledger.${call} as result`, values.map(withoutNul)),
    );
    const [row] = rows;
    if (row === undefined) throw new Error('a function call returns one row');
    return row.result;
  }

  /** Whatever is thrown is told as {@link ledgerError} tells it. */
  async guarded<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw ledgerError(error);
    }
  }
}

/** Ids come from people too: what is no bigint is no dead letter. */
export const isKey = (id: string): boolean => /^[1-9]\d{0,17}$/.test(id);

/** Names and ids come from people and from jobs: Postgres fails a whole call for a NUL in one text. */
const withoutNul = (value: unknown): unknown =>
  typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : Array.isArray(value) ? value.map(withoutNul) : value;
