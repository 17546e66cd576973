import { type Content, contactId, contentHash, parseContent, type Timestamp, timestamp } from '@contact-sync/contact';
import { type BigQuerySandbox, startBigQuery } from '@contact-sync/sandbox/bigquery';
import type { CanonicalAdapter, HistoryRow } from '@contact-sync/sync';
import { BigQuery } from '@google-cloud/bigquery';
import { OAuth2Client } from 'google-auth-library';
import { type BigQueryOptions, createBigQuery } from '../src/index.ts';

export interface World {
  readonly sandbox: BigQuerySandbox;
  readonly adapter: CanonicalAdapter;
  /** What an analyst does. */
  run(sql: string, params?: Record<string, unknown>): Promise<Record<string, unknown>[]>;
  another(options?: Partial<BigQueryOptions>): CanonicalAdapter;
}

export async function startWorld(): Promise<World> {
  const sandbox = await startBigQuery();
  const another = (options: Partial<BigQueryOptions> = {}) =>
    createBigQuery({ project: sandbox.project, dataset: 'crm', emulatorHost: sandbox.host, ...options });
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: 'sandbox', expiry_date: Number.MAX_SAFE_INTEGER });
  const client = new BigQuery({ projectId: sandbox.project, apiEndpoint: sandbox.host, authClient });
  return {
    sandbox,
    adapter: another(),
    another,
    async run(query, params) {
      const [rows] = await client.query({ query, wrapIntegers: true, ...(params ? { params } : {}) });
      return rows;
    },
  };
}

export const TIME = timestamp('2024-05-01T10:34:56.123457Z');

export function content(given: unknown): Content {
  const parsed = parseContent(given);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.content;
}

export function version(
  id: string,
  number: number,
  given: unknown,
  more: Partial<HistoryRow> = {},
  at: Timestamp = TIME,
): HistoryRow {
  const of = given === null ? null : content(given);
  const hash = contentHash(of);
  return {
    change_id: `${id}:${number}:${hash}`,
    contact_id: contactId(id),
    version: number,
    last_updated: at,
    last_updated_by: 'ann',
    content: of,
    content_hash: hash,
    status: 'accepted',
    source: 'supabase',
    recorded_at: TIME,
    ...more,
  };
}

/** Rejects with it, so that a test can look at it. */
export async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => new Error('did not fail'),
    (error: unknown) => error,
  );
}
