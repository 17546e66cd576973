import { readdir, readFile } from 'node:fs/promises';
import type pg from 'pg';

const SQL = new URL('../sql/', import.meta.url);
/** Any number that no other program locks: server and worker may start at the same moment. */
const LOCK = 0x0c5_1ed6e7;

/** Creates what is missing and brings the functions up to date; twice is the same as once. */
export async function install(pool: pg.Pool): Promise<void> {
  const files = (await readdir(SQL)).filter((name) => name.endsWith('.sql')).sort();
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
    // Functions refer to each other across files: their bodies are checked when they run.
    await client.query('set local check_function_bodies = off');
    for (const file of files) await client.query(await readFile(new URL(file, SQL), 'utf8'));
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}
