import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Node's five seconds end connections that a client is about to use again; real servers keep them for minutes. */
const KEEP_ALIVE_MS = 120_000;

/** A server on 127.0.0.1 that can pretend not to be there. */
export interface LocalServer {
  readonly url: string;
  /** While down, every new request gets 503. */
  setDown(down: boolean): void;
  close(): Promise<void>;
}

/** @param port 0 for any free one */
export async function serve(port: number, answer: (request: Request) => Promise<Response>): Promise<LocalServer> {
  let down = false;
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (incoming, outgoing) => {
    if (down) outgoing.writeHead(503, { 'content-type': 'text/plain' }).end('upstream unavailable');
    else respond(incoming, outgoing, answer).catch(() => outgoing.destroy());
  });
  await listening(server, port);
  // A TCP server's address is an object; only pipes and Unix sockets have a string.
  const { port: chosen } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${chosen}`,
    setDown(value) {
      down = value;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const listening = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });

async function respond(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  answer: (request: Request) => Promise<Response>,
): Promise<void> {
  const { method = 'GET', url = '/', headers, socket } = incoming;
  const body = method === 'GET' || method === 'HEAD' ? null : new Uint8Array(await buffer(incoming));
  const entries = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
  );
  const response = await answer(
    new Request(`http://127.0.0.1:${socket.localPort}${url}`, { method, headers: entries, body }),
  );
  const content = Buffer.from(await response.arrayBuffer());
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(method === 'HEAD' ? undefined : content);
}
