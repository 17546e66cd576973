import { PermanentError } from '../errors.ts';
import type { Parts } from '../parts.ts';

/** @throws {PermanentError} `NOT_CONNECTED` */
export function connected(parts: Parts | null): Parts {
  if (parts !== null) return parts;
  throw new PermanentError('NOT_CONNECTED', 'this was made without anything to connect to', {
    advice: 'Make it by openServices() of @contact-sync/hub.',
  });
}
