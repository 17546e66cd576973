import { Catalog, type TableEntry } from './catalog.ts';
import { Database, type Rows } from './database.ts';
import { define } from './definitions.ts';
import { invalidQuery, notFound } from './errors.ts';
import { typeOf } from './functions.ts';
import { keyOf, sqlName } from './names.ts';
import { Parameters, type QueryParameter } from './parameters.ts';
import { rewrite } from './rewrite.ts';
import { bodyOf, readStatement, type Statement } from './statements.ts';
import { type InsertError, insertAll, STREAMING_BUFFER_MS, type StreamedRow, StreamingBuffer } from './streaming.ts';
import { tokenize } from './tokens.ts';

export interface QueryRequest {
  readonly query: string;
  readonly parameters: readonly QueryParameter[];
  readonly defaultDataset: string | undefined;
  readonly dryRun: boolean;
}

export interface QueryAnswer extends Rows {
  /** As BigQuery names it, `SELECT`, `INSERT`, `CREATE_VIEW` … */
  readonly statement: string;
  /** Rows that DML wrote; null for everything else. */
  readonly affected: number | null;
}

const NO_ROWS: Rows = { names: [], types: [], rows: [] };

/** Runs GoogleSQL on DuckDB, one statement at a time. */
export class Engine {
  readonly project: string;
  readonly catalog: Catalog;
  readonly database: Database;
  readonly #streamed = new StreamingBuffer();

  private constructor(project: string, catalog: Catalog, database: Database) {
    this.project = project;
    this.catalog = catalog;
    this.database = database;
  }

  static async open(project: string, file: string): Promise<Engine> {
    const database = await Database.open(file);
    return new Engine(project, await Catalog.open(database), database);
  }

  query(request: QueryRequest): Promise<QueryAnswer> {
    return this.database.exclusively(async () => {
      const tokens = tokenize(request.query);
      const statement = readStatement(request.query, tokens, {
        project: this.project,
        dataset: request.defaultDataset,
      });
      const path =
        request.defaultDataset === undefined ? 'main' : `main,${this.catalog.dataset(request.defaultDataset).dataset}`;
      await this.database.run(`SET search_path = '${path}'`);
      return this.#run(statement, new Parameters(this.project, request.parameters), request);
    });
  }

  insertAll(table: TableEntry, rows: readonly StreamedRow[], skipInvalid: boolean): Promise<readonly InsertError[]> {
    return this.database.exclusively(() => insertAll(this, this.#streamed, table, rows, skipInvalid));
  }

  /** SQL of a column's default or a procedure's expression. */
  expression(sql: string): string {
    return rewrite(tokenize(sql), new Parameters(this.project, []));
  }

  close(): Promise<void> {
    return this.database.close();
  }

  async #run(statement: Statement, parameters: Parameters, request: QueryRequest): Promise<QueryAnswer> {
    if (statement.kind === 'call') return this.#call(statement, parameters, request);
    const sql = this.sqlOf(statement, parameters);
    if (sql === null) {
      if (request.dryRun) throw invalidQuery('Dry runs of this statement are not known to this sandbox');
      return { ...NO_ROWS, affected: null, statement: await define(this, statement) };
    }
    if (request.dryRun) {
      await this.database.check(sql);
      return { ...NO_ROWS, statement: statement.kind.toUpperCase(), affected: null };
    }
    const rows = await this.database.run(sql, parameters);
    if (statement.kind === 'query') return { ...rows, statement: 'SELECT', affected: null };
    if (statement.kind === 'assert') {
      if (rows.rows[0]?.[0] !== true) throw invalidQuery(`Assertion failed: ${statement.message}`);
      return { ...NO_ROWS, statement: 'ASSERT', affected: null };
    }
    return { ...NO_ROWS, statement: statement.kind.toUpperCase(), affected: Number(rows.rows[0]?.[0] ?? 0) };
  }

  /** DuckDB's words for a statement that reads or writes rows; null for one that defines something. */
  sqlOf(statement: Statement, parameters: Parameters): string | null {
    switch (statement.kind) {
      case 'query':
        return rewrite(statement.tokens, parameters);
      case 'assert':
        return `SELECT ${rewrite(statement.condition, parameters)}`;
      case 'insert':
        this.catalog.table(statement.table);
        return `INSERT INTO ${sqlName(statement.table)} ${rewrite(statement.rest, parameters)}`;
      case 'update':
      case 'delete':
        this.catalog.table(statement.table);
        if (this.#streamed.holds(keyOf(statement.table)))
          throw invalidQuery(
            `${statement.kind.toUpperCase()} statement over table ${keyOf(statement.table)} would affect rows in the streaming ` +
              `buffer, which is not supported (rows leave it after ${STREAMING_BUFFER_MS / 60_000} minutes)`,
          );
        return `${statement.kind === 'update' ? 'UPDATE' : 'DELETE FROM'} ${sqlName(statement.table)} ${rewrite(statement.rest, parameters)}`;
      default:
        return null;
    }
  }

  /** Everything in the body is rewritten before anything of it runs, and it runs wholly or not at all. */
  async #call(call: Statement & { kind: 'call' }, parameters: Parameters, request: QueryRequest): Promise<QueryAnswer> {
    const procedure = this.catalog.find(call.procedure);
    if (procedure?.kind !== 'procedure') throw notFound(`Procedure ${keyOf(call.procedure)}`);
    if (procedure.args.length !== call.args.length)
      throw invalidQuery(`${procedure.name} takes ${procedure.args.length} arguments, not ${call.args.length}`);
    if (request.dryRun) throw invalidQuery('Dry runs of CALL are not known to this sandbox');
    const casts = call.args.map(
      (arg, index) => `CAST(CAST(${rewrite(arg, parameters)} AS ${typeOf(procedure.args[index]?.type)}) AS VARCHAR)`,
    );
    const { rows } = await this.database.run(`SELECT ${casts.join(', ')}`, parameters);
    const args = new Map(
      procedure.args.map((arg, index) => [
        arg.name.toLowerCase(),
        { type: typeOf(arg.type), value: rows[0]?.[index] ?? null },
      ]),
    );
    const steps = this.body(procedure.body, procedure.dataset, args);
    await this.database.atomically(async () => {
      for (const { statement, scope } of steps) await this.#run(statement, scope, request);
    });
    return { ...NO_ROWS, statement: 'SCRIPT', affected: null };
  }

  /** The statements of a procedure's body, each with its own scope. */
  body(body: string, dataset: string, args: ConstructorParameters<typeof Parameters>[2]) {
    return bodyOf(tokenize(body)).map((tokens) => {
      const statement = readStatement(body, tokens, { project: this.project, dataset });
      const scope = new Parameters(this.project, [], args);
      if (this.sqlOf(statement, scope) === null)
        throw invalidQuery('Procedures are known to this sandbox with queries, INSERT, UPDATE, DELETE and ASSERT only');
      return { statement, scope: new Parameters(this.project, [], args) };
    });
  }
}
