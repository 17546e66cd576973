import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createSupabase } from '../src/index.ts';
import { delivery, newProject, type Project } from './project.ts';

describe('a Database Webhook', () => {
  const received: { headers: IncomingHttpHeaders; body: unknown }[] = [];
  const server = createServer(async (request, response) => {
    const body: unknown = JSON.parse(await text(request));
    received.push({ headers: request.headers, body });
    response.end();
  });
  let project: Project;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A TCP server's address is an object.
    const { port } = server.address() as AddressInfo;
    project = await newProject({ url: `http://127.0.0.1:${port}/`, secret: 'of the project' });
    await project.adapter.install();
  }, 60_000);

  afterAll(async () => {
    await project?.close();
    server.close();
    server.closeAllConnections();
  });

  test('comes once for an edit, is genuine, and the edit is there to be read', async () => {
    await project.app.from('contacts').insert({ contact_id: '1', canonical_name: 'Ada' });
    await vi.waitFor(() => expect(received).not.toHaveLength(0), 5_000);
    expect(received).toHaveLength(1);
    expect(received[0]?.body).toMatchObject({
      type: 'INSERT',
      table: 'contacts',
      schema: 'public',
      record: { contact_id: '1', canonical_name: 'Ada' },
      old_record: null,
    });
    project.adapter.verifyWebhook(received[0]?.headers ?? {});
    expect((await project.adapter.changes(null, 10)).changes).toHaveLength(1);
  });

  test("comes for the hub's own writes too: it wakes, and there is nothing to read", async () => {
    received.length = 0;
    await project.adapter.apply([delivery('2', { version: 1 })]);
    await vi.waitFor(() => expect(received).toHaveLength(1), 5_000);
    const { changes } = await project.adapter.changes(null, 10);
    expect(changes.map(({ record }) => record.contact_id)).not.toContain('2');
  });

  test.each<[string, Headers | IncomingHttpHeaders]>([
    ['without the header', {}],
    ['with a wrong secret', { 'x-webhook-secret': 'guessed' }],
    ['with a longer one', new Headers({ 'x-webhook-secret': 'of the project!' })],
    ['with two of them', { 'x-webhook-secret': ['of the project', 'of the project'] }],
  ])('is forged %s', (_how, headers) => {
    expect(() => project.adapter.verifyWebhook(headers)).toThrow(
      expect.objectContaining({ name: 'PermanentError', code: 'WEBHOOK_FORGED' }),
    );
  });

  test('is accepted with the right header in either form', () => {
    project.adapter.verifyWebhook({ 'x-webhook-secret': 'of the project' });
    project.adapter.verifyWebhook(new Headers({ 'X-Webhook-Secret': 'of the project' }));
  });

  test('is always forged where no secret is configured', () => {
    const { url, secretKey } = project.supabase;
    for (const webhookSecret of [undefined, ''])
      expect(() => createSupabase({ url, secretKey, webhookSecret }).verifyWebhook({ 'x-webhook-secret': '' })).toThrow(
        expect.objectContaining({ code: 'WEBHOOK_FORGED' }),
      );
  });

  test('a project that is down, or another key, is an outage for the adapter', async () => {
    project.supabase.setDown(true);
    await expect(project.adapter.changes(null, 1)).rejects.toMatchObject({ code: 'SUPABASE_UNAVAILABLE' });
    expect(await project.adapter.health()).toMatchObject({ ok: false });
    project.supabase.setDown(false);
    expect(await project.adapter.health()).toMatchObject({ ok: true });
    const { url, publishableKey } = project.supabase;
    const wrong = createSupabase({ url, secretKey: 'sb_secret_wrong' });
    await expect(wrong.changes(null, 1)).rejects.toMatchObject({ code: 'SUPABASE_UNAUTHORIZED' });
    const publishable = createSupabase({ url, secretKey: publishableKey });
    await expect(publishable.apply([delivery('9', { version: 1 })])).rejects.toMatchObject({
      name: 'OutageError',
      code: 'SUPABASE_UNAUTHORIZED',
    });
  });
});
