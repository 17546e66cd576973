import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { PermanentError } from '@contact-sync/sync';

const HEADER = 'x-webhook-secret';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * A Database Webhook is unsigned: a static header is all that tells it from a forged one. Compared in constant time, by
 * digests, so that not even the length shows. Without a configured secret every webhook is refused.
 *
 * @throws {PermanentError} `WEBHOOK_FORGED`
 */
export function verifySecret(headers: Headers | IncomingHttpHeaders, secret: string | undefined): void {
  const given = headers instanceof Headers ? headers.get(HEADER) : headers[HEADER];
  const genuine = secret !== undefined && secret !== '' && typeof given === 'string';
  if (genuine && timingSafeEqual(digest(given), digest(secret))) return;
  throw new PermanentError('WEBHOOK_FORGED', `the header ${HEADER} is missing or wrong`, {
    advice: `Give the Database Webhook in the Supabase dashboard the HTTP header ${HEADER} with the configured secret.`,
  });
}
