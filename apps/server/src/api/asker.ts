/** Whoever asks for an action, as it is recorded. */
import { createHash } from 'node:crypto';
import type { RouteName } from '@contact-sync/api';
import type { Asker } from '@contact-sync/sync';
import type { Call } from './handlers.ts';

/**
 * The ledger has one space of keys for everybody: two people, or two routes, that happen upon the same key do not mean the
 * same action.
 */
export function askerOf(
  route: RouteName,
  { caller: { by, via }, key }: Pick<Call<RouteName>, 'caller' | 'key'>,
): Asker {
  const own = (text: string) =>
    createHash('sha256')
      .update(JSON.stringify([by, via, route, text]))
      .digest('hex');
  return { by, via, key: key === null ? null : own(key) };
}
