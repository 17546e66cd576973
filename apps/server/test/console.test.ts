/** The console's files, as the server gives them. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningServer } from '../src/index.ts';
import { TOKEN } from './caller.ts';
import { ask, serve } from './fixture.ts';
import { recordingLog } from './recording-log.ts';
import { openStage, type Stage } from './stage.ts';

const { log, lines } = recordingLog();
const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
let stage: Stage;
let folder: string;

beforeAll(async () => {
  stage = await openStage(log);
  folder = await mkdtemp(join(tmpdir(), 'console-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>the console</title>');
  await writeFile(join(folder, 'assets', 'index-a1b2.js'), 'globalThis.console;');
  await writeFile(join(folder, '.digest'), 'secret');
});
afterAll(async () => {
  await stage.close();
  await rm(folder, { recursive: true });
});

describe('once it is built', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await serve(stage.hub, {
      apiToken: TOKEN,
      publicUrl: 'https://hub.example',
      console: Promise.resolve(folder),
    });
  });
  afterAll(() => server.close());

  test('is served to everybody, at every path of its own', async () => {
    for (const path of ['/', '/contacts/7', '/dead-letters?system=twenty']) {
      const page = await ask(server.url, path, { headers: html });
      expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      expect(page.text).toContain('the console');
      expect(page.headers['cache-control']).toBe('no-store');
    }
    // Somebody who asks with a program.
    expect((await ask(server.url, '/')).status).toBe(200);
  });

  test('tells browsers to load nothing from elsewhere, to run nothing inline, and to come by HTTPS', async () => {
    const { headers } = await ask(server.url, '/', { headers: html });
    expect(headers['content-security-policy']).toBe(
      "default-src 'none';script-src 'self';style-src 'self' 'unsafe-inline';img-src 'self' data:;font-src 'self' data:;connect-src 'self';base-uri 'none';form-action 'self';frame-ancestors 'none'",
    );
    expect(headers['strict-transport-security']).toBe('max-age=31536000');
    expect(headers).not.toHaveProperty('x-powered-by');
  });

  test('has files that are kept for ever, for their names are digests', async () => {
    const file = await ask(server.url, '/assets/index-a1b2.js');
    expect([file.status, file.text]).toEqual([200, 'globalThis.console;']);
    expect(file.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  test.each([
    ['a file that was of an older build', '/assets/index-0000.js', html],
    ['what is not asked for as a page', '/contacts/7', { accept: 'application/json' }],
    ['a route of the API that is none', '/api/nothing', { ...html, authorization: `Bearer ${TOKEN}` }],
    ['a webhook that is none', '/webhooks/nothing', html],
  ])('is not there for %s', async (_what, path, headers) => {
    const answer = await ask(server.url, path, { headers });
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('gives away nothing beside its files', async () => {
    for (const path of ['/.digest', '/../../etc/passwd', '/assets/..%2f.digest', '/assets/../.digest'])
      expect((await ask(server.url, path)).text).not.toMatch(/secret|root:/);
    expect((await ask(server.url, '/', { method: 'POST', headers: html })).status).toBe(404);
  });
});

test('while it is built a page says so, and asks again by itself', async () => {
  const built = Promise.withResolvers<string>();
  const server = await serve(stage.hub, { console: built.promise });
  try {
    const page = await ask(server.url, '/contacts', { headers: html });
    expect([page.status, page.headers.refresh]).toEqual([503, '2']);
    expect(page.text).toContain('is being built');
    built.resolve(folder);
    await expect.poll(async () => (await ask(server.url, '/', { headers: html })).status).toBe(200);
  } finally {
    await server.close();
  }
});

test('where it cannot be built all else works, and the log tells why', async () => {
  const server = await serve(stage.hub, { console: Promise.reject(new Error('no vite')) });
  try {
    const page = await ask(server.url, '/', { headers: html });
    expect([page.status, page.headers.refresh]).toEqual([503, undefined]);
    expect(page.text).toContain('could not be built');
    expect((await ask(server.url, '/healthz')).status).toBe(200);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: expect.stringContaining('console') }),
    );
  } finally {
    await server.close();
  }
});
