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
    /** Told once: a replay, after somebody mended the cause, is tried for real. */
    take(delivery: Delivery): PermanentError | undefined {
      const found = known.get(keyOf(delivery));
      known.delete(keyOf(delivery));
      return found !== undefined && found.until > now() ? found.error : undefined;
    },
  };
}
