/** I12: looks for what only contacts hold in the logs of the hub's processes and in everything that the queues ever held. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import type { World } from './world.ts';

type Leak = World['leaks'][number];

/** @param canaries what is in every contact, and nowhere else */
export function findLeaks(where: string, text: string, canaries: readonly string[]): Leak[] {
  return canaries.flatMap((canary) => {
    const at = text.indexOf(canary);
    if (at < 0) return [];
    const found = text.slice(Math.max(0, at - 120), at + 60).replace(/[^\x20-\x7e]+/g, ' ');
    return [{ where, found: `…${found}…` }];
  });
}

/** Every file of a folder, at any depth: a Redis' append-only files hold each command it was ever sent. */
export async function leaksInFolder(folder: string, canaries: readonly string[], named: RegExp): Promise<Leak[]> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(
    (file) => file.isFile() && named.test(file.name),
  );
  const leaks: Leak[] = [];
  for (const { parentPath, name } of files)
    leaks.push(...findLeaks(name, await readFile(join(parentPath, name), 'latin1'), canaries));
  return leaks;
}

/** Every row of every table in the schema of the queues. */
export async function leaksInQueueTables(pool: pg.Pool, canaries: readonly string[]): Promise<Leak[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'bullmq'`,
  );
  const leaks: Leak[] = [];
  for (const { name } of rows) {
    const { rows: found } = await pool.query<{ text: string }>(
      `select t::text as text from ${name} t where t::text like any ($1) limit 3`,
      [canaries.map((canary) => `%${canary}%`)],
    );
    for (const { text } of found) leaks.push(...findLeaks(`the queue's table ${name}`, text, canaries));
  }
  return leaks;
}
