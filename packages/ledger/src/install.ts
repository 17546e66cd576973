import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { OutageError } from '@contact-sync/sync';
import type pg from 'pg';
import { jsonOf } from './plan.ts';
import { showAll } from './search.ts';

const SQL = new URL('../sql/', import.meta.url);
/** Any number that no other program locks: server and worker may start at the same moment. */
const LOCK = 0x0c5_1ed6e7;

/** What this installs, told by the schema's comment: a login that owns nothing can see whether all is there. */
const STANDING = `
  select pg_has_role(n.nspowner, 'usage') as owned, obj_description(n.oid, 'pg_namespace') as installed
  from pg_namespace n
  where n.nspname = 'contact_sync_ledger'`;

/**
 * Creates what is missing and brings the functions up to date; twice is the same as once. A login that does not own the
 * ledger only looks whether its owner has installed just this.
 *
 * @throws {OutageError} LEDGER_NOT_OWNED when the owner has to
 */
export async function install(pool: pg.Pool): Promise<void> {
  // By their numbers: as text, 10 comes before 2.
  const files = (await readdir(SQL))
    .filter((name) => name.endsWith('.sql'))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  const scripts = await Promise.all(files.map((file) => readFile(new URL(file, SQL), 'utf8')));
  const mark = `contact-sync ${createHash('sha256').update(scripts.join()).digest('hex').slice(0, 16)}`;
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ owned: boolean; installed: string | null }>(STANDING);
    if (rows[0]?.owned === false) {
      if (rows[0].installed === mark) return;
      throw new OutageError('LEDGER_NOT_OWNED', 'the ledger is of another version, and of another owner', {
        advice: 'Run `contact-sync init` with a LEDGER_URL of the login that owns the ledger.',
      });
    }
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
    // Functions refer to each other across files: their bodies are checked when they run.
    await client.query('set local check_function_bodies = off');
    for (const script of scripts) await client.query(script);
    await showAll(client, jsonOf);
    await client.query(`comment on schema contact_sync_ledger is '${mark}'`);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}
