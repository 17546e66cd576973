/** Carries out what follows from decisions. */

import type { Behind, Following } from './following.ts';
import type { Unappended } from './ledger-port.ts';
import type { Parts } from './parts.ts';
import { TARGETS } from './ports.ts';

/** BigQuery first: history and conflict events are appended there before any target hears of them. */
export async function append(parts: Parts, unappended: Unappended): Promise<void> {
  if (unappended.rows.length > 0) await parts.canonical.append(unappended.rows);
  if (unappended.events.length > 0) await parts.canonical.appendConflicts(unappended.events);
  if (unappended.rows.length + unappended.events.length > 0) await parts.ledger.markAppended(unappended);
}

/** Tells each target's queue of the contacts that are behind there. */
export async function emit(parts: Parts, behind: Behind): Promise<void> {
  await Promise.all(
    TARGETS.map(async (target) => {
      if (behind[target].length > 0) await parts.queues.propagate(target, behind[target]);
    }),
  );
}

export async function publish(parts: Parts, { unappended, opened, closed, behind }: Following): Promise<void> {
  await append(parts, unappended);
  if (opened.length > 0) await parts.queues.showConflicts(opened);
  if (closed.length > 0) await parts.queues.hideConflicts(closed);
  await emit(parts, behind);
}
