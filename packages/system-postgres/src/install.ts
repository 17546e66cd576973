import { contactsSql, INSTALL_STEPS, parseInstalled, SCHEMA_VERSION } from '@contact-sync/contacts-sql';
import { type InstallStep, OutageError } from '@contact-sync/sync';
import type pg from 'pg';
import { SYSTEM } from './errors.ts';

/** The version of contact-sync's schema that a database has; 0: none. */
export async function installedVersion(pool: pg.Pool): Promise<number> {
  const exists = await pool.query<{ exists: boolean }>(
    `select to_regprocedure('public.contact_sync_schema()') is not null as exists`,
  );
  if (exists.rows[0]?.exists !== true) return 0;
  const { rows } = await pool.query<{ schema: unknown }>('select public.contact_sync_schema() as schema');
  return parseInstalled(rows[0]?.schema ?? null).version;
}

/** @throws {OutageError} where a newer contact-sync has installed its schema */
export async function install(pool: pg.Pool, dryRun: boolean): Promise<readonly InstallStep[]> {
  const version = await installedVersion(pool);
  if (version === SCHEMA_VERSION) return [];
  if (version > SCHEMA_VERSION) throw newer();
  if (!dryRun) await pool.query(contactsSql());
  return INSTALL_STEPS;
}

/** @returns why the schema cannot be worked with, `null` when it can */
export function schemaFault(version: number): OutageError | null {
  if (version === SCHEMA_VERSION) return null;
  if (version > SCHEMA_VERSION) return newer();
  return new OutageError('LOCAL_NOT_INSTALLED', `${SYSTEM} lacks contact-sync's tables and functions`, {
    advice: 'run contact-sync init',
  });
}

const newer = () =>
  new OutageError('LOCAL_NEWER', `${SYSTEM} has the tables of a newer contact-sync`, { advice: 'update contact-sync' });
