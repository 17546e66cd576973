import type { z } from 'zod';
import { addColumns, createDataset, createTable, createView, drop, dropDataset } from './definitions.ts';
import type { Engine } from './engine.ts';
import { duplicate, invalid, notFound } from './errors.ts';
import type { Jobs } from './jobs.ts';
import * as requests from './requests.ts';
import { columnOf, datasetResource, objectReference, routineResource, tableResource } from './resources.ts';
import { cellOf } from './wire.ts';

export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export interface Route {
  readonly method: string;
  readonly pattern: URLPattern;
  readonly answer: (call: Call) => Promise<object> | object;
}

/** The REST calls this sandbox knows, below `/projects/{project}`. */
export function routesOf(engine: Engine, jobs: Jobs): Route[] {
  const { catalog, project } = engine;
  const route = (method: string, pathname: string, answer: Route['answer']): Route => ({
    method,
    pattern: new URLPattern({ pathname: `{/bigquery/v2}?/projects/${project}${pathname}` }),
    answer,
  });
  const nameOf = ({ params }: Call) => ({ dataset: params.dataset ?? '', name: params.name ?? '' });
  const exclusively = <T>(work: () => Promise<T>) => engine.database.exclusively(work);
  const relation = (call: Call) => {
    const entry = catalog.find(nameOf(call));
    if (entry === undefined || entry.kind === 'procedure')
      throw notFound(`Table ${project}:${call.params.dataset}.${call.params.name}`);
    return entry;
  };

  return [
    route('POST', '/queries', async ({ body }) => {
      const request = parse(requests.jobsQuery, body);
      const job = await jobs.run(queryOf(request, request.dryRun ?? false));
      const format = { int64Timestamps: request.formatOptions?.useInt64Timestamp ?? false };
      const maxResults = request.maxResults ?? undefined;
      return jobs.results(job, { maxResults, pageToken: undefined, format }, 'bigquery#queryResponse');
    }),
    route('GET', '/queries/:job', ({ params, query }) => {
      const format = { int64Timestamps: query.get('formatOptions.useInt64Timestamp') === 'true' };
      return jobs.results(jobs.get(params.job ?? ''), { ...page(query), format }, 'bigquery#getQueryResultsResponse');
    }),
    route('POST', '/jobs', async ({ body }) => {
      const { configuration, jobReference } = parse(requests.jobsInsert, body);
      if (jobReference && jobs.has(jobReference.jobId)) throw duplicate(`Job ${project}:${jobReference.jobId}`);
      const request = queryOf(configuration.query, configuration.dryRun ?? false);
      return jobs.resource(await jobs.run(request, jobReference?.jobId));
    }),
    route('GET', '/jobs/:job', ({ params }) => jobs.resource(jobs.get(params.job ?? ''))),

    route('GET', '/datasets', () => ({
      kind: 'bigquery#datasetList',
      datasets: catalog.datasets().map((entry) => datasetResource(project, entry)),
    })),
    route('POST', '/datasets', ({ body }) => {
      const { datasetReference, location, description } = parse(requests.dataset, body);
      const about = { ...(location ? { location } : {}), ...(description ? { description } : {}) };
      return exclusively(async () => {
        await createDataset(engine, datasetReference.datasetId, about);
        return datasetResource(project, catalog.dataset(datasetReference.datasetId));
      });
    }),
    route('GET', '/datasets/:dataset', ({ params }) => datasetResource(project, catalog.dataset(params.dataset ?? ''))),
    route('DELETE', '/datasets/:dataset', ({ params, query }) =>
      exclusively(async () => {
        await dropDataset(engine, params.dataset ?? '', query.get('deleteContents') === 'true');
        return {};
      }),
    ),

    route('GET', '/datasets/:dataset/tables', ({ params }) => {
      const entries = catalog.objects(catalog.dataset(params.dataset ?? '').dataset);
      const tables = entries.filter((entry) => entry.kind !== 'procedure');
      return { kind: 'bigquery#tableList', tables: tables.map((entry) => objectReference(project, entry)) };
    }),
    route('POST', '/datasets/:dataset/tables', async (call) => {
      const { tableReference, ...request } = parse(requests.table, call.body);
      const name = { dataset: nameOf(call).dataset, name: tableReference.tableId };
      const { view, schema } = request;
      await exclusively(() =>
        view
          ? createView(engine, name, view.query, request.description, false)
          : createTable(engine, {
              ...name,
              columns: (schema?.fields ?? []).map(columnOf),
              partitionBy: request.timePartitioning?.field ?? null,
              clusterBy: request.clustering?.fields ?? [],
              description: request.description,
            }),
      );
      return tableResource(engine, relation({ ...call, params: { ...name } }));
    }),
    route('GET', '/datasets/:dataset/tables/:name', (call) => tableResource(engine, relation(call))),
    route('PATCH', '/datasets/:dataset/tables/:name', async (call) => {
      const { description, schema } = parse(requests.tablePatch, call.body);
      const entry = relation(call);
      await exclusively(async () => {
        if (schema && entry.kind === 'table') {
          const missing = entry.columns.find((column) => !schema.fields.some((field) => field.name === column.name));
          if (missing) throw invalid(`Provided Schema does not match: field ${missing.name} is missing in new schema`);
          const added = schema.fields.filter((field) => !entry.columns.some((column) => column.name === field.name));
          if (added.some((field) => field.mode === 'REQUIRED' || field.defaultValueExpression !== undefined))
            throw invalid('Columns added to a table are nullable and without a default');
          await addColumns(engine, entry, added.map(columnOf));
        }
        const now = relation(call);
        if (description !== undefined) await catalog.put({ ...now, description });
      });
      return tableResource(engine, relation(call));
    }),
    route('DELETE', '/datasets/:dataset/tables/:name', (call) => {
      const { kind } = relation(call);
      return exclusively(async () => {
        await drop(engine, { what: kind, object: nameOf(call), ifExists: false });
        return {};
      });
    }),

    route('GET', '/datasets/:dataset/routines/:name', (call) => {
      const entry = catalog.find(nameOf(call));
      if (entry?.kind !== 'procedure') throw notFound(`Routine ${project}:${call.params.dataset}.${call.params.name}`);
      return routineResource(project, entry);
    }),

    route('POST', '/datasets/:dataset/tables/:name/insertAll', async (call) => {
      const { rows, skipInvalidRows } = parse(requests.insertAll, call.body);
      const entry = relation(call);
      if (entry.kind === 'view') throw invalid('Cannot stream to a view');
      const given = rows.map(({ insertId, json }) => (insertId === undefined ? { json } : { insertId, json }));
      const insertErrors = await engine.insertAll(entry, given, skipInvalidRows ?? false);
      return {
        kind: 'bigquery#tableDataInsertAllResponse',
        ...(insertErrors.length === 0 ? {} : { insertErrors }),
      };
    }),
    route('GET', '/datasets/:dataset/tables/:name/data', async (call) => {
      const entry = relation(call);
      if (entry.kind === 'view') throw invalid('Cannot list a table of type VIEW');
      const format = { int64Timestamps: call.query.get('formatOptions.useInt64Timestamp') === 'true' };
      const { maxResults, pageToken } = page(call.query);
      const from = Number(pageToken ?? call.query.get('startIndex') ?? 0);
      const limit = Math.min(maxResults ?? 10_000, 10_000);
      if (!Number.isSafeInteger(from) || from < 0) throw invalid('Invalid page token');
      const { rows } = await engine.query({
        query: `SELECT * FROM \`${entry.dataset}.${entry.name}\``,
        parameters: [],
        defaultDataset: undefined,
        dryRun: false,
      });
      const wire = rows.slice(from, from + limit).map((row) => ({ f: row.map((value) => cellOf(value, format)) }));
      return {
        kind: 'bigquery#tableDataList',
        totalRows: String(rows.length),
        rows: wire,
        ...(from + wire.length < rows.length ? { pageToken: String(from + wire.length) } : {}),
      };
    }),
  ];
}

function queryOf(request: z.infer<typeof requests.jobsInsert>['configuration']['query'], dryRun: boolean) {
  if (request.useLegacySql !== false)
    throw invalid('Legacy SQL is not known to this sandbox: set useLegacySql to false');
  return {
    query: request.query,
    parameters: (request.queryParameters ?? []).map(({ name, parameterType: { type, arrayType }, parameterValue }) => ({
      ...(name === undefined ? {} : { name }),
      parameterType: { type, ...(arrayType === undefined ? {} : { arrayType }) },
      parameterValue: {
        value: parameterValue.value ?? null,
        arrayValues: (parameterValue.arrayValues ?? []).map(({ value }) => ({ value: value ?? null })),
      },
    })),
    defaultDataset: request.defaultDataset?.datasetId,
    dryRun,
  };
}

function page(query: URLSearchParams): { maxResults: number | undefined; pageToken: string | undefined } {
  const max = query.get('maxResults');
  return { maxResults: max === null ? undefined : Number(max), pageToken: query.get('pageToken') ?? undefined };
}

function parse<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalid(`Invalid or not known to this sandbox: ${issue?.path.join('.')}: ${issue?.message}`);
}
