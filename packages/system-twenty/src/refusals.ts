import type { Delivery, PermanentError } from '@contact-sync/sync';

const REMEMBERED_MS = 300_000;

/**
 * Finding the bad rows of a batch takes many requests. If these run out half-way, the whole batch comes again; what was
 * found is remembered for that, or a batch with many bad rows would never get through.
 */
export function rememberRefusals(now: () => number) {
  const known = new Map<string, { readonly error: PermanentError; readonly until: number }>();
  const keyOf = ({ contact_id, version, content_hash }: Delivery) => `${contact_id}:${version}:${content_hash}`;
  return {
    add(delivery: Delivery, error: PermanentError): void {
      known.set(keyOf(delivery), { error, until: now() + REMEMBERED_MS });
    },
    find(delivery: Delivery): PermanentError | undefined {
      const found = known.get(keyOf(delivery));
      return found !== undefined && found.until > now() ? found.error : undefined;
    },
    /** The batch got through: a replay, after somebody mended the cause, is tried for real. */
    forget(deliveries: readonly Delivery[]): void {
      for (const delivery of deliveries) known.delete(keyOf(delivery));
    },
  };
}
