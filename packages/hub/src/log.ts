import { AsyncLocalStorage } from 'node:async_hooks';
import type { LogLevel } from '@contact-sync/config';
import type { Log } from '@contact-sync/sync';
import { isSpanContextValid, trace } from '@opentelemetry/api';
import pino from 'pino';

const surrounding = new AsyncLocalStorage<object>();

/**
 * Runs something of which each line that is logged meanwhile, however deep and however late, says these fields: which
 * request, which job, which contacts. Ids, codes and counts, as in every line. Within another they add up.
 */
export const loggedWith = <T>(fields: object, run: () => T): T =>
  surrounding.run({ ...surrounding.getStore(), ...fields }, run);

/**
 * JSON lines, each with the fields of {@link loggedWith} and, while traces are told, with the ids of its span.
 *
 * @param out default: stderr, since stdout belongs to results
 */
export function openLog(level: LogLevel, out: pino.DestinationStream = pino.destination({ dest: 2, sync: true })): Log {
  const mixin = () => ({ ...surrounding.getStore(), ...spanNow() });
  return pino({ level, base: { pid: process.pid }, mixin }, out);
}

function spanNow(): object {
  const span = trace.getActiveSpan()?.spanContext();
  return span !== undefined && isSpanContextValid(span) ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
