import { invalidQuery } from './errors.ts';
import { TYPES } from './functions.ts';
import { type ObjectName, Reader } from './names.ts';
import { isSymbol, isWord } from './rewrite.ts';
import type { Token } from './tokens.ts';

export interface ColumnDefinition {
  readonly name: string;
  /** GoogleSQL name of the scalar type. */
  readonly type: string;
  readonly repeated: boolean;
  readonly required: boolean;
  /** The source of the default, as GoogleSQL. */
  readonly default?: string;
  readonly description?: string;
}

export interface Argument {
  readonly name: string;
  readonly type: string;
}

/** What a statement asks for. Tokens are GoogleSQL, not yet rewritten. */
export type Statement =
  | { readonly kind: 'query'; readonly tokens: readonly Token[] }
  | { readonly kind: 'insert'; readonly table: ObjectName; readonly rest: readonly Token[] }
  | { readonly kind: 'update' | 'delete'; readonly table: ObjectName; readonly rest: readonly Token[] }
  | { readonly kind: 'assert'; readonly condition: readonly Token[]; readonly message: string }
  | { readonly kind: 'call'; readonly procedure: ObjectName; readonly args: readonly (readonly Token[])[] }
  | { readonly kind: 'create_schema'; readonly dataset: string; readonly ifNotExists: boolean }
  | {
      readonly kind: 'create_table';
      readonly table: ObjectName;
      readonly columns: readonly ColumnDefinition[];
      readonly partitionBy: string | null;
      readonly clusterBy: readonly string[];
      readonly description: string | undefined;
      readonly ifNotExists: boolean;
    }
  | {
      readonly kind: 'add_columns';
      readonly table: ObjectName;
      readonly columns: readonly (ColumnDefinition & { readonly ifNotExists: boolean })[];
    }
  | { readonly kind: 'set_default'; readonly table: ObjectName; readonly column: string; readonly default: string }
  | {
      readonly kind: 'create_view';
      readonly view: ObjectName;
      readonly query: string;
      readonly description: string | undefined;
      readonly orReplace: boolean;
      readonly ifNotExists: boolean;
    }
  | {
      readonly kind: 'create_procedure';
      readonly procedure: ObjectName;
      readonly args: readonly Argument[];
      readonly body: string;
      readonly description: string | undefined;
      readonly orReplace: boolean;
      readonly ifNotExists: boolean;
    }
  | {
      readonly kind: 'drop';
      readonly what: 'table' | 'view' | 'procedure';
      readonly object: ObjectName;
      readonly ifExists: boolean;
    };

/** Where unqualified names belong. */
export interface Place {
  readonly project: string;
  readonly dataset: string | undefined;
}

/**
 * Reads one statement.
 * @param sql the text the tokens were cut from: views and procedures are kept as written
 * @throws {ApiError} for a statement that this sandbox does not know
 */
export function readStatement(sql: string, all: readonly Token[], place: Place): Statement {
  const tokens = isSymbol(all.at(-1), ';') ? all.slice(0, -1) : all;
  const reader = new Reader(tokens);
  const object = () => reader.object(place.project, place.dataset);
  if (isWord(reader.peek(), 'SELECT', 'WITH') || isSymbol(reader.peek(), '(')) return { kind: 'query', tokens };
  if (reader.words('INSERT')) {
    reader.words('INTO');
    return { kind: 'insert', table: object(), rest: reader.rest() };
  }
  if (reader.words('UPDATE')) return dml('update', object(), reader.rest());
  if (reader.words('DELETE')) {
    reader.words('FROM');
    return dml('delete', object(), reader.rest());
  }
  if (reader.words('ASSERT')) {
    const condition = reader.until((token) => isWord(token, 'AS'));
    return { kind: 'assert', condition, message: reader.words('AS') ? reader.string() : 'Assertion failed' };
  }
  if (reader.words('CALL')) {
    const procedure = object();
    return { kind: 'call', procedure, args: list(reader) };
  }
  if (reader.words('ALTER', 'TABLE')) return alterTable(sql, reader, object());
  if (reader.words('CREATE')) return create(sql, reader, place);
  if (reader.words('DROP')) {
    const what = reader.identifier().toLowerCase();
    if (what !== 'table' && what !== 'view' && what !== 'procedure')
      throw reader.unexpected('TABLE, VIEW or PROCEDURE');
    const ifExists = reader.words('IF', 'EXISTS');
    return end(reader, { kind: 'drop', what, object: object(), ifExists });
  }
  throw invalidQuery(`Statement not known to this sandbox: ${reader.peek()?.text ?? '(empty)'}`);
}

function dml(kind: 'update' | 'delete', table: ObjectName, rest: readonly Token[]): Statement {
  if (!rest.some((token) => isWord(token, 'WHERE')))
    throw invalidQuery(`${kind.toUpperCase()} must have a WHERE clause`);
  return { kind, table, rest };
}

function end<T>(reader: Reader, statement: T): T {
  if (!reader.done) throw reader.unexpected('end of statement');
  return statement;
}

/** `(a, b, c)` as the tokens of each. */
function list(reader: Reader): Token[][] {
  reader.expectSymbol('(');
  const items: Token[][] = [];
  if (reader.symbol(')')) return items;
  do items.push(reader.until((token) => isSymbol(token, ',')));
  while (reader.symbol(','));
  reader.expectSymbol(')');
  return items;
}

const source = (sql: string, tokens: readonly Token[]): string => sql.slice(tokens[0]?.start ?? 0, tokens.at(-1)?.end);

/** `OPTIONS (description = '…')`: any other option would be ignored, so it is refused. */
function options(reader: Reader): string | undefined {
  if (!reader.words('OPTIONS')) return undefined;
  reader.expectSymbol('(');
  reader.expectWords('DESCRIPTION');
  reader.expectSymbol('=');
  const description = reader.string();
  reader.expectSymbol(')');
  return description;
}

function columnType(reader: Reader): { type: string; repeated: boolean } {
  const name = reader.identifier().toUpperCase();
  if (name === 'ARRAY') {
    reader.expectSymbol('<');
    const { type } = columnType(reader);
    reader.expectSymbol('>');
    return { type, repeated: true };
  }
  if (!TYPES.has(name)) throw invalidQuery(`Type not known to this sandbox: ${name}`);
  return { type: name, repeated: false };
}

function column(sql: string, reader: Reader): ColumnDefinition {
  const name = reader.identifier();
  const type = columnType(reader);
  const value = reader.words('DEFAULT')
    ? source(
        sql,
        reader.until((token) => isSymbol(token, ',') || isWord(token, 'NOT', 'OPTIONS')),
      )
    : undefined;
  const required = reader.words('NOT', 'NULL');
  const description = options(reader);
  return {
    name,
    ...type,
    required,
    ...(value === undefined ? {} : { default: value }),
    ...(description === undefined ? {} : { description }),
  };
}

function alterTable(sql: string, reader: Reader, table: ObjectName): Statement {
  if (reader.words('ALTER', 'COLUMN')) {
    const name = reader.identifier();
    reader.expectWords('SET', 'DEFAULT');
    return { kind: 'set_default', table, column: name, default: source(sql, reader.rest()) };
  }
  const columns = [];
  do {
    reader.expectWords('ADD', 'COLUMN');
    const ifNotExists = reader.words('IF', 'NOT', 'EXISTS');
    const added = column(sql, reader);
    if (added.required) throw invalidQuery(`Cannot add required column to an existing table: ${added.name}`);
    if (added.default !== undefined)
      throw invalidQuery('Cannot add a column with a default value: add the column, then SET DEFAULT');
    columns.push({ ...added, ifNotExists });
  } while (reader.symbol(','));
  return end(reader, { kind: 'add_columns', table, columns });
}

function create(sql: string, reader: Reader, place: Place): Statement {
  const orReplace = reader.words('OR', 'REPLACE');
  const what = reader.identifier().toUpperCase();
  const ifNotExists = reader.words('IF', 'NOT', 'EXISTS');
  if (what === 'SCHEMA') {
    const parts = reader.path();
    const dataset = parts.at(-1) ?? '';
    if (parts.length > 1 && parts[0] !== place.project)
      throw invalidQuery('Another project is not known to this sandbox');
    return end(reader, { kind: 'create_schema', dataset, ifNotExists });
  }
  const object = reader.object(place.project, place.dataset);
  if (what === 'TABLE') {
    if (orReplace) throw invalidQuery('CREATE OR REPLACE TABLE is not known to this sandbox');
    return end(reader, createTable(sql, reader, object, ifNotExists));
  }
  if (what === 'VIEW') {
    const description = options(reader);
    reader.expectWords('AS');
    return {
      kind: 'create_view',
      view: object,
      query: source(sql, reader.rest()),
      description,
      orReplace,
      ifNotExists,
    };
  }
  if (what === 'PROCEDURE') {
    const args = list(reader).map((tokens) => {
      const arg = new Reader(tokens);
      return { name: arg.identifier(), type: columnType(arg).type };
    });
    const description = options(reader);
    const body = reader.rest();
    if (!isWord(body[0], 'BEGIN') || !isWord(body.at(-1), 'END')) throw reader.unexpected('BEGIN … END');
    return {
      kind: 'create_procedure',
      procedure: object,
      args,
      body: source(sql, body),
      description,
      orReplace,
      ifNotExists,
    };
  }
  throw invalidQuery(`CREATE ${what} is not known to this sandbox`);
}

function createTable(sql: string, reader: Reader, table: ObjectName, ifNotExists: boolean): Statement {
  const columns: ColumnDefinition[] = [];
  reader.expectSymbol('(');
  do columns.push(column(sql, reader));
  while (reader.symbol(',') && !isSymbol(reader.peek(), ')'));
  reader.expectSymbol(')');
  let partitionBy: string | null = null;
  const clusterBy: string[] = [];
  if (reader.words('PARTITION', 'BY')) {
    reader.expectWords('DATE');
    reader.expectSymbol('(');
    partitionBy = reader.identifier();
    reader.expectSymbol(')');
  }
  if (reader.words('CLUSTER', 'BY')) {
    do clusterBy.push(reader.identifier());
    while (reader.symbol(','));
  }
  return { kind: 'create_table', table, columns, partitionBy, clusterBy, description: options(reader), ifNotExists };
}

/** The statements between BEGIN and END. */
export function bodyOf(tokens: readonly Token[]): Token[][] {
  const statements: Token[][] = [];
  const reader = new Reader(tokens.slice(1, -1));
  while (!reader.done) {
    const statement = reader.until((token) => isSymbol(token, ';'));
    reader.expectSymbol(';');
    if (statement.length > 0) statements.push(statement);
  }
  return statements;
}
