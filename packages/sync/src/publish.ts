import type { ContactId } from '@contact-sync/contact';
import type { ContactState, Held, Unappended } from './ledger-port.ts';
import type { Parts } from './parts.ts';
import { TARGETS, type Target, type Version } from './ports.ts';

/** BigQuery first: history and conflict events are appended there before any target hears of them. */
export async function append(parts: Parts, unappended: Unappended): Promise<void> {
  if (unappended.rows.length > 0) await parts.canonical.append(unappended.rows);
  if (unappended.events.length > 0) await parts.canonical.appendConflicts(unappended.events);
  if (unappended.rows.length + unappended.events.length > 0) await parts.ledger.markAppended(unappended);
}

/** True when the target must be sent the head. A number above the head's on the head's content is nobody's edit. */
export function isBehind(head: Version, held: Held | undefined): boolean {
  if (held === undefined) return head.content !== null;
  return held.content_hash !== head.content_hash || held.version < head.version;
}

/** Tells each target's queue of the contacts that are behind there. */
export async function emit(parts: Parts, states: readonly ContactState[]): Promise<void> {
  const going = states.filter(({ conflict }) => conflict === null);
  const behindIn = (target: Target): ContactId[] =>
    going.filter(({ head, held }) => head !== null && isBehind(head, held[target])).map(({ contact_id }) => contact_id);
  await Promise.all(
    TARGETS.map(async (target) => {
      const ids = behindIn(target);
      if (ids.length > 0) await parts.queues.propagate(target, ids);
    }),
  );
}
