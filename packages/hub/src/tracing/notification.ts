import type { System } from '@contact-sync/sync';
import { type Attributes, context, createContextKey, SpanKind } from '@opentelemetry/api';
import { type Begin, inSpan } from './span.ts';

const NOTIFICATION = createContextKey('contact-sync notification');

export const editsOf = (system: System, edits: number): Attributes => ({
  'contact_sync.system': system,
  'contact_sync.edits': edits,
});

/** Whether a notification is being taken over now. */
export const isNotified = (): boolean => context.active().getValue(NOTIFICATION) === true;

/** Takes over a notification, as the span that all that follows from it belongs to. */
export const inNotification = <T>(
  system: System,
  edits: number,
  run: () => Promise<T>,
  begin: Begin = {},
): Promise<T> =>
  inSpan(
    `notification ${system}`,
    editsOf(system, edits),
    () => context.with(context.active().setValue(NOTIFICATION, true), run),
    { kind: SpanKind.CONSUMER, ...begin },
  );
