import { Agent, createServer, type IncomingMessage, request as send } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Door, openDoor } from './door.ts';

/** Node's five seconds end connections that a client is about to use again: a fault that nobody asked for. */
const KEEP_ALIVE_MS = 120_000;

/** A request on its way. */
export interface Passing {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly body: string;
}

/**
 * What becomes of a request. `body` is sent as JSON, `text` as it is. `lose`: it is carried out, and the connection
 * breaks in place of the answer. `halve`: it breaks in the middle of the answer's body. `stall`: it is carried out, and
 * the answer never comes. `hang`: it goes nowhere, and there is never an answer. Undefined: it passes.
 */
export type Verdict =
  | ({ readonly status: number; readonly headers?: Readonly<Record<string, string>> } & (
      | { readonly body: unknown }
      | { readonly text: string }
    ))
  | 'lose'
  | 'halve'
  | 'stall'
  | 'hang'
  | undefined;

export interface HttpProxy extends Pick<Door, 'cut' | 'mend'> {
  readonly url: string;
  /** Judges every request until the next call; `null` lets all pass. */
  judge(verdict: ((passing: Passing) => Verdict | Promise<Verdict>) | null): void;
  /** Changes the `Date` header of the server's own answers until the next call: its clock goes wrong. `null`: has none. */
  redate(change: (date: string) => string | null): void;
  close(): Promise<void>;
}

/**
 * Stands between a client and an HTTP server, and may answer, lose an answer, wait or go away in its place.
 *
 * @param onAnswer told of each answer that the server itself gave, whatever becomes of it then
 */
export async function openHttpProxy(
  target: string,
  onAnswer: (passing: Passing, status: number) => void = () => {},
): Promise<HttpProxy> {
  const agent = new Agent({ keepAlive: true });
  const { hostname, port, origin } = new URL(target);
  let redated = (date: string): string | null => date;
  let verdict: ((passing: Passing) => Verdict | Promise<Verdict>) | null = null;

  const forward = (request: IncomingMessage, body: Buffer): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { method, url, headers } = request;
      const { connection: _, 'transfer-encoding': __, ...rest } = headers;
      const length = body.length > 0 ? { 'content-length': String(body.length) } : {};
      send({ agent, hostname, port, method, path: url, headers: { ...rest, ...length, host: new URL(origin).host } })
        .on('response', resolve)
        .on('error', reject)
        .end(body);
    });

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, async (request, response) => {
    const { method = 'GET', url: path = '/' } = request;
    try {
      const body = await buffer(request);
      const passing: Passing = { method, path, body: body.toString('utf8') };
      const decided = await verdict?.(passing);
      if (decided === 'hang') return;
      if (typeof decided === 'object') {
        response.writeHead(decided.status, { 'content-type': 'application/json', ...decided.headers });
        response.end('text' in decided ? decided.text : JSON.stringify(decided.body));
        return;
      }
      const answer = await forward(request, body);
      const answered = await buffer(answer);
      onAnswer(passing, answer.statusCode ?? 502);
      if (decided === 'stall') return;
      if (decided === 'lose') {
        request.socket.destroy();
        return;
      }
      const { connection: _, 'transfer-encoding': __, 'keep-alive': ___, date: ____, ...headers } = answer.headers;
      const date = answer.headers.date === undefined ? null : redated(answer.headers.date);
      response.sendDate = false;
      response.writeHead(answer.statusCode ?? 502, {
        ...headers,
        ...(date === null ? {} : { date }),
        'content-length': answered.length,
      });
      if (decided === 'halve')
        response.write(answered.subarray(0, answered.length >> 1), () => request.socket.destroy());
      else response.end(answered);
    } catch {
      request.socket.destroy(); // one of the two sides is gone
    }
  });
  const door = await openDoor(server);
  return {
    url: `http://127.0.0.1:${door.port}`,
    judge(next) {
      verdict = next;
    },
    redate(change) {
      redated = change;
    },
    cut: door.cut,
    mend: door.mend,
    async close() {
      await door.cut();
      agent.destroy();
    },
  };
}
