/** A receiver of traces, as OpenTelemetry's collector is one. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Left out of a root. */
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
  readonly events: readonly unknown[];
}

/** The part of OTLP's JSON that is looked at. */
interface ExportRequest {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly ReceivedSpan[] }[] }[];
}

export interface Receiver {
  readonly url: string;
  /** In the order of their coming. */
  spans(): readonly ReceivedSpan[];
  /** Every body, as it came. */
  bodies(): readonly string[];
  close(): Promise<void>;
}

export async function openReceiver(): Promise<Receiver> {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const taken = request.method === 'POST' && request.url === '/v1/traces';
    if (taken) bodies.push(body);
    response.writeHead(taken ? 200 : 404, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    bodies: () => bodies,
    spans: () =>
      bodies.flatMap((body) => {
        const { resourceSpans }: ExportRequest = JSON.parse(body);
        return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
      }),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
