import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A Redis for tests. It may be shared: keep to a prefix of your own. */
export interface FoundRedis {
  readonly url: string;
  close(): Promise<void>;
  /** Kills it without a goodbye and starts it again on its data. Only where the Redis is the test's own. */
  restart?(): Promise<void>;
}

/** Why the Redis half of a suite did not run. */
export const NO_REDIS = 'no Redis here: set REDIS_URL, install redis-server, or start a container engine';

/**
 * The Redis that is at hand: `REDIS_URL`; else `redis-server` from the PATH, started on a free port with the
 * persistence that production needs; else a container.
 *
 * @returns `null` when there is none of them
 */
export async function findRedis(): Promise<FoundRedis | null> {
  const url = process.env.REDIS_URL;
  if (url) return { url, close: async () => {} };
  return (await ownRedis()) ?? (await containerRedis());
}

/** A Redis that nobody else uses. */
export interface OwnRedis extends FoundRedis {
  /** Holds its data: with them, every command it was ever sent. */
  readonly folder: string;
  /** Ends it without a goodbye. */
  kill(): Promise<void>;
  /** Starts it again on its data. */
  start(): Promise<void>;
  restart(): Promise<void>;
}

/** `redis-server` from the PATH, whatever REDIS_URL says. @returns `null` when there is none */
export async function ownRedis(): Promise<OwnRedis | null> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'contact-sync-redis-'));
  let server = await startServer(port, folder);
  if (!server) {
    await rm(folder, { recursive: true });
    return null;
  }
  const kill = async () => {
    if (server) await end(server);
  };
  const start = async () => {
    server = await startServer(port, folder);
    if (!server) throw new Error('redis-server did not start again');
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    folder,
    kill,
    start,
    async restart() {
      await kill();
      await start();
    },
    async close() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const SERVER_OPTIONS = ['--bind', '127.0.0.1', '--appendonly', 'yes', '--maxmemory-policy', 'noeviction', '--save', ''];

/** @returns `null` when there is no `redis-server` on the PATH */
async function startServer(port: number, folder: string): Promise<ChildProcess | null> {
  const server = spawn('redis-server', ['--port', `${port}`, '--dir', folder, ...SERVER_OPTIONS], { stdio: 'ignore' });
  try {
    await once(server, 'spawn');
  } catch {
    return null;
  }
  const deadline = Date.now() + 10_000;
  while (!(await answers(port))) {
    if (server.exitCode !== null || Date.now() > deadline) {
      await end(server);
      throw new Error('redis-server does not answer');
    }
    await wait(10);
  }
  return server;
}

/** True once the server has read its data and serves: until then it answers PING with LOADING. */
async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const [reply]: unknown[] = await once(socket, 'data');
    return String(reply).startsWith('+PONG');
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = once(server, 'exit');
  server.kill('SIGKILL');
  await gone;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}

async function containerRedis(): Promise<FoundRedis | null> {
  // Loaded only here: the library is large, and most machines that lack redis-server lack an engine too.
  const { GenericContainer, getContainerRuntimeClient } = await import('testcontainers');
  try {
    await getContainerRuntimeClient();
  } catch {
    return null;
  }
  const container = await new GenericContainer('redis:7.4-alpine')
    .withCommand(['redis-server', '--appendonly', 'yes', '--maxmemory-policy', 'noeviction'])
    .withExposedPorts(6379)
    .start();
  return {
    url: `redis://${container.getHost()}:${container.getMappedPort(6379)}`,
    close: async () => {
      await container.stop();
    },
  };
}
