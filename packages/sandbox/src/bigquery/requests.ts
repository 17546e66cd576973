import { z } from 'zod';

/** What clients send. Anything else in a body is ignored, as BigQuery's own defaults would be. */
const scalar = z.union([z.string(), z.number(), z.boolean()]).nullish();
const parameter = z.object({
  name: z.string().optional(),
  parameterType: z.object({ type: z.string(), arrayType: z.object({ type: z.string() }).optional() }),
  parameterValue: z.object({ value: scalar, arrayValues: z.array(z.object({ value: scalar })).optional() }).default({}),
});

const query = z.object({
  query: z.string().min(1),
  useLegacySql: z.boolean().nullish(),
  queryParameters: z.array(parameter).nullish(),
  defaultDataset: z.object({ datasetId: z.string() }).nullish(),
});

export const jobsQuery = query.extend({
  dryRun: z.boolean().nullish(),
  maxResults: z.number().int().nonnegative().nullish(),
  formatOptions: z.object({ useInt64Timestamp: z.boolean().nullish() }).nullish(),
});

export const jobsInsert = z.object({
  jobReference: z.object({ jobId: z.string() }).optional(),
  configuration: z.object({ dryRun: z.boolean().nullish(), query }),
});

export const insertAll = z.object({
  skipInvalidRows: z.boolean().nullish(),
  ignoreUnknownValues: z.literal(false).nullish(),
  templateSuffix: z.never().optional(),
  rows: z
    .array(z.object({ insertId: z.string().optional(), json: z.record(z.string(), z.unknown()) }))
    .min(1)
    .max(50_000),
});

export const dataset = z.object({
  datasetReference: z.object({ datasetId: z.string() }),
  location: z.string().nullish(),
  description: z.string().nullish(),
});

const field = z.object({
  name: z.string(),
  type: z.string(),
  mode: z.enum(['NULLABLE', 'REQUIRED', 'REPEATED']).optional(),
  defaultValueExpression: z.string().optional(),
  description: z.string().optional(),
});
export type RestField = z.infer<typeof field>;

export const table = z.object({
  tableReference: z.object({ tableId: z.string() }),
  description: z.string().optional(),
  schema: z.object({ fields: z.array(field) }).optional(),
  timePartitioning: z.object({ type: z.literal('DAY'), field: z.string() }).optional(),
  clustering: z.object({ fields: z.array(z.string()) }).optional(),
  view: z.object({ query: z.string(), useLegacySql: z.literal(false) }).optional(),
});

export const tablePatch = z.object({
  description: z.string().optional(),
  schema: z.object({ fields: z.array(field) }).optional(),
});
