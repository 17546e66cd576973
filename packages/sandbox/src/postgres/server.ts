import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from './account.ts';
import { freeCluster } from './cluster.ts';
import type { Folders } from './folders.ts';
import { type Guarded, guard } from './guardian.ts';
import { readLock } from './lock.ts';

const START_MS = 30_000;
const STOP_MS = 15_000;
const ATTEMPTS = 5;

/** Sized for a laptop or a small container; durable as a real one, since tests pull the plug. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '64MB',
  max_wal_size: '512MB',
  fsync: 'on',
  // After a crash: one call, not one for each of the thousands of files.
  recovery_init_sync_method: 'syncfs',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

export interface Server {
  readonly port: number;
  /** Shuts down fast, as SIGINT does: transactions are rolled back. @param remove the temporary folder as well */
  stop(remove: boolean): Promise<void>;
  /** Ends at once, as after a crash: the next start recovers from the log of transactions. */
  crash(): Promise<void>;
}

/** Starts a server on a cluster that {@link initialise} made. @param port 0: any that is free */
export async function startServer(
  folders: Folders,
  account: Account | null,
  port: number,
  log: (line: string) => void,
): Promise<Server> {
  await freeCluster(folders.cluster);
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptStart(folders, account, port === 0 ? await freePort() : port, log);
    } catch (error) {
      // Somebody may have taken the port just now, or backends of a killed server may be about to notice.
      if (attempt === ATTEMPTS || !(error instanceof EndedEarly)) throw error;
      await delay(100 * attempt);
    }
  }
}

class EndedEarly extends Error {}

async function attemptStart(
  folders: Folders,
  account: Account | null,
  port: number,
  log: (line: string) => void,
): Promise<Server> {
  const args = Object.entries({ ...SETTINGS, port }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const guarded = guard('postgres', ['-D', folders.cluster, ...args], folders, account, log);
  const abandoned = new AbortController();
  const ready = untilReady(folders.cluster, abandoned.signal).then((is) => (is ? 'ready' : 'late'));
  const first = await Promise.race([guarded.ended, ready]).finally(() => abandoned.abort());
  if (typeof first === 'number') throw new EndedEarly(`Postgres did not start: ${guarded.tail()}`);
  const server = {
    port,
    stop: (remove: boolean) => stop(guarded, folders.cluster, remove),
    crash: () => crash(guarded, folders.cluster),
  };
  if (first === 'late') {
    await server.stop(true);
    throw new Error(`Postgres did not accept connections: ${guarded.tail()}`);
  }
  guarded.hold(false);
  return server;
}

async function stop(guarded: Guarded, cluster: string, remove: boolean): Promise<void> {
  if (!guarded.running()) return;
  guarded.hold(true);
  const pid = readLock(cluster)?.pid || null;
  if (remove || pid === null) guarded.interrupt();
  else signal(pid, 'SIGINT');
  const patience = new AbortController();
  const late = delay(STOP_MS, 'late', { signal: patience.signal }).catch(() => 'ended');
  if ((await Promise.race([guarded.ended, late])) === 'late' && pid !== null) signal(pid, 'SIGQUIT');
  patience.abort();
  await guarded.ended;
}

async function crash(guarded: Guarded, cluster: string): Promise<void> {
  if (!guarded.running()) return;
  guarded.hold(true);
  const pid = readLock(cluster)?.pid || null;
  if (pid === null) guarded.interrupt();
  else signal(pid, 'SIGQUIT');
  await guarded.ended;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It crashed, and left its lock file.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** By the lock file, which was free before: on the port some other server may answer. */
async function untilReady(cluster: string, abandoned: AbortSignal): Promise<boolean> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline && !abandoned.aborted) {
    if (readLock(cluster)?.status === 'ready') return true;
    await delay(20);
  }
  return false;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}
