import type { DatasetEntry, ProcedureEntry, TableEntry, ViewEntry } from './catalog.ts';
import type { Engine } from './engine.ts';
import { invalid } from './errors.ts';
import { sqlName } from './names.ts';
import type { RestField } from './requests.ts';
import type { ColumnDefinition } from './statements.ts';
import { fieldOf } from './wire.ts';

/** Types as the REST API names them. */
const REST_TYPES: Readonly<Record<string, string>> = {
  INT64: 'INTEGER',
  INT: 'INTEGER',
  BIGINT: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
};

const restField = (column: ColumnDefinition): RestField => ({
  name: column.name,
  type: REST_TYPES[column.type] ?? column.type,
  mode: column.repeated ? 'REPEATED' : column.required ? 'REQUIRED' : 'NULLABLE',
  ...(column.default === undefined ? {} : { defaultValueExpression: column.default }),
  ...(column.description === undefined ? {} : { description: column.description }),
});

export const columnOf = (field: RestField): ColumnDefinition => ({
  name: field.name,
  type: field.type.toUpperCase(),
  repeated: field.mode === 'REPEATED',
  required: field.mode === 'REQUIRED',
  ...(field.defaultValueExpression === undefined ? {} : { default: field.defaultValueExpression }),
  ...(field.description === undefined ? {} : { description: field.description }),
});

export function datasetResource(project: string, entry: DatasetEntry): object {
  return {
    kind: 'bigquery#dataset',
    id: `${project}:${entry.dataset}`,
    datasetReference: { projectId: project, datasetId: entry.dataset },
    location: entry.location,
    creationTime: String(entry.created),
    ...described(entry),
  };
}

export function objectReference(project: string, entry: TableEntry | ViewEntry): object {
  return {
    kind: 'bigquery#table',
    id: `${project}:${entry.dataset}.${entry.name}`,
    tableReference: { projectId: project, datasetId: entry.dataset, tableId: entry.name },
    type: entry.kind.toUpperCase(),
    creationTime: String(entry.created),
  };
}

export async function tableResource(engine: Engine, entry: TableEntry | ViewEntry): Promise<object> {
  const base = { ...objectReference(engine.project, entry), ...described(entry), location: 'US' };
  if (entry.kind === 'view') {
    const { names, types } = await engine.database.exclusively(() =>
      engine.database.run(`SELECT * FROM ${sqlName(entry)} LIMIT 0`),
    );
    const fields = names.map((name, index) => {
      const type = types[index];
      if (type === undefined) throw invalid('a column without a type');
      return fieldOf(name, type);
    });
    return { ...base, schema: { fields }, view: { query: entry.query, useLegacySql: false } };
  }
  const { rows } = await engine.database.exclusively(() =>
    engine.database.run(`SELECT count(*) FROM ${sqlName(entry)}`),
  );
  return {
    ...base,
    schema: { fields: entry.columns.map(restField) },
    numRows: String(rows[0]?.[0] ?? 0),
    ...(entry.partitionBy === null ? {} : { timePartitioning: { type: 'DAY', field: entry.partitionBy } }),
    ...(entry.clusterBy.length === 0 ? {} : { clustering: { fields: entry.clusterBy } }),
  };
}

export function routineResource(project: string, entry: ProcedureEntry): object {
  return {
    routineReference: { projectId: project, datasetId: entry.dataset, routineId: entry.name },
    routineType: 'PROCEDURE',
    language: 'SQL',
    creationTime: String(entry.created),
    arguments: entry.args.map((arg) => ({ name: arg.name, dataType: { typeKind: arg.type } })),
    definitionBody: entry.body,
    ...described(entry),
  };
}

const described = ({ description }: { readonly description?: string }): object =>
  description === undefined ? {} : { description };
