/** What is no id, no secret and no answer: none of it is taken for one, and none of it is told. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import { SyncError } from '@contact-sync/sync';
import { CANARY, hostileJsonText, hostileText } from '@contact-sync/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSupabase } from '../src/index.ts';

let answer: { status: number; body: string } = { status: 200, body: '' };
const server = createServer((request, response) => {
  request
    .resume()
    .on('end', () => response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body));
});
let url: string;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
});

it('whatever answers in place of the project, what comes of it is an error of ours without a word of it', async () => {
  const supabase = createSupabase({ url, secretKey: 'sb_secret_example', fetchTimeoutMs: 5_000 });
  const calls = [
    () => supabase.fetch(['1']),
    () => supabase.changes(null, 10),
    () => supabase.scan(null, 10),
    () => supabase.ack(['1']),
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(200, 200, 201, 300, 400, 401, 404, 409, 413, 500, 503),
      fc.oneof(
        hostileJsonText,
        hostileJsonText.map((json) => `{"changes":${json},"records":${json},"code":${json},"message":"${CANARY}"}`),
      ),
      fc.constantFrom(...calls),
      async (status, body, call) => {
        answer = { status, body };
        const result = await call().catch((error: unknown) => error);
        if (!(result instanceof Error)) return;
        expect(result).toBeInstanceOf(SyncError);
        expect(`${result}`).not.toContain(CANARY);
      },
    ),
    { numRuns: 150, endOnFailure: true },
  );
  expect((await supabase.health()).detail ?? '').not.toContain(CANARY);
});

it('ids that no text of Postgres can hold are not asked for', async () => {
  const supabase = createSupabase({ url, secretKey: 'sb_secret_example' });
  answer = { status: 500, body: '{}' };
  expect(await supabase.fetch(['\0', '\ud800'])).toEqual([]);
  await supabase.ack(['\0', `${CANARY}\0`]);
});

it('no header but the secret is taken for it', () => {
  const supabase = createSupabase({ url, secretKey: 'x', webhookSecret: 'the secret' });
  fc.assert(
    fc.property(hostileText, (text) => {
      expect(() => supabase.verifyWebhook({ 'x-webhook-secret': text })).toThrow(/missing or wrong/);
      expect(() => supabase.verifyWebhook({ 'x-webhook-secret': [text, 'the secret'] })).toThrow(/missing or wrong/);
      expect(() => createSupabase({ url, secretKey: 'x' }).verifyWebhook({ 'x-webhook-secret': text })).toThrow(
        /missing or wrong/,
      );
    }),
  );
  supabase.verifyWebhook({ 'x-webhook-secret': 'the secret' });
});
