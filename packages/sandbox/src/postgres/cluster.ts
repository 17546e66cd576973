import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from './account.ts';
import type { Folders } from './folders.ts';
import { guard } from './guardian.ts';
import { lockOf, readLock } from './lock.ts';

const NOTICE_MS = 1_500;
const STOPPING_MS = 15_000;

/** Creates the files of a new cluster; does nothing where one is. */
export async function initialise(
  folders: Folders,
  account: Account | null,
  log: (line: string) => void,
): Promise<void> {
  if (existsSync(join(folders.cluster, 'PG_VERSION'))) return;
  const passwordFile = join(folders.cluster, '..', `${process.pid}.pw`);
  // initdb wants an empty folder, and reads the password as the server's user: so beside it, and only for a moment.
  await writeFile(passwordFile, folders.password, { mode: 0o600 });
  try {
    if (account) await chown(passwordFile, account.uid, account.gid);
    await initdb(folders, account, passwordFile, log);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function initdb(
  folders: Folders,
  account: Account | null,
  passwordFile: string,
  log: (line: string) => void,
): Promise<void> {
  const args = [
    `--pgdata=${folders.cluster}`,
    `--pwfile=${passwordFile}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The provider that needs no locale of the machine, so that text sorts the same everywhere.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    ...(folders.temporary !== null && folders.cluster.startsWith(folders.temporary) ? ['--no-sync'] : []),
  ];
  const program = guard('initdb', args, folders, account, log);
  const code = await program.ended;
  if (code !== 0) throw new Error(`initdb ended with ${code}: ${program.tail()}`);
}

/**
 * Makes sure that no other server has the cluster. One that is just shutting down is waited for. A lock file whose
 * process is gone is removed: Postgres would do so itself, unless another process has the same number by now, which
 * is the rule after a container was restarted.
 *
 * @throws {Error} when a living server has it
 */
export async function freeCluster(cluster: string): Promise<void> {
  const start = Date.now();
  for (;;) {
    const lock = readLock(cluster);
    if (lock === null) return;
    const { pid, status } = lock;
    if (!(await isServerOf(pid, cluster))) {
      await rm(lockOf(cluster), { force: true });
      return;
    }
    // Its guardian may be about to stop it: the program that started it was killed just now.
    if (Date.now() - start > (status === 'stopping' ? STOPPING_MS : NOTICE_MS))
      throw new Error(`the data folder is in use by the Postgres server with process id ${pid}`);
    await delay(50);
  }
}

/** A server's working directory is its cluster, on Linux; elsewhere its name has to do. */
async function isServerOf(pid: number, cluster: string): Promise<boolean> {
  if (pid <= 0) return false;
  if (existsSync('/proc/self/cwd')) return (await readlink(`/proc/${pid}/cwd`).catch(() => null)) === cluster;
  try {
    return execFileSync('ps', ['-p', String(pid), '-o', 'comm='], { encoding: 'utf8' }).includes('postgres');
  } catch {
    return false; // ps ends with 1 when there is no such process
  }
}
