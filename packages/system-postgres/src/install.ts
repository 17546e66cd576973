import {
  type Installed,
  installContacts,
  mappingHash,
  parseInstalled,
  SCHEMA_VERSION,
  type TableMapping,
} from '@contact-sync/contacts-sql';
import { type InstallStep, OutageError, skewOf } from '@contact-sync/sync';
import pg from 'pg';
import { PREFIX, SYSTEM } from './errors.ts';

/** What of contact-sync's a database has, and how far its clock is from ours. */
export interface Found extends Installed {
  /** Milliseconds that the server's clock is ahead; `null`: it told none. */
  readonly skew_ms: number | null;
}

/** What a database has. @param now our clock, in milliseconds since the Unix epoch */
export async function installed(client: Pick<pg.ClientBase, 'query'>, now = Date.now): Promise<Found> {
  const exists = await client.query<{ exists: boolean }>(
    `select to_regprocedure('public.contact_sync_schema()') is not null as exists`,
  );
  if (exists.rows[0]?.exists !== true) return { ...parseInstalled(null), skew_ms: null };
  const asked = now();
  const { rows } = await client.query<{ schema: unknown }>('select public.contact_sync_schema() as schema');
  const found = parseInstalled(rows[0]?.schema ?? null);
  return { ...found, skew_ms: skewOf(found.clock_ms, asked, now()) };
}

/** Whether this login owns what was installed; no row where nothing was. */
const OWNED = `select pg_has_role(nspowner, 'usage') as owned from pg_namespace where nspname = 'contact_sync'`;

/**
 * On a connection of its own, without the limits of the others: see `installContacts`. A login that does not own what is
 * installed only looks whether its owner has installed just this.
 */
export async function install(
  config: pg.ClientConfig,
  mapping: TableMapping,
  dryRun: boolean,
): Promise<readonly InstallStep[]> {
  const client = new pg.Client(config);
  client.on('error', () => {}); // the query under way rejects by itself
  try {
    await client.connect();
    const { rows } = await client.query<{ owned: boolean }>(OWNED);
    if (rows[0]?.owned === false) {
      const fault = schemaFault(await installed(client), mapping);
      if (fault === null) return [];
      throw new OutageError(fault.code, fault.message, {
        advice: `${fault.advice} with the login that owns the table of the contacts`,
      });
    }
    const query = async (sql: string, values?: readonly unknown[]) =>
      (await (values === undefined ? client.query(sql) : client.query(sql, [...values]))).rows;
    return await installContacts(query, mapping, { dryRun, system: SYSTEM, prefix: PREFIX });
  } finally {
    await client.end().catch(() => {});
  }
}

/** @returns why what is installed cannot be worked with under this mapping, `null` when it can */
export function schemaFault({ version, mapping_hash }: Installed, mapping: TableMapping): OutageError | null {
  if (version > SCHEMA_VERSION)
    return new OutageError('LOCAL_NEWER', `${SYSTEM} has the tables of a newer contact-sync`, {
      advice: 'update contact-sync',
    });
  const advice = 'run contact-sync init';
  if (version < SCHEMA_VERSION)
    return new OutageError('LOCAL_NOT_INSTALLED', `${SYSTEM} lacks contact-sync's tables and functions`, { advice });
  if (mapping_hash === mappingHash(mapping)) return null;
  return new OutageError('LOCAL_OTHER_MAPPING', `${SYSTEM} was made ready for another mapping`, { advice });
}
