import { readFile } from 'node:fs/promises';
import {
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { invalidQuery, notFound } from './errors.ts';

export interface Rows {
  readonly names: readonly string[];
  readonly types: readonly DuckDBType[];
  readonly rows: readonly (readonly DuckDBValue[])[];
}

/** Values of named parameters, and their types: an empty list does not tell its own. */
export interface Bindings {
  readonly values: Record<string, DuckDBValue>;
  readonly types: Record<string, DuckDBType>;
}

/** One DuckDB connection, used by one request at a time. */
export class Database {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  /** @param file a DuckDB file, made when missing; `:memory:` for none */
  static async open(file: string): Promise<Database> {
    const instance = await DuckDBInstance.create(file);
    const connection = await instance.connect();
    // NULLs sort first in GoogleSQL; no query may read files of this machine; two cores are shared with the hub.
    await connection.run(
      `SET TimeZone = 'UTC'; SET default_null_order = 'nulls_first_on_asc_last_on_desc'; SET threads = 2;
       SET enable_external_access = false;`,
    );
    await connection.run(await readFile(new URL('./macros.sql', import.meta.url), 'utf8'));
    return new Database(instance, connection);
  }

  /** Runs `work` after everything that was asked for before it. Not reentrant. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** @throws {ApiError} what BigQuery would answer */
  async run(sql: string, bound?: Bindings): Promise<Rows> {
    try {
      const result = await this.#connection.run(sql, bound?.values, bound?.types);
      return { names: result.columnNames(), types: result.columnTypes(), rows: await result.getRows() };
    } catch (cause) {
      throw refusal(cause);
    }
  }

  /** Checks a statement without running it. */
  async check(sql: string): Promise<void> {
    try {
      (await this.#connection.prepare(sql)).destroySync();
    } catch (cause) {
      throw refusal(cause);
    }
  }

  /** All of `work` or nothing. */
  async atomically<T>(work: () => Promise<T>): Promise<T> {
    await this.run('BEGIN');
    try {
      const result = await work();
      await this.run('COMMIT');
      return result;
    } catch (error) {
      await this.run('ROLLBACK');
      throw error;
    }
  }

  appender(dataset: string, table: string): Promise<DuckDBAppender> {
    return this.#connection.createAppender(table, dataset);
  }

  async close(): Promise<void> {
    await this.exclusively(async () => {
      this.#connection.closeSync();
      this.#instance.closeSync();
    });
  }
}

/** DuckDB's Node API gives an error's kind in its message only: https://github.com/duckdb/duckdb-node-neo (1.5) */
function refusal(cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  return /^Catalog Error: (Table|Schema) with name/.test(message) ? notFound(message) : invalidQuery(message);
}
