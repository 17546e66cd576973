/**
 * Sync on webhook: a server of your own that a Supabase Database Webhook on `contacts` calls, and that answers once the
 * contact is everywhere. `npm run example:webhook`; it needs SUPABASE_WEBHOOK_SECRET beside the variables of the README.
 *
 * A webhook may come twice, late or never, and is not signed: it is a reason to look, and what it says is not believed. The
 * row is read from Supabase, and an edit that no webhook told of is found by the next run of the scheduled sync.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { openServices } from '@contact-sync/hub';
import { PermanentError, SyncError } from '@contact-sync/sync';

const secret = process.env.SUPABASE_WEBHOOK_SECRET ?? '';
if (secret === '') throw new Error('SUPABASE_WEBHOOK_SECRET is missing');
const MAX_BYTES = 1_000_000;

const digest = (text: string) => createHash('sha256').update(text).digest();
const isKnown = ({ headers }: IncomingMessage) =>
  timingSafeEqual(digest(String(headers['x-webhook-secret'] ?? '')), digest(secret));

/** The `id` of the row that was inserted, changed or deleted. */
async function recordIdOf(request: IncomingMessage): Promise<string | null> {
  if (!(Number(request.headers['content-length']) <= MAX_BYTES)) return null;
  const body: unknown = await json(request).catch(() => null);
  for (const name of ['record', 'old_record']) {
    const row: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : null;
    const id: unknown = typeof row === 'object' && row !== null ? Reflect.get(row, 'id') : null;
    if (typeof id === 'string' || typeof id === 'number') return String(id);
  }
  return null;
}

const services = await openServices(process.env);
await services.install();

async function answerTo(request: IncomingMessage): Promise<readonly [status: number, body: object]> {
  if (request.method !== 'POST') return [405, { code: 'METHOD_NOT_ALLOWED' }];
  if (!isKnown(request)) return [401, { code: 'WRONG_SECRET' }];
  const recordId = await recordIdOf(request);
  if (recordId === null) return [400, { code: 'NO_RECORD' }];
  try {
    return [200, await services.supabase.syncFromSupabaseToBigQuery(recordId)];
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    // Calling again does not mend what is wrong with the record; anything else may pass.
    return [error instanceof PermanentError ? 422 : 503, { code: error.code }];
  }
}

const server = createServer((request, response) => {
  answerTo(request)
    .catch((error: unknown) => {
      console.error(error);
      return [500, { code: 'FAULT' }] as const;
    })
    .then(([status, body]) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
    );
});
server.listen(Number(process.env.PORT ?? 3211), '127.0.0.1');
await once(server, 'listening');
console.log('listening on', server.address());

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, async () => {
    server.close();
    await services.close();
  });
