import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The lock file of a cluster, which a server makes first and removes last. */
export const lockOf = (cluster: string): string => join(cluster, 'postmaster.pid');

/**
 * What the lock file says: the server's process id, 0 in a file that is half written, and its status (`starting`,
 * `ready`, `stopping`). Source: src/include/utils/pidfile.h of Postgres.
 *
 * @returns `null` without a lock file
 */
export function readLock(cluster: string): { readonly pid: number; readonly status: string } | null {
  try {
    const [pid = '', , , , , , , status = ''] = readFileSync(lockOf(cluster), 'utf8').split('\n');
    return { pid: Number.parseInt(pid, 10) || 0, status: status.trim() };
  } catch {
    return null;
  }
}
