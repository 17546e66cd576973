import { setTimeout as delay } from 'node:timers/promises';
import {
  contactsSql,
  DEFAULT_MAPPING,
  type Installed,
  installContacts,
  mappingHash,
  parseInstalled,
  SCHEMA_VERSION,
  type TableMapping,
} from '@contact-sync/contacts-sql';
import { type InstallStep, OutageError, SyncError } from '@contact-sync/sync';
import pg from 'pg';
import { parsed } from './answer.ts';
import type { Call } from './client.ts';
import { NOT_INSTALLED, newer, notInstalled, ofSqlState } from './fault.ts';

/** PostgREST reloads its schema cache after a NOTIFY, within a second or two on the hosted system. */
const RELOAD_DEADLINE_MS = 15_000;
const RELOAD_POLL_MS = 100;
const CONNECT_TIMEOUT_MS = 15_000;

/**
 * The script for people who install by hand: for the SQL editor of a project, or as a migration.
 *
 * @throws {OutageError} `SUPABASE_CANNOT_ADOPT` for a table that is to be adopted: it has to be looked at
 */
export function supabaseSql(mapping = DEFAULT_MAPPING): string {
  if (mapping.adopt) throw unseen(mapping);
  return contactsSql(mapping);
}

const unseen = ({ table }: TableMapping) =>
  new OutageError('SUPABASE_CANNOT_ADOPT', `the table ${table} has to be looked at before it is adopted`, {
    advice:
      'give contact-sync the connection string of the database of the Supabase project, and run contact-sync init',
  });

/** What is installed. @throws {SyncError} when that cannot be told */
export async function installed(call: Call): Promise<Installed> {
  try {
    return parsed(parseInstalled, await call('contact_sync_schema'));
  } catch (error) {
    if (error instanceof OutageError && error.code === NOT_INSTALLED) return parseInstalled(null);
    throw error;
  }
}

/** @returns why what is installed cannot be worked with under this mapping, `null` when it can */
export function schemaFault({ version, mapping_hash }: Installed, mapping: TableMapping): OutageError | null {
  if (version > SCHEMA_VERSION) return newer();
  if (version < SCHEMA_VERSION) return notInstalled(version === 0 ? 'nothing installed' : `version ${version}`);
  if (mapping_hash === mappingHash(mapping)) return null;
  return notInstalled('made for another mapping');
}

/**
 * @param dbUrl a connection string with the rights of the project's `postgres`; without one only people can install
 * @returns what was done or would be; empty when all is there
 */
export async function install(
  call: Call,
  mapping: TableMapping,
  dbUrl: string | undefined,
  dryRun: boolean,
): Promise<readonly InstallStep[]> {
  const fault = schemaFault(await installed(call), mapping);
  if (dbUrl !== undefined) {
    const steps = await onDatabase(dbUrl, mapping, dryRun);
    if (!dryRun && steps.length > 0) await visible(call, mapping);
    return steps;
  }
  if (fault === null) return [];
  if (mapping.adopt) throw unseen(mapping);
  if (dryRun) return [{ what: 'create all that `contact-sync init --sql supabase` prints: a person has to paste it' }];
  throw fault;
}

async function onDatabase(dbUrl: string, mapping: TableMapping, dryRun: boolean): Promise<readonly InstallStep[]> {
  const client = new pg.Client({ connectionString: dbUrl, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // An error between queries; the query under way rejects by itself.
  client.on('error', () => {});
  try {
    await client.connect();
    const query = async (sql: string, values?: readonly unknown[]) =>
      (await (values === undefined ? client.query(sql) : client.query(sql, [...values]))).rows;
    return await installContacts(query, mapping, { dryRun, system: 'Supabase', prefix: 'SUPABASE' });
  } catch (error) {
    throw ofPg(error);
  } finally {
    await client.end().catch(() => {});
  }
}

function ofPg(error: unknown): SyncError {
  if (error instanceof SyncError) return error;
  if (error instanceof pg.DatabaseError && error.code !== undefined) return ofSqlState(error.code);
  return new OutageError('SUPABASE_DB_UNREACHABLE', 'no connection to the database of the Supabase project', {
    advice: 'check the connection string; where there is no IPv6, take the one of the session pooler',
  });
}

async function visible(call: Call, mapping: TableMapping): Promise<void> {
  const deadline = performance.now() + RELOAD_DEADLINE_MS;
  while (schemaFault(await installed(call), mapping) !== null) {
    if (performance.now() > deadline) throw notInstalled('installed, but not visible to the API yet');
    await delay(RELOAD_POLL_MS);
  }
}
