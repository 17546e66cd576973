import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { Metadata } from './metadata.ts';
import { type Actor, People, type Person } from './people.ts';
import { startBucket } from './rate.ts';
import { badInput, Refusal } from './refusal.ts';
import { type Answer, route } from './routes.ts';
import { Webhooks } from './webhooks.ts';

/** Node's five seconds end connections that a client is about to use again; real servers keep them for minutes. */
const KEEP_ALIVE_MS = 120_000;

export interface TwentyOptions {
  /** 0 or none: any free one. */
  readonly port?: number;
  readonly apiKey: string;
  /** Milliseconds since the Unix epoch. */
  readonly now?: () => number;
  /** What Twenty allows a workspace; metadata does not count. */
  readonly requestsPerMinute?: number;
  /** Each webhook goes out after up to this many milliseconds, drawn for each, so that they arrive in no order. */
  readonly webhookDelayMs?: number;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

export interface Twenty {
  /** `http://127.0.0.1:…`, without a slash at the end. */
  readonly url: string;
  readonly apiKey: string;
  /** A second bearer that acts as a human user: `updatedBy.source` is MANUAL, and webhooks carry `userId`. */
  readonly userToken: string;
  /** While down every request is answered 503. */
  setDown(down: boolean): void;
  /** A direct look at everybody, softly deleted ones too. */
  people(): readonly Person[];
  /** A user deletes a custom field of people in the settings: the request for it was not recorded. */
  removeField(name: string): void;
  /** The next `count` webhook calls are lost. */
  dropWebhooks(count: number): void;
  close(): Promise<void>;
}

/** Starts a Twenty server in this process, on the loopback interface, with an empty workspace in memory. */
export async function startTwenty(options: TwentyOptions): Promise<Twenty> {
  const { apiKey, now = Date.now, requestsPerMinute = 100, webhookDelayMs = 100, random = Math.random } = options;
  const metadata = new Metadata(now);
  const people = new People(metadata, now);
  const webhooks = new Webhooks(metadata, now, () => random() * webhookDelayMs);
  const bucket = startBucket(requestsPerMinute, now);
  const userToken = `user-${randomUUID()}`;
  const actors = new Map<string, Actor>([
    [apiKey, { source: 'API', workspaceMemberId: null, name: 'sync-hub', userId: null }],
    [userToken, { source: 'MANUAL', workspaceMemberId: randomUUID(), name: 'Sample User', userId: randomUUID() }],
  ]);
  let down = false;

  async function answer(request: IncomingMessage): Promise<Answer> {
    if (down) throw new Refusal(503, { statusCode: 503, error: 'Service Unavailable', messages: ['down'] });
    const actor = actorOf(request, actors);
    const url = new URL(request.url ?? '/', 'http://sandbox');
    if (!url.pathname.startsWith('/rest/metadata/') && !bucket.take())
      throw new Refusal(429, {
        statusCode: 429,
        error: 'HttpException',
        messages: [`Limit reached (${requestsPerMinute} tokens per 60000 ms)`],
      });
    const body = await readBody(request);
    return route({ method: request.method ?? 'GET', url, body, actor }, { metadata, people, webhooks });
  }

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, async (request, response) => {
    let status: number;
    let body: unknown;
    try {
      ({ status, body } = await answer(request));
    } catch (error) {
      if (error instanceof Refusal) ({ status, body } = error);
      else {
        status = 500;
        body = { statusCode: 500, error: 'Error', messages: [`sandbox: ${String(error)}`] };
      }
    }
    response.writeHead(status, { 'Content-Type': 'application/json', Date: new Date(now()).toUTCString() });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : options.port;

  return {
    url: `http://127.0.0.1:${port}`,
    apiKey,
    userToken,
    setDown: (value) => {
      down = value;
    },
    people: () => people.all(),
    removeField(name) {
      metadata.remove(name);
      people.forget(name);
    },
    dropWebhooks: (count) => webhooks.drop(count),
    close: () =>
      new Promise((resolve, reject) => {
        webhooks.close();
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

function actorOf(request: IncomingMessage, actors: ReadonlyMap<string, Actor>): Actor {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined)
    throw new Refusal(403, {
      statusCode: 403,
      messages: ['Missing authentication token'],
      error: 'FORBIDDEN_EXCEPTION',
    });
  const actor = actors.get(token);
  if (!actor) throw new Refusal(401, { statusCode: 401, messages: ['Token invalid.'], error: 'UNAUTHENTICATED' });
  return actor;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    throw badInput('body, which is no JSON');
  }
}
