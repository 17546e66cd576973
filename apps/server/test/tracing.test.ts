import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { ask, serve, signed } from './fixture.ts';
import { recordingLog } from './recording-log.ts';
import { openStage } from './stage.ts';

const PERSON = {
  id: '8c0f1a52-0a6e-4b7e-9f0a-2d3b5c7e9a11',
  name: { firstName: 'Zenobia', lastName: 'Canary' },
  emails: { primaryEmail: 'zenobia@canary.example', additionalEmails: [] },
  createdAt: '2026-11-28T06:00:00.000Z',
  updatedAt: '2026-11-28T06:00:00.000Z',
  deletedAt: null,
  updatedBy: { source: 'MANUAL', name: 'Ada' },
};

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
}

test('a webhook of Twenty begins a trace that its jobs belong to, and nothing that it says is told', async () => {
  const bodies: string[] = [];
  const receiver = createServer(async (request, response) => {
    bodies.push(await text(request));
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const address = receiver.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const stage = await openStage(recordingLog().log, { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
  try {
    await stage.hub.parts.ledger.install();
    const server = await serve(stage.hub);
    const body = JSON.stringify({ eventName: 'person.created', record: PERSON });
    const answer = await ask(server.url, '/webhooks/twenty', { method: 'POST', headers: signed(body), body });
    expect(answer.status, answer.text).toBe(200);
    await server.close();
  } finally {
    // Whatever is left is delivered by then.
    await stage.close();
    receiver.close();
    receiver.closeAllConnections();
  }
  const spans = bodies.flatMap((body) => [
    ...JSON.parse(body).resourceSpans.flatMap((of: { scopeSpans: { spans: Span[] }[] }) =>
      of.scopeSpans.flatMap((scope) => scope.spans),
    ),
  ]) as Span[];
  const root = spans.find(({ parentSpanId }) => !parentSpanId);
  expect(root?.name).toBe('notification twenty');
  const children = spans.filter(({ parentSpanId }) => parentSpanId === root?.spanId);
  expect(children.map(({ name }) => name)).toEqual(['ledger receive', 'addBulk ingest']);
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  expect(bodies.join('\n')).not.toMatch(/zenobia|canary|secret-of-twenty/i);
});
