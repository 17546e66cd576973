import { once } from 'node:events';
import { createServer } from 'node:http';
import { isLoopback } from '@contact-sync/config';
import { closeInOrder, type Hub } from '@contact-sync/hub';
import { type AppOptions, createApp } from './app.ts';

export interface ServerOptions extends Omit<AppOptions, 'console'> {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** What people show to see and do anything. Needed on a host that others reach. */
  readonly apiToken?: string | undefined;
  /** The folder of the console's files; `false`: no console. Default: that of this checkout, built where it has to be. */
  readonly console?: Promise<string> | false | undefined;
}

export interface RunningServer {
  readonly url: string;
  /** Takes no more requests and lets those under way end, within a few seconds. The hub stays open. */
  close(): Promise<void>;
}

/** A server that others reach would show contacts to everybody, and let them change some. */
export class UnprotectedError extends Error {
  readonly code = 'SERVER_UNPROTECTED';

  constructor() {
    super('HOST is not a loopback address: set API_TOKEN, or listen on 127.0.0.1');
    this.name = 'UnprotectedError';
  }
}

const DRAIN_MS = 3_000;

/**
 * Listens for webhooks, probes of health, and people and programs that look after the hub.
 *
 * @throws {UnprotectedError} on a host that others reach without a token
 * @throws {Error} of Node when the port is taken
 */
export async function startServer(hub: Hub, options: ServerOptions): Promise<RunningServer> {
  const { host, port, apiToken } = options;
  const { log } = hub.parts;
  if (apiToken === undefined && !isLoopback(host)) throw new UnprotectedError();
  const { console = builtConsole(), ...rest } = options;
  const app = createApp(hub, { ...rest, console: console === false ? undefined : console });
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, app.express);
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  log.info({ url }, 'server listens');

  const drain = async () => {
    const closed = once(server, 'close');
    server.close();
    app.hangUp();
    server.closeIdleConnections();
    const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    await closed;
    clearTimeout(timer);
    await app.stop();
  };
  let closed: Promise<void> | null = null;
  return {
    url,
    close() {
      closed ??= closeInOrder(log, [{ name: 'server', close: drain }], DRAIN_MS + 2_000);
      return closed;
    },
  };
}

/** In the background: it may have to be built first, which takes seconds, and a server without one does all else. */
async function builtConsole(): Promise<string> {
  const { consoleFolder } = await import('@contact-sync/console');
  return await consoleFolder();
}
