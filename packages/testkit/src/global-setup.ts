import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type RunningPostgres, startPostgres } from '@contact-sync/sandbox/postgres';
import type { TestProject } from 'vitest/node';
import type {} from './postgres.ts'; // declares what is provided here

/** One Postgres for the whole run, and none for a run that does not ask: suites of pure code start at once. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let running: Promise<RunningPostgres> | undefined;
  const path = `/${randomUUID()}`;
  const desk = createServer((request, response) => {
    // Each test file asks once: a connection that is kept would end after a while, perhaps just as the next file asks.
    response.setHeader('connection', 'close');
    if (request.url !== path) {
      response.writeHead(404).end();
      return;
    }
    const asked = running ?? startPostgres();
    running = asked;
    asked.then(
      ({ url }) => response.end(url),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  }).listen(0, '127.0.0.1');
  await once(desk, 'listening');
  desk.unref();
  const address = desk.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  project.provide('postgresUrl', `http://127.0.0.1:${address.port}${path}`);
  return async () => {
    desk.closeAllConnections();
    desk.close();
    await (await running)?.close();
  };
}
