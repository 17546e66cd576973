import pg from 'pg';
import { expect, it } from 'vitest';
import { testDatabase } from '../src/postgres.ts';

async function names(url: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ name: string }>('select datname as name from pg_database');
  await client.end();
  return rows.map(({ name }) => name);
}

it('gives each caller an empty database of its own, and drops it with its connections', async () => {
  const [one, two] = await Promise.all([testDatabase(), testDatabase()]);
  const client = new pg.Client({ connectionString: one.url });
  // pg tells twice: what the server said, and that the connection is gone.
  const broken = new Promise((resolve) => client.on('error', resolve));
  await client.connect();
  await client.query('create table only_here (id int)');
  await one.close();
  await broken;
  const left = await names(two.url);
  expect(left).not.toContain(new URL(one.url).pathname.slice(1));
  expect(left).toContain(new URL(two.url).pathname.slice(1));
  await two.close();
});
