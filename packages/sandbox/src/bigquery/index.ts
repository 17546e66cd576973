import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Engine } from './engine.ts';
import { ApiError } from './errors.ts';
import { Jobs } from './jobs.ts';
import { type Route, routesOf } from './routes.ts';

/** Node's five seconds end connections that a client is about to use again; real servers keep them for minutes. */
const KEEP_ALIVE_MS = 120_000;

export interface BigQuerySandbox {
  /** `http://127.0.0.1:port`, for BIGQUERY_EMULATOR_HOST. */
  readonly host: string;
  readonly project: string;
  /** While down, every request is answered with 503. */
  setDown(down: boolean): void;
  close(): Promise<void>;
}

/** The limit of a request, insertAll and queries alike. Source: https://cloud.google.com/bigquery/quotas */
const MAX_REQUEST_BYTES = 10 * 1024 * 1024;

/**
 * A local BigQuery over DuckDB, for the real client.
 * @param options `port` 0 or none: any free one; `file`: a DuckDB file that outlives the sandbox, in memory when none
 */
export async function startBigQuery(
  options: { port?: number; project?: string; file?: string } = {},
): Promise<BigQuerySandbox> {
  const project = options.project ?? 'sandbox';
  const engine = await Engine.open(project, options.file ?? ':memory:');
  const routes = routesOf(engine, new Jobs(engine));
  let down = false;
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    void handle(routes, () => down, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  // A listening TCP server has an address of this form.
  const { port } = server.address() as AddressInfo;
  return {
    host: `http://127.0.0.1:${port}`,
    project,
    setDown(value) {
      down = value;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await engine.close();
    },
  };
}

async function handle(
  routes: readonly Route[],
  isDown: () => boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const body = await read(request);
    if (isDown()) throw new ApiError(503, 'backendError', 'The sandbox was told to be down.');
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    for (const route of routes) {
      const match = route.method === request.method ? route.pattern.exec({ pathname: url.pathname }) : null;
      if (match === null) continue;
      const params = Object.fromEntries(
        Object.entries(match.pathname.groups).map(([key, value]) => [key, decodeURIComponent(value ?? '')]),
      );
      send(response, 200, await route.answer({ params, query: url.searchParams, body: json(body) }));
      return;
    }
    throw new ApiError(501, 'notImplemented', `Not known to this sandbox: ${request.method} ${url.pathname}`);
  } catch (error) {
    const answer = error instanceof ApiError ? error : new ApiError(500, 'internalError', String(error));
    send(response, answer.status, answer.body());
  }
}

/** Reads to the end even of what is too large: a client that still writes would not see the answer. */
async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= MAX_REQUEST_BYTES) chunks.push(chunk);
  }
  if (size > MAX_REQUEST_BYTES)
    throw new ApiError(413, 'requestTooLarge', `Request payload size exceeds the limit: ${MAX_REQUEST_BYTES} bytes.`);
  return Buffer.concat(chunks).toString('utf8');
}

function json(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(400, 'parseError', 'Parse Error');
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' });
  response.end(text);
}
