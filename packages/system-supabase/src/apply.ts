import { deliveryToRow, parseOutcomes } from '@contact-sync/contacts-sql';
import { type ApplyOutcome, type Delivery, PermanentError, SyncError, type TargetAdapter } from '@contact-sync/sync';
import { parsed } from './answer.ts';
import type { Call } from './client.ts';
import { STATEMENT_TIMEOUT, TOO_LARGE } from './fault.ts';

/** 500 rows took 84 ms on a local database. */
export const BATCH_SIZE = 500;
/** What is this small and still takes too long is not slow for its size. */
const SMALLEST_HALF = 25;

/**
 * Writes a batch; the function itself gives each bad row its own outcome. Where the whole call is refused, takes too
 * long or is too large, its halves are tried: a repeated write is harmless, being guarded by rank.
 */
export async function applyBatch(
  call: Call,
  deliveries: readonly Delivery[],
  lens: TargetAdapter['lens'],
  mapping: string,
): Promise<readonly ApplyOutcome[]> {
  if (deliveries.length === 0) return [];
  try {
    const answer = await call('contact_sync_apply', {
      rows: deliveries.map((delivery) => deliveryToRow(delivery, lens)),
      mapping,
    });
    return parsed((json) => parseOutcomes(json, 'Supabase', 'SUPABASE'), answer);
  } catch (error) {
    const [only, ...others] = deliveries;
    if (only !== undefined && others.length === 0 && error instanceof PermanentError)
      return [{ contact_id: only.contact_id, outcome: 'rejected', error }];
    if (!divisible(error, deliveries.length)) throw error;
    const middle = Math.ceil(deliveries.length / 2);
    return [
      ...(await applyBatch(call, deliveries.slice(0, middle), lens, mapping)),
      ...(await applyBatch(call, deliveries.slice(middle), lens, mapping)),
    ];
  }
}

function divisible(error: unknown, size: number): boolean {
  if (size < 2 || !(error instanceof SyncError)) return false;
  if (error.code === STATEMENT_TIMEOUT) return size > SMALLEST_HALF;
  return error.code === TOO_LARGE || error instanceof PermanentError;
}
