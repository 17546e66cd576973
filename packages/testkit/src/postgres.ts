import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type {} from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers with the url of the one Postgres server of this test run, which the first request starts. */
    readonly postgresUrl: string;
  }
}

export interface TestDatabase {
  readonly url: string;
  /** Drops it, whoever is still connected. */
  close(): Promise<void>;
}

/**
 * A fresh, empty database on the Postgres server of this test run, whose superuser the url names. One for each test
 * file is enough; roles are the whole server's, so give them names of your own.
 *
 * Works inside vitest only, with this package's `global-setup.ts`.
 */
export async function testDatabase(): Promise<TestDatabase> {
  // Importing vitest fails outside of it, and this package is also used there.
  const { inject } = await import('vitest');
  const answer = await fetch(inject('postgresUrl'));
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the test run has no Postgres: ${text}`);
  const server = new URL(text);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const run = async (sql: string) => {
    const client = new pg.Client({ connectionString: server.href });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await run(`create database ${name}`);
  return {
    url: Object.assign(new URL(server), { pathname: `/${name}` }).href,
    close: () => run(`drop database if exists ${name} with (force)`),
  };
}
