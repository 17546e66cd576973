/** What of a span leaves this process: an explicit list. Whatever else somebody puts on one stays here. */
import type { Attributes } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { SCOPE } from './span.ts';

const NAMES = new Set([
  'error.type',
  'bullmq.queue.name',
  'bullmq.queue.operation',
  'bullmq.job.bulk.count',
  'bullmq.job.name',
  'bullmq.job.id',
  'bullmq.job.attempts.made',
  'bullmq.job.attempt_finished_timestamp',
  'bullmq.job.processed.timestamp',
]);
const OURS = /^contact_sync\.[a-z_]+$/;
/** Ids, codes and words of ours. */
const WORD = /^[\w.:-]{1,80}$/;
const MOST_ITEMS = 5;

/**
 * Tells the spans that are ours, with the attributes that are listed and without events: libraries trace as well, and put
 * requests, statements and messages of errors there.
 *
 * @param onFailed told whenever spans could not be delivered; they are lost
 */
export function exported(exporter: SpanExporter, onFailed: () => void): SpanExporter {
  return {
    export(spans, callback) {
      const done = (result: ExportResult) => {
        if (result.code === ExportResultCode.FAILED) onFailed();
        callback(result);
      };
      const ours = spans.filter(({ instrumentationScope }) => isOurs(instrumentationScope.name)).map(bare);
      if (ours.length === 0) done({ code: ExportResultCode.SUCCESS });
      else exporter.export(ours, done);
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => await exporter.forceFlush?.(),
  };
}

const isOurs = (scope: string): boolean => scope === SCOPE || scope.startsWith(`${SCOPE}.`);

/** Names of spans and messages of their states are ours: no library writes in our scope but BullMQ, whose names are fixed. */
const bare = (span: ReadableSpan): ReadableSpan => ({
  name: span.name,
  kind: span.kind,
  spanContext: () => span.spanContext(),
  ...(span.parentSpanContext === undefined ? {} : { parentSpanContext: span.parentSpanContext }),
  startTime: span.startTime,
  endTime: span.endTime,
  status: span.status,
  attributes: allowed(span.attributes),
  links: [],
  events: [],
  duration: span.duration,
  ended: span.ended,
  resource: span.resource,
  instrumentationScope: span.instrumentationScope,
  droppedAttributesCount: 0,
  droppedEventsCount: 0,
  droppedLinksCount: 0,
});

const allowed = (attributes: Attributes): Attributes =>
  Object.fromEntries(
    Object.entries(attributes).filter(([name, value]) => (NAMES.has(name) || OURS.test(name)) && isHarmless(value)),
  );

function isHarmless(value: unknown): boolean {
  if (Array.isArray(value)) return value.length <= MOST_ITEMS && value.every((item) => isHarmless(item));
  return typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && WORD.test(value));
}
