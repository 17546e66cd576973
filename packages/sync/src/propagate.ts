/** Brings the heads of a batch of contacts to one target. */
import type { ContactId } from '@contact-sync/contact';
import { TransientError } from './errors.ts';
import { type Settlement, settlement } from './following.ts';
import { batches, type Parts } from './parts.ts';
import type { ApplyOutcome, Target } from './ports.ts';
import type { PropagateJob } from './queue-port.ts';

/**
 * What became of one contact of a job. `nothing_to_send`: it is not behind, or may not go now (a conflict, a dead
 * letter, BigQuery has not got it).
 */
export type PropagateOutcome = ApplyOutcome['outcome'] | 'nothing_to_send';

/** What came of one job, for each of its contacts. */
export interface PropagateResult {
  readonly outcomes: ReadonlyMap<ContactId, PropagateOutcome>;
}

/**
 * Sends what is behind, as it is now: what the job was made for may have been overtaken or delivered already. Running
 * twice, late or after half a run changes nothing more.
 *
 * @throws {TransientError} `NO_RECEIPT` when the target did not answer for some, after everything that it answered was
 *   recorded
 * @throws {SyncError} what the target, the ledger or the queue throws
 */
export async function propagate(parts: Parts, job: PropagateJob): Promise<PropagateResult> {
  const outcomes = new Map<ContactId, PropagateOutcome>(job.contact_ids.map((id) => [id, 'nothing_to_send']));
  const adapter = parts.targets[job.target];
  for (const ids of batches([...outcomes.keys()], adapter.batch_size)) {
    // Where calls are counted, one takes along what other jobs wait to bring: these then find nothing left to send.
    const deliveries = await parts.ledger.deliverable(job.target, ids, adapter.metered ? adapter.batch_size : 0);
    if (deliveries.length === 0) continue;
    const applied = await adapter.apply(deliveries);
    const settled = settlement(job.target, deliveries, applied);
    await settle(parts, job.target, settled);
    for (const { contact_id, outcome } of applied) if (outcomes.has(contact_id)) outcomes.set(contact_id, outcome);
    if (settled.missing > 0)
      throw new TransientError('NO_RECEIPT', `${settled.missing} deliveries came back without an outcome`);
  }
  return { outcomes };
}

async function settle(parts: Parts, target: Target, { receipts, ahead, letters }: Settlement): Promise<void> {
  const behind = receipts.length > 0 ? await parts.ledger.delivered(target, receipts) : [];
  if (behind.length > 0) await parts.queues.propagate(target, behind);
  if (ahead.length > 0) await parts.queues.ingest(target, ahead);
  if (letters.length > 0) await parts.queues.bury(await parts.ledger.bury(letters));
}
