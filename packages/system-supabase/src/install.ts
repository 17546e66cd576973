import { setTimeout as delay } from 'node:timers/promises';
import { contactsSql, INSTALL_STEPS, parseInstalled, SCHEMA_VERSION } from '@contact-sync/contacts-sql';
import { type InstallStep, OutageError, type SyncError } from '@contact-sync/sync';
import pg from 'pg';
import { parsed } from './answer.ts';
import type { Call } from './client.ts';
import { NOT_INSTALLED, newer, notInstalled, ofSqlState } from './fault.ts';

/** PostgREST reloads its schema cache after a NOTIFY, within a second or two on the hosted system. */
const RELOAD_DEADLINE_MS = 15_000;
const RELOAD_POLL_MS = 100;
const CONNECT_TIMEOUT_MS = 15_000;

/** The script for people who install by hand: for the SQL editor of a project, or as a migration. */
export const supabaseSql = (): string => contactsSql();

/** What is installed, `null` for nothing. @throws {SyncError} when that cannot be told */
export async function installedVersion(call: Call): Promise<number | null> {
  try {
    return parsed(parseInstalled, await call('contact_sync_schema')).version;
  } catch (error) {
    if (error instanceof OutageError && error.code === NOT_INSTALLED) return null;
    throw error;
  }
}

/**
 * @param dbUrl a connection string with the rights of the project's `postgres`; without one only people can install
 * @returns what was done or would be; empty when all is there
 */
export async function install(call: Call, dbUrl: string | undefined, dryRun: boolean): Promise<readonly InstallStep[]> {
  const version = await installedVersion(call);
  if (version === SCHEMA_VERSION) return [];
  if (version !== null && version > SCHEMA_VERSION) throw newer();
  if (dryRun) return INSTALL_STEPS;
  if (dbUrl === undefined) throw notInstalled(version === null ? 'nothing installed' : `version ${version}`);
  await runScript(dbUrl, supabaseSql());
  await visible(call);
  return INSTALL_STEPS;
}

async function runScript(dbUrl: string, script: string): Promise<void> {
  const client = new pg.Client({ connectionString: dbUrl, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // An error between queries; the query under way rejects by itself.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(script);
  } catch (error) {
    throw ofPg(error);
  } finally {
    await client.end().catch(() => {});
  }
}

function ofPg(error: unknown): SyncError {
  if (error instanceof pg.DatabaseError && error.code !== undefined) return ofSqlState(error.code);
  return new OutageError('SUPABASE_DB_UNREACHABLE', 'no connection to the database of the Supabase project', {
    advice: 'check the connection string; where there is no IPv6, take the one of the session pooler',
  });
}

async function visible(call: Call): Promise<void> {
  const deadline = performance.now() + RELOAD_DEADLINE_MS;
  while ((await installedVersion(call)) !== SCHEMA_VERSION) {
    if (performance.now() > deadline) throw notInstalled('installed, but not visible to the API yet');
    await delay(RELOAD_POLL_MS);
  }
}
