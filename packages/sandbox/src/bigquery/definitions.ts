import type { TableEntry } from './catalog.ts';
import type { Engine } from './engine.ts';
import { duplicate, invalid, invalidQuery, notFound } from './errors.ts';
import { typeOf } from './functions.ts';
import { keyOf, type ObjectName, sqlName } from './names.ts';
import { Parameters } from './parameters.ts';
import { quoteName, rewrite } from './rewrite.ts';
import { type ColumnDefinition, readStatement, type Statement } from './statements.ts';
import { tokenize } from './tokens.ts';

/** Runs a statement that defines something, DuckDB first, then the catalog. Returns its type as BigQuery names it. */
export async function define(engine: Engine, statement: Statement): Promise<string> {
  switch (statement.kind) {
    case 'create_schema':
      if (!(statement.ifNotExists && engine.catalog.has(statement.dataset)))
        await createDataset(engine, statement.dataset);
      return 'CREATE_SCHEMA';
    case 'create_table':
      if (!(statement.ifNotExists && engine.catalog.find(statement.table)?.kind === 'table'))
        await createTable(engine, { ...statement.table, ...statement });
      return 'CREATE_TABLE';
    case 'add_columns':
      await addColumns(
        engine,
        statement.table,
        statement.columns.filter(
          (column) =>
            !(
              column.ifNotExists &&
              engine.catalog.table(statement.table).columns.some((old) => old.name === column.name)
            ),
        ),
      );
      return 'ALTER_TABLE';
    case 'set_default':
      await setDefault(engine, statement.table, statement.column, statement.default);
      return 'ALTER_TABLE';
    case 'create_view':
      if (!(statement.ifNotExists && engine.catalog.find(statement.view)))
        await createView(engine, statement.view, statement.query, statement.description, statement.orReplace);
      return 'CREATE_VIEW';
    case 'create_procedure':
      if (!(statement.ifNotExists && engine.catalog.find(statement.procedure)))
        await createProcedure(engine, statement);
      return 'CREATE_PROCEDURE';
    case 'drop':
      await drop(engine, statement);
      return `DROP_${statement.what.toUpperCase()}`;
    default:
      throw invalidQuery(`Not a definition: ${statement.kind}`);
  }
}

export async function createDataset(engine: Engine, dataset: string, about: object = {}): Promise<void> {
  if (!/^\w+$/.test(dataset)) throw invalid(`Invalid dataset ID "${dataset}"`);
  if (engine.catalog.has(dataset)) throw duplicate(`Dataset ${dataset}`);
  await engine.database.run(`CREATE SCHEMA ${quoteName(dataset)}`);
  await engine.catalog.put({ kind: 'dataset', dataset, location: 'US', created: Date.now(), ...about });
}

export async function dropDataset(engine: Engine, dataset: string, contents: boolean): Promise<void> {
  engine.catalog.dataset(dataset);
  const objects = engine.catalog.objects(dataset);
  if (objects.length > 0 && !contents) throw invalid(`Dataset ${dataset} is still in use`);
  await engine.database.run(`DROP SCHEMA ${quoteName(dataset)} CASCADE`);
  for (const object of objects) await engine.catalog.remove(keyOf(object));
  await engine.catalog.remove(dataset);
}

export async function createTable(
  engine: Engine,
  table: ObjectName & Pick<TableEntry, 'columns' | 'partitionBy' | 'clusterBy'> & { description?: string | undefined },
): Promise<void> {
  engine.catalog.mustBeFree(table);
  const named = (name: string) => table.columns.find((column) => column.name === name);
  if (table.partitionBy !== null && !['TIMESTAMP', 'DATETIME', 'DATE'].includes(named(table.partitionBy)?.type ?? ''))
    throw invalidQuery(`PARTITION BY needs a column of time: ${table.partitionBy}`);
  for (const column of table.clusterBy)
    if (named(column) === undefined) throw invalidQuery(`CLUSTER BY of an unknown column: ${column}`);
  const columns = table.columns.map((column) => {
    const value = column.default === undefined ? '' : ` DEFAULT (${engine.expression(column.default)})`;
    return `${quoteName(column.name)} ${duckType(column)}${value}${column.required ? ' NOT NULL' : ''}`;
  });
  await engine.database.run(`CREATE TABLE ${sqlName(table)} (${columns.join(', ')})`);
  await engine.catalog.put({
    kind: 'table',
    dataset: table.dataset,
    name: table.name,
    columns: table.columns,
    partitionBy: table.partitionBy,
    clusterBy: table.clusterBy,
    ...(table.description === undefined ? {} : { description: table.description }),
    created: Date.now(),
  });
}

export async function addColumns(engine: Engine, name: ObjectName, added: readonly ColumnDefinition[]): Promise<void> {
  const table = engine.catalog.table(name);
  for (const column of added)
    if (table.columns.some((old) => old.name.toLowerCase() === column.name.toLowerCase()))
      throw invalidQuery(`Column already exists: ${column.name}`);
  for (const column of added)
    await engine.database.run(`ALTER TABLE ${sqlName(name)} ADD COLUMN ${quoteName(column.name)} ${duckType(column)}`);
  await engine.catalog.put({ ...table, columns: [...table.columns, ...added.map(plain)] });
}

export async function setDefault(engine: Engine, name: ObjectName, column: string, value: string): Promise<void> {
  const table = engine.catalog.table(name);
  if (!table.columns.some((candidate) => candidate.name === column)) throw notFound(`Column ${column}`);
  await engine.database.run(
    `ALTER TABLE ${sqlName(name)} ALTER COLUMN ${quoteName(column)} SET DEFAULT ${engine.expression(value)}`,
  );
  const columns = table.columns.map((old) => (old.name === column ? { ...old, default: value } : old));
  await engine.catalog.put({ ...table, columns });
}

export async function createView(
  engine: Engine,
  view: ObjectName,
  query: string,
  description: string | undefined,
  orReplace: boolean,
): Promise<void> {
  const replaced = engine.catalog.find(view);
  if (!(orReplace && replaced?.kind === 'view')) engine.catalog.mustBeFree(view);
  const statement = readStatement(query, tokenize(query), { project: engine.project, dataset: undefined });
  if (statement.kind !== 'query') throw invalidQuery('A view is a query');
  const sql = rewrite(statement.tokens, new Parameters(engine.project, []));
  await engine.database.run(`CREATE OR REPLACE VIEW ${sqlName(view)} AS ${sql}`);
  await engine.catalog.put({
    kind: 'view',
    ...view,
    query,
    ...(description === undefined ? {} : { description }),
    created: replaced?.created ?? Date.now(),
  });
}

async function createProcedure(engine: Engine, statement: Statement & { kind: 'create_procedure' }): Promise<void> {
  const replaced = engine.catalog.find(statement.procedure);
  if (!(statement.orReplace && replaced?.kind === 'procedure')) engine.catalog.mustBeFree(statement.procedure);
  const args = new Map(
    statement.args.map((arg) => [arg.name.toLowerCase(), { type: typeOf(arg.type), value: null }] as const),
  );
  for (const step of engine.body(statement.body, statement.procedure.dataset, args))
    await engine.database.check(engine.sqlOf(step.statement, step.scope) ?? '');
  await engine.catalog.put({
    kind: 'procedure',
    ...statement.procedure,
    args: statement.args,
    body: statement.body,
    ...(statement.description === undefined ? {} : { description: statement.description }),
    created: replaced?.created ?? Date.now(),
  });
}

export async function drop(engine: Engine, { what, object, ifExists }: Omit<Statement & { kind: 'drop' }, 'kind'>) {
  const entry = engine.catalog.find(object);
  if (entry?.kind !== what) {
    if (ifExists && entry === undefined) return;
    throw notFound(`${what} ${keyOf(object)}`);
  }
  if (what !== 'procedure') await engine.database.run(`DROP ${what.toUpperCase()} ${sqlName(object)}`);
  await engine.catalog.remove(keyOf(object));
}

const duckType = (column: ColumnDefinition): string => `${typeOf(column.type)}${column.repeated ? '[]' : ''}`;

const plain = ({ name, type, repeated, required, description }: ColumnDefinition): ColumnDefinition => ({
  name,
  type,
  repeated,
  required,
  ...(description === undefined ? {} : { description }),
});
