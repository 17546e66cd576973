import { SyncError } from '@contact-sync/sync';
import type { Telemetry } from 'bullmq';
import { SCHEDULE_QUEUE } from './names.ts';

type Span = ReturnType<Telemetry['tracer']['startSpan']>;

/** What is worth a span of its own: jobs that are told to a queue, and jobs that are worked off. */
const TOLD = new Set(['add', 'addBulk', 'process']);

/** A look at the clock is no work: what it finds makes traces of its own. */
const isTold = (name: string): boolean => {
  const [operation = '', queue = ''] = name.split(' ');
  return TOLD.has(operation) && !queue.startsWith(SCHEDULE_QUEUE);
};

/**
 * BullMQ's spans through the global OpenTelemetry API, and the context of whoever tells a job carried in the job. Only
 * adding and processing are told: looks for the next job come by the second, whether there is one or not. Of an exception
 * the code is told alone, since its message may quote data.
 */
export async function openTelemetry(): Promise<Telemetry> {
  const { BullMQOtel } = await import('bullmq-otel');
  const { tracer, contextManager } = new BullMQOtel({ tracerName: 'contact-sync.queue' });
  return {
    contextManager,
    tracer: {
      startSpan(name, options, context) {
        return isTold(name) ? discreet(tracer.startSpan(name, options, context)) : SILENT;
      },
    },
  };
}

function discreet(span: Span): Span {
  return {
    setSpanOnContext: (context) => span.setSpanOnContext(context),
    setAttribute: (key, value) => span.setAttribute(key, value),
    setAttributes: (attributes) => span.setAttributes(attributes),
    // "job completed" with its result, and "job failed" with its reason: the failed set and the log have both.
    addEvent: () => undefined,
    recordException(exception) {
      span.setAttribute('error.type', exception instanceof SyncError ? exception.code : 'UNKNOWN');
    },
    end: () => span.end(),
  };
}

const SILENT: Span = {
  setSpanOnContext: (context) => context,
  setAttribute: () => undefined,
  setAttributes: () => undefined,
  addEvent: () => undefined,
  recordException: () => undefined,
  end: () => undefined,
};
