/** The four systems as outside programs use them: each through its own client, none through the hub. */
import { BigQuery } from '@google-cloud/bigquery';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { OAuth2Client } from 'google-auth-library';
import { type Local, openLocal } from './local.ts';

export interface Clients {
  readonly local: Local;
  readonly supabase: SupabaseClient;
  readonly bigquery: (sql: string, params?: Record<string, unknown>) => Promise<readonly Record<string, unknown>[]>;
  /** As a person at Twenty's own screens: its edits are a user's, with their webhooks. */
  readonly twenty: (method: string, path: string, body?: unknown) => Promise<unknown>;
  /** `project.dataset` for SQL. */
  readonly dataset: string;
  close(): Promise<void>;
}

/** @param env as the hub gets it @param userToken a person's bearer at Twenty */
export function connect(env: Readonly<Record<string, string>>, userToken: string): Clients {
  const need = (name: string): string => {
    const value = env[name];
    if (value === undefined) throw new Error(`${name} is not set`);
    return value;
  };
  const local = openLocal(need('LOCAL_URL'));
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: 'local', expiry_date: Date.now() + 86_400_000 });
  const client = new BigQuery({
    projectId: need('BIGQUERY_PROJECT'),
    apiEndpoint: need('BIGQUERY_EMULATOR_HOST'),
    authClient,
  });
  return {
    local,
    supabase: createClient(need('SUPABASE_URL'), need('SUPABASE_SECRET_KEY'), { auth: { persistSession: false } }),
    dataset: need('BIGQUERY_DATASET'),
    async bigquery(query, params) {
      const [rows] = await client.query({ query, wrapIntegers: true, ...(params && { params }) });
      return rows;
    },
    async twenty(method, path, body) {
      for (;;) {
        const response = await fetch(`${need('TWENTY_URL')}/rest${path}`, {
          method,
          headers: { authorization: `Bearer ${userToken}`, 'content-type': 'application/json' },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        // The allowance is the workspace's, shared with the hub, and there is no Retry-After.
        if (response.status === 429) await new Promise((resolve) => setTimeout(resolve, 1000));
        else if (response.ok) return response.json();
        else throw new Error(`Twenty answered ${response.status} to ${method} ${path}`);
      }
    },
    close: () => local.close(),
  };
}
