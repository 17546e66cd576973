/** The connection of the thread: opened when needed, and again when the file was replaced under it. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { TableMapping } from '@contact-sync/contacts-sql';
import { OutageFault, resultCode } from './fault.ts';
import { render, type Sql } from './render.ts';

/** Long enough for a commit of somebody else, short enough that other calls do not wait for a call that waits. */
const BUSY_STEP_MS = 50;

export type Row = Record<string, SQLOutputValue>;

/** A trigger of the user ended the whole transaction: RAISE(ROLLBACK). */
export class RolledBack extends Error {}

export class Database {
  readonly sql: Sql;
  /** Goes up with each connection. */
  generation = 0;
  readonly #path: string;
  #open: { readonly db: DatabaseSync; readonly file: string; readonly statements: Map<string, StatementSync> } | null =
    null;

  constructor(path: string, mapping: TableMapping) {
    this.#path = path;
    this.sql = render(mapping);
  }

  /** The connection; `null` where there is no file. @param create makes the file, but no directory */
  connect(create = false): DatabaseSync | null {
    const file = this.#identity();
    if (this.#open !== null && this.#open.file === file) return this.#open.db;
    this.close();
    if (file === null && !create) return null;
    const url = pathToFileURL(this.#path);
    url.searchParams.set('mode', create ? 'rwc' : 'rw');
    const db = new DatabaseSync(url, { timeout: BUSY_STEP_MS });
    try {
      // FULL: an edit that was acknowledged is in the ledger, and what was applied counts as held. Lost with the power,
      // neither would be told or brought again. Foreign keys stay on, as the driver sets them: the hub breaks none.
      db.exec('PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY');
      db.exec(this.sql.of('deliveries'));
    } catch (error) {
      db.close();
      throw error;
    }
    this.generation += 1;
    this.#open = { db, file: this.#identity() ?? '', statements: new Map() };
    return db;
  }

  /** @throws {OutageFault} where there is no file yet */
  get db(): DatabaseSync {
    const db = this.connect();
    if (db === null) throw notInstalled();
    return db;
  }

  /** The statement of that name, prepared once. */
  #statement(name: string): StatementSync {
    const { db } = this;
    const known = this.#open?.statements.get(name);
    if (known !== undefined) return known;
    const statement = db.prepare(this.sql.of(name));
    this.#open?.statements.set(name, statement);
    return statement;
  }

  run(name: string, ...values: readonly SQLInputValue[]): void {
    this.#statement(name).run(...values);
  }

  all(name: string, ...values: readonly SQLInputValue[]): readonly Row[] {
    return this.#statement(name).all(...values);
  }

  each(name: string, ...values: readonly SQLInputValue[]): IterableIterator<Row> {
    return this.#statement(name).iterate(...values);
  }

  /** All of `work` or nothing. Nobody else writes meanwhile. */
  transaction<T>(work: () => T): T {
    const { db } = this;
    db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      db.exec('COMMIT');
      return result;
    } catch (error) {
      // A full disk, a lack of memory and some others have rolled back already.
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  }

  /** @throws {RolledBack} where the failure took the transaction along */
  savepoint<T>(work: () => T): T {
    const { db } = this;
    db.exec('SAVEPOINT one');
    try {
      const result = work();
      db.exec('RELEASE one');
      return result;
    } catch (error) {
      if (!db.isTransaction) throw new RolledBack('the whole transaction is gone', { cause: error });
      db.exec('ROLLBACK TO one; RELEASE one');
      throw error;
    }
  }

  /** Without a lock. @throws {OutageFault} where the file may only be read: SQLite says so no earlier than at a write. */
  checkWritable(): void {
    try {
      accessSync(this.#path, constants.W_OK);
    } catch {
      throw new OutageFault(
        'LOCAL_READONLY',
        'the local database cannot be written',
        'give the hub the right to write the file and its directory',
      );
    }
  }

  close(): void {
    const open = this.#open;
    this.#open = null;
    open?.db.close();
  }

  /** Which file the path names now: a file that was moved away would take our writes along. */
  #identity(): string | null {
    try {
      const { dev, ino } = statSync(this.#path, { bigint: true });
      return `${dev}:${ino}`;
    } catch (error) {
      // Any other trouble with the path is for SQLite to find, and to name.
      return hasCode(error, 'ENOENT') ? this.#missing() : 'unknown';
    }
  }

  #missing(): null {
    try {
      statSync(dirname(this.#path));
      return null;
    } catch {
      throw new OutageFault(
        'LOCAL_NO_DIRECTORY',
        'the directory of the local database does not exist',
        'create it, or correct the path in the configuration',
      );
    }
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

export const notInstalled = (): OutageFault =>
  new OutageFault(
    'LOCAL_NOT_INSTALLED',
    "the local database lacks contact-sync's tables and triggers",
    'run contact-sync init',
  );

/** True for a lock of somebody else: SQLITE_BUSY and SQLITE_LOCKED. */
export const isBusy = (error: unknown): boolean => [5, 6].includes(resultCode(error) ?? 0);
