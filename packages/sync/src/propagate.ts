/** Brings the heads of a batch of contacts to one target. */
import type { ContactId } from '@contact-sync/contact';
import { type PermanentError, TransientError } from './errors.ts';
import type { NewDeadLetter } from './ledger-port.ts';
import { batches, type Parts } from './parts.ts';
import type { ApplyOutcome, Delivery, Target } from './ports.ts';
import type { PropagateJob } from './queue-port.ts';

export type PropagateOutcome = ApplyOutcome['outcome'] | 'nothing_to_send';

export interface PropagateResult {
  readonly outcomes: ReadonlyMap<ContactId, PropagateOutcome>;
}

/**
 * Sends what is behind, as it is now: what the job was made for may have been overtaken or delivered already. Running
 * twice, late or after half a run changes nothing more.
 */
export async function propagate(parts: Parts, job: PropagateJob): Promise<PropagateResult> {
  const outcomes = new Map<ContactId, PropagateOutcome>(job.contact_ids.map((id) => [id, 'nothing_to_send']));
  const adapter = parts.targets[job.target];
  for (const ids of batches([...outcomes.keys()], adapter.batch_size)) {
    // Where calls are counted, one takes along what other jobs wait to bring: these then find nothing left to send.
    const deliveries = await parts.ledger.deliverable(job.target, ids, adapter.metered ? adapter.batch_size : 0);
    if (deliveries.length === 0) continue;
    const applied = await adapter.apply(deliveries);
    await settle(parts, job.target, deliveries, applied);
    for (const { contact_id, outcome } of applied) if (outcomes.has(contact_id)) outcomes.set(contact_id, outcome);
    const missing = deliveries.length - applied.length;
    if (missing > 0) throw new TransientError('NO_RECEIPT', `${missing} deliveries came back without an outcome`);
  }
  return { outcomes };
}

async function settle(
  parts: Parts,
  target: Target,
  deliveries: readonly Delivery[],
  applied: readonly ApplyOutcome[],
): Promise<void> {
  const byContact = new Map(deliveries.map((delivery) => [delivery.contact_id, delivery]));
  const outcomes = applied.map((outcome) => {
    const delivery = byContact.get(outcome.contact_id);
    if (delivery === undefined) throw new Error(`${target} answered for a contact that was not sent`);
    return { outcome, delivery };
  });
  const receipts = outcomes.flatMap(({ outcome, delivery }) =>
    outcome.outcome === 'applied' || outcome.outcome === 'unchanged'
      ? [
          {
            contact_id: delivery.contact_id,
            version: delivery.version,
            content_hash: delivery.content_hash,
            record_id: outcome.record_id,
          },
        ]
      : [],
  );
  const behind = receipts.length > 0 ? await parts.ledger.delivered(target, receipts) : [];
  if (behind.length > 0) await parts.queues.propagate(target, behind);

  // Somebody edited there: hear it first. If it was no edit, ingest learns where the record stands and sends again.
  const ahead = outcomes.flatMap(({ outcome }) => (outcome.outcome === 'ahead' ? [outcome.record_id] : []));
  if (ahead.length > 0) await parts.queues.ingest(target, ahead);

  const refused = outcomes.flatMap(({ outcome, delivery }) =>
    outcome.outcome === 'rejected' ? [letterOf(target, delivery, outcome.error)] : [],
  );
  if (refused.length > 0) await parts.queues.bury(await parts.ledger.bury(refused));
}

const letterOf = (target: Target, delivery: Delivery, error: PermanentError): NewDeadLetter => ({
  queue: `propagate-${target}`,
  system: target,
  key: delivery.contact_id,
  contact_id: delivery.contact_id,
  version: delivery.version,
  code: error.code,
  field: error.field ?? null,
  reason: error.message,
  advice: error.advice,
  attempts: 1,
});
