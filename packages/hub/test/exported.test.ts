import { ExportResultCode } from '@opentelemetry/core';
import { InMemorySpanExporter, SimpleSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { exported } from '../src/tracing/exported.ts';

const JANE = /jane|roe|555/i;

test('of a span leave the attributes that are listed, with words of ours, and no events', async () => {
  const memory = new InMemorySpanExporter();
  const provider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter: exported(memory, () => undefined) })],
  });
  const span = provider.getTracer('contact-sync.queue').startSpan('process ingest');
  span.setAttributes({
    'bullmq.job.id': '17',
    'bullmq.job.result': '{"name":"Jane Roe"}',
    'bullmq.job.failed.reason': 'no such person: Jane',
    'bullmq.job.name': 'jane@roe.example',
    'contact_sync.contact_ids': ['9007199254740993'],
    'contact_sync.contacts': 3,
    'contact_sync.Jane': 1,
    'contact_sync.records': ['1', '2', '3', '4', '5', 'more than are named'],
    'db.statement': "select 'Jane Roe'",
  });
  span.recordException(new Error('Jane Roe, 555-0100'));
  span.addEvent('Jane', { name: 'Roe' });
  span.end();
  provider.getTracer('@google-cloud/bigquery').startSpan('insert Jane Roe').end();
  await provider.forceFlush();
  const spans = memory.getFinishedSpans();
  expect(spans.map(({ name, attributes, events }) => ({ name, attributes, events }))).toEqual([
    {
      name: 'process ingest',
      attributes: {
        'bullmq.job.id': '17',
        'contact_sync.contact_ids': ['9007199254740993'],
        'contact_sync.contacts': 3,
      },
      events: [],
    },
  ]);
  expect(JSON.stringify(spans.map(({ resource: _, ...rest }) => rest))).not.toMatch(JANE);
  await provider.shutdown();
});

test('spans that cannot be delivered are told of, and those of others are not even tried', async () => {
  const memory = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: memory })] });
  const spanOf = (scope: string) => {
    memory.reset();
    provider.getTracer(scope).startSpan('a span').end();
    return memory.getFinishedSpans();
  };
  const results: ExportResultCode[] = [];
  let failures = 0;
  const away: SpanExporter = {
    export: (_spans, callback) => callback({ code: ExportResultCode.FAILED }),
    shutdown: async () => undefined,
  };
  const exporter = exported(away, () => {
    failures += 1;
  });
  exporter.export(spanOf('somebody-else'), ({ code }) => results.push(code));
  exporter.export(spanOf('contact-sync'), ({ code }) => results.push(code));
  expect(results).toEqual([ExportResultCode.SUCCESS, ExportResultCode.FAILED]);
  expect(failures).toBe(1);
  await provider.shutdown();
});
