/** Loaded only where traces are told to somebody: it brings the whole SDK of OpenTelemetry with it. */
import { openTelemetry } from '@contact-sync/queue';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import { exported } from './exported.ts';
import { tracedParts } from './traced-parts.ts';
import type { Tracing } from './tracing.ts';

/** Where traces go, and as whose. */
export interface TracingOptions {
  /** Of an OTLP receiver over HTTP, as `http://localhost:4318`: the path of traces comes after it. */
  readonly endpoint: string;
  /** Unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES say otherwise. */
  readonly service: string;
  /** Told whenever spans could not be delivered, and are lost. */
  readonly onFailed: () => void;
}

/** OpenTelemetry's API is one for the whole process, and so is what stands behind it. */
let running: { users: number; readonly provider: TracerProvider } | null = null;

/**
 * Tells traces to a receiver, until closed. Headers, timeout and compression are those of the standard variables
 * (`OTEL_EXPORTER_OTLP_HEADERS`, …). Asked for twice in a process there is one of it, to the receiver that was named first.
 */
export async function startTracing(options: TracingOptions): Promise<Tracing> {
  const shared = running ?? { users: 0, provider: begin(options) };
  shared.users += 1;
  running = shared;
  // Not before: what BullMQ takes from the API of another version than ours would stay silent.
  const telemetry = await openTelemetry();
  let closed: Promise<void> | null = null;
  return {
    telemetry,
    around: tracedParts,
    close() {
      closed ??= leave(shared);
      return closed;
    },
  };
}

function begin({ endpoint, service, onFailed }: TracingOptions): TracerProvider {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ [ATTR_SERVICE_NAME]: service }).merge(
      detectResources({ detectors: [envDetector] }),
    ),
    spanProcessors: [new BatchSpanProcessor({ exporter: exported(exporter, onFailed), scheduledDelayMillis: 1_000 })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return provider;
}

async function leave(shared: { users: number; readonly provider: TracerProvider }): Promise<void> {
  shared.users -= 1;
  if (shared.users > 0) return;
  running = null;
  trace.disable();
  propagation.disable();
  context.disable();
  await shared.provider.shutdown();
}
