import type { BackendOptions } from '@contact-sync/queue';
import type { Log, Parts } from '@contact-sync/sync';

/** Traces while they are told, or nothing at all. */
export interface Tracing {
  /** For the queues' backend. */
  readonly telemetry: BackendOptions['telemetry'];
  /** Puts itself around the parts. */
  around(parts: Parts): Parts;
  /** Delivers what is left, which may take as long as the receiver does, and ends. Twice is the same as once. */
  close(): Promise<void>;
}

const NONE: Tracing = { telemetry: undefined, around: (parts) => parts, close: async () => undefined };
/** A receiver that is away loses spans every second: it is told of this often. */
const TELL_MS = 60_000;

/**
 * Tells traces to a receiver; without one nothing of OpenTelemetry's SDK is loaded, and nothing is around the parts.
 *
 * @param endpoint of an OTLP receiver over HTTP, as `http://localhost:4318`
 */
export async function openTracing(endpoint: string | undefined, log: Log): Promise<Tracing> {
  if (endpoint === undefined) return NONE;
  const { startTracing } = await import('./start.ts');
  let told = Number.NEGATIVE_INFINITY;
  const onFailed = () => {
    if (performance.now() - told < TELL_MS) return;
    told = performance.now();
    log.warn({ code: 'TRACES_LOST' }, 'traces cannot be delivered: look at OTEL_EXPORTER_OTLP_ENDPOINT');
  };
  return await startTracing({ endpoint, service: 'contact-sync', onFailed });
}
