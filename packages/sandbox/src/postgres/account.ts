import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The user a server runs as, where it cannot be the current one. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Postgres refuses to run as root: then it runs as `postgres` or `nobody`. `null`: as whoever we are. */
export function serverAccount(): Account | null {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const user = ['postgres', 'nobody'].map((name) => users.find(([first]) => first === name)).find((found) => found);
  if (!user) throw new Error('Postgres does not run as root, and there is no user postgres or nobody to run it as');
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

/** The environment of the server's programs: nothing of ours, such as PGDATA or a locale that is not installed here. */
export const environment = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** Whether the account can work inside this folder: asked of the system, which also knows ACLs and mounts. */
export function canEnter(folder: string, account: Account | null): boolean {
  const probe = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...account, cwd: '/', env: environment });
  return probe.status === 0;
}

/** Whether the account can run this program, with the libraries it needs. */
export function canRun(program: string, account: Account | null): boolean {
  return spawnSync(program, ['--version'], { ...account, cwd: '/', env: environment }).status === 0;
}
