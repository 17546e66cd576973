import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { chmod, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresOptions, type RunningPostgres, startPostgres } from '../src/postgres/index.ts';

const ROOT = process.getuid?.() === 0;
const NOBODY = 65_534;

/** Making a cluster takes seconds, copying one does not. */
let template: string;
let inherited: RunningPostgres;
beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'contact-sync-test-'));
  await chmod(template, 0o755);
  await (await startPostgres({ dataDir: template })).close();
  inherited = await startPostgres({ dataDir: template });
});
afterAll(async () => {
  await inherited.close();
  await rm(template, { recursive: true, force: true });
});

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function started(options?: PostgresOptions): Promise<RunningPostgres> {
  const postgres = await startPostgres(options);
  cleanups.push(() => postgres.close());
  return postgres;
}

/** A data folder with a cluster that nobody uses. */
async function initialised(): Promise<string> {
  const path = await folder();
  execFileSync('cp', ['-a', join(template, 'cluster'), join(template, 'password'), path]);
  await rm(join(path, 'cluster', 'postmaster.pid'));
  return path;
}

/** @param mode 0o755 lets the server's user in where the tests run as root */
async function folder(mode = 0o755): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'contact-sync-test-'));
  await chmod(path, mode);
  cleanups.push(async () => {
    const cluster = await realpath(join(path, 'cluster')).catch(() => path);
    await rm(cluster, { recursive: true, force: true });
    await rm(path, { recursive: true, force: true });
  });
  return path;
}

async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function clusterOf(url: string): Promise<{ path: string; pid: number }> {
  const [row] = await query<{ data_directory: string }>(url, 'show data_directory');
  if (!row) throw new Error('a server has a data folder');
  const pid = Number.parseInt(await readFile(join(row.data_directory, 'postmaster.pid'), 'utf8'), 10);
  return { path: row.data_directory, pid };
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The program beside this file, up and running. */
async function program(dataDir?: string, as: { uid?: number; gid?: number } = {}) {
  const path = join(import.meta.dirname, 'postgres-program.ts');
  const args = dataDir === undefined ? [path] : [path, dataDir];
  const child: ChildProcess = spawn(process.execPath, args, { ...as, cwd: '/', stdio: ['pipe', 'pipe', 'ignore'] });
  cleanups.push(async () => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  const url = await Promise.race([once(lines, 'line').then(([line]) => String(line)), once(child, 'exit')]);
  if (typeof url !== 'string') throw new Error('the program ended');
  return { child, url, ...(await clusterOf(url)) };
}

describe('a server', () => {
  it('keeps its data over a restart and a crash, on the same port, and leaves nothing when closed', async () => {
    const postgres = await startPostgres();
    const url = await postgres.createDatabase('some "name"');
    expect(await postgres.createDatabase('some "name"')).toBe(url);
    await query(url, `create table t as select 1 as n, 'ä' as text`);
    const before = await clusterOf(url);
    await postgres.restart();
    expect(await query(url, 'select * from t')).toEqual([{ n: 1, text: 'ä' }]);
    const after = await clusterOf(url);
    expect(after.path).toBe(before.path);
    process.kill(after.pid, 'SIGKILL');
    await postgres.restart();
    expect(await query(url, 'select n from t')).toEqual([{ n: 1 }]);
    await postgres.close();
    await postgres.close();
    expect([before.pid, after.pid].filter(alive)).toEqual([]);
    expect(existsSync(join(before.path, '..'))).toBe(false);
  });

  it('listens on 127.0.0.1 alone, wants the password, is durable, and sorts alike everywhere', async () => {
    const [settings] = await query(
      inherited.url,
      `select current_setting('listen_addresses') as listen, current_setting('unix_socket_directories') as socket,
        current_setting('fsync') as fsync, current_setting('server_encoding') as encoding,
        current_setting('max_connections') as connections,
        (select datlocprovider from pg_database where datname = 'postgres') as provider`,
    );
    expect(settings).toEqual({
      listen: '127.0.0.1',
      socket: '',
      fsync: 'on',
      encoding: 'UTF8',
      connections: '200',
      provider: 'b',
    });
    const stranger = new URL(inherited.url);
    stranger.password = 'guess';
    await expect(query(stranger.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('beside another has a port of its own, and says why when it is told to have the same', async () => {
    const dataDir = await initialised();
    const port = Number(new URL(inherited.url).port);
    await expect(startPostgres({ dataDir, port })).rejects.toThrow('Address already in use');
    const other = await started({ dataDir });
    expect(new URL(other.url).port).not.toBe(String(port));
  });
});

describe('a data folder', () => {
  it('is opened again with its data and password, and refused while in use', async () => {
    const dataDir = await initialised();
    const first = await startPostgres({ dataDir });
    await query(first.url, 'create table kept as select 1 as n');
    await expect(startPostgres({ dataDir })).rejects.toThrow('in use');
    await first.close();
    const second = await started({ dataDir });
    expect(await query(second.url, 'select n from kept')).toEqual([{ n: 1 }]);
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
  });

  it("is opened again after everything was killed, even if the number of the dead server is somebody else's now", async () => {
    const dataDir = await initialised();
    const { child, url, path, pid } = await program(dataDir);
    await query(url, 'create table kept as select 1 as n');
    process.kill(pid, 'SIGKILL');
    child.kill('SIGKILL');
    await expect.poll(() => alive(pid)).toBe(false);
    const lock = join(path, 'postmaster.pid');
    const text = await readFile(lock, 'utf8');
    await writeFile(lock, text.replace(String(pid), String(process.pid)));
    const again = await started({ dataDir });
    expect(await query(again.url, 'select n from kept')).toEqual([{ n: 1 }]);
  });

  it.runIf(ROOT)("that the server's user cannot enter is served all the same", async () => {
    const dataDir = await folder(0o700);
    const first = await startPostgres({ dataDir });
    await query(first.url, 'create table kept as select 1 as n');
    await first.close();
    const second = await started({ dataDir });
    expect(await query(second.url, 'select n from kept')).toEqual([{ n: 1 }]);
  });
});

describe('no server outlives the program that started it', () => {
  const gone = ({ pid }: { pid: number }) => expect.poll(() => alive(pid), { timeout: 10_000 }).toBe(false);

  it('killed: its folder goes too', async () => {
    const running = await program();
    running.child.kill('SIGKILL');
    await gone(running);
    await expect.poll(() => existsSync(join(running.path, '..')), { timeout: 10_000 }).toBe(false);
  });

  it('ended by a signal or an exception: and its data can be opened again at once', async () => {
    const dataDir = await initialised();
    for (const end of ['SIGINT', 'SIGTERM', 'exception'] as const) {
      const running = await program(dataDir);
      if (end === 'exception') running.child.stdin?.write('now\n');
      else running.child.kill(end);
      await once(running.child, 'exit');
      await (await startPostgres({ dataDir })).close();
      await gone(running);
    }
  });
});

// A checkout that others cannot read has nothing that this user could run.
it.runIf(ROOT && readable(import.meta.dirname))('runs as an ordinary user', async () => {
  const { url, path, child } = await program(undefined, { uid: NOBODY, gid: NOBODY });
  expect(await query(url, 'select 1 as n')).toEqual([{ n: 1 }]);
  expect(path.startsWith('/')).toBe(true);
  child.kill('SIGTERM');
  await expect.poll(() => existsSync(path), { timeout: 10_000 }).toBe(false);
});

function readable(path: string): boolean {
  for (let at = path; at !== '/'; at = join(at, '..')) if ((statSync(at).mode & 0o005) !== 0o005) return false;
  return true;
}
