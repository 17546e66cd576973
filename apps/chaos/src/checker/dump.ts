/** Everything there is, as JSON beside the logs: what a person needs who looks for the cause of a breach. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import type { Sources } from './read.ts';

const LEDGER = [
  'heads',
  'versions',
  'deliveries',
  'conflicts',
  'conflict_events',
  'dead_letters',
  'inbox',
  'links',
  'receipts',
  'actions',
  'systems',
];

export async function dump(
  folder: string,
  { ledger, local, supabase, clients }: Sources,
  people: readonly unknown[],
): Promise<void> {
  // As text: JSON.parse would round the ids.
  const tables = async (pool: pg.Pool, names: readonly string[]): Promise<string> => {
    const entries = names.map(async (name) => {
      const { rows } = await pool.query<{ rows: string }>(
        `select coalesce(jsonb_agg(to_jsonb(t)), '[]')::text as rows from ${name} t`,
      );
      return `${JSON.stringify(name)}: ${rows[0]?.rows}`;
    });
    return `{${(await Promise.all(entries)).join(',\n')}}`;
  };
  const sql = ['public.contacts', 'contact_sync.tombstones', 'contact_sync.outbox'];
  const parts = {
    ledger: await tables(
      ledger,
      LEDGER.map((name) => `contact_sync_ledger.${name}`),
    ),
    local: local === null ? JSON.stringify(await clients.local.contacts()) : await tables(local, sql),
    supabase: await tables(supabase, sql),
    twenty: JSON.stringify(people),
    bigquery: JSON.stringify({
      contact_versions: await clients.bigquery(`SELECT * FROM \`${clients.dataset}.contact_versions\``),
      sync_conflicts: await clients.bigquery(`SELECT * FROM \`${clients.dataset}.sync_conflicts\``),
    }),
  };
  const text = Object.entries(parts).map(([name, part]) => `${JSON.stringify(name)}: ${part}`);
  await writeFile(join(folder, 'world.json'), `{${text.join(',\n')}}`);
}
