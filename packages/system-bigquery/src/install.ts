import type { InstallStep } from '@contact-sync/sync';
import { z } from 'zod';
import type { Client, Connection } from './client.ts';
import { type Column, columnsOf, type Sql, type SqlFile } from './sql.ts';

/** In the order in which each can be created. */
const TABLES = ['contact_versions', 'sync_conflicts'] as const satisfies readonly SqlFile[];
const VIEWS = ['contacts_all', 'contacts', 'sync_conflicts_open'] as const satisfies readonly SqlFile[];
const PROCEDURES = ['edit_contact', 'delete_contact'] as const satisfies readonly SqlFile[];

interface Step extends InstallStep {
  readonly run: () => Promise<unknown>;
}

const metadata = z.looseObject({
  description: z.string().optional(),
  definitionBody: z.string().optional(),
  schema: z.looseObject({ fields: z.array(z.looseObject({ name: z.string() })) }).optional(),
});
type Metadata = z.infer<typeof metadata>;

/** What is missing or of another release, looked up without a query. Empty: ready. */
async function plan(client: Client, connection: Connection, sql: Sql): Promise<Step[]> {
  const dataset = client.bigquery.dataset(connection.dataset);
  const [home, tables, views, procedures] = await Promise.all([
    found(() => dataset.getMetadata()),
    Promise.all(TABLES.map((name) => found(() => dataset.table(name).getMetadata()))),
    Promise.all(VIEWS.map((name) => found(() => dataset.table(name).getMetadata()))),
    Promise.all(PROCEDURES.map((name) => found(() => dataset.routine(name).getMetadata()))),
  ]);
  const steps: Step[] = [];
  const query = (what: string, text: string) => steps.push({ what, run: () => client.query(text) });
  if (home === null)
    steps.push({ what: `create dataset ${connection.dataset}`, run: () => createDataset(client, connection) });
  for (const [index, name] of TABLES.entries()) {
    const existing = tables[index] ?? null;
    if (existing === null) query(`create table ${name}`, sql.text(name));
    else
      for (const column of missing(sql.text(name), existing)) {
        query(
          `add column ${name}.${column.name}`,
          `ALTER TABLE ${path(connection, name)} ADD COLUMN IF NOT EXISTS ${column.name} ${column.type}`,
        );
        // BigQuery takes no default with ADD COLUMN: https://cloud.google.com/bigquery/docs/default-values
        if (column.default !== null)
          query(
            `set the default of ${name}.${column.name}`,
            `ALTER TABLE ${path(connection, name)} ALTER COLUMN ${column.name} SET DEFAULT ${column.default}`,
          );
      }
  }
  for (const [index, name] of VIEWS.entries())
    if (!views[index]?.description?.includes(sql.stamp(name)))
      query(`${views[index] ? 'replace' : 'create'} view ${name}`, sql.text(name));
  for (const [index, name] of PROCEDURES.entries())
    if (!procedures[index]?.definitionBody?.includes(sql.stamp(name)))
      query(`${procedures[index] ? 'replace' : 'create'} procedure ${name}`, sql.text(name));
  return steps;
}

/** @returns the steps taken, or on a dry run those that would be */
export async function install(
  client: Client,
  connection: Connection,
  sql: Sql,
  dryRun: boolean,
): Promise<readonly InstallStep[]> {
  const steps = await client.ask(() => plan(client, connection, sql));
  if (!dryRun) for (const step of steps) await client.ask(step.run);
  return steps.map(({ what }) => ({ what }));
}

const path = ({ project, dataset }: Connection, table: string): string => `\`${project}.${dataset}.${table}\``;

function missing(createTable: string, existing: Metadata): Column[] {
  const names = new Set(existing.schema?.fields.map((field) => field.name.toLowerCase()));
  return columnsOf(createTable).filter((column) => !names.has(column.name));
}

const status = z.looseObject({ code: z.number() });
const codeOf = (error: unknown): number | undefined => status.safeParse(error).data?.code;

async function found(get: () => Promise<readonly unknown[]>): Promise<Metadata | null> {
  try {
    return metadata.parse((await get())[0]);
  } catch (error) {
    if (codeOf(error) === 404) return null;
    throw error;
  }
}

async function createDataset(client: Client, { dataset, location }: Connection): Promise<void> {
  try {
    await client.bigquery.createDataset(dataset, location === undefined ? {} : { location });
  } catch (error) {
    // Another hub was quicker.
    if (codeOf(error) !== 409) throw error;
  }
}
