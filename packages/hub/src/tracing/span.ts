import { SyncError } from '@contact-sync/sync';
import { type Attributes, type Span, type SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

/** Of every span that is ours: whatever libraries trace besides is not told to anybody. */
export const SCOPE = 'contact-sync';

/** So many ids of contacts are named at most. */
const MOST_IDS = 5;

/** The most of a batch's contacts that a span names, and how many there are. */
export const contactsOf = (ids: readonly string[]): Attributes => ({
  'contact_sync.contacts': ids.length,
  'contact_sync.contact_ids': ids.slice(0, MOST_IDS),
});

/** When a span began, and what it is. */
export interface Begin {
  /** Milliseconds since the Unix epoch; default: now. */
  readonly startTime?: number;
  readonly kind?: SpanKind;
}

/**
 * Runs something as a span, within the span that is active. Costs next to nothing where no traces are told.
 *
 * @param run told of its span, to say what came of it
 */
export function inSpan<T>(
  name: string,
  attributes: Attributes,
  run: (span: Span) => Promise<T>,
  begin: Begin = {},
): Promise<T> {
  return trace.getTracer(SCOPE).startActiveSpan(name, { attributes, ...begin }, async (span) => {
    try {
      return await run(span);
    } catch (error) {
      failed(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** As {@link inSpan} where a span is active, so that looks that nobody waits for make no traces of their own. */
export const inSpanOf = <T>(name: string, attributes: Attributes, run: (span: Span) => Promise<T>): Promise<T> =>
  trace.getActiveSpan() === undefined ? run(trace.wrapSpanContext(NOBODY)) : inSpan(name, attributes, run);

const NOBODY = { traceId: '', spanId: '', traceFlags: 0 } as const;

/** The message of an error that is not ours may quote data: it is told by its code alone. */
function failed(span: Span, error: unknown): void {
  const ours = error instanceof SyncError;
  span.setAttribute('error.type', ours ? error.code : 'UNKNOWN');
  span.setStatus({ code: SpanStatusCode.ERROR, ...(ours ? { message: error.message } : {}) });
}
