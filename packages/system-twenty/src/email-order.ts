import type { ApplyOutcome, SystemRecord } from '@contact-sync/sync';
import { emailTaken, primaryEmail, type Write } from './plan.ts';

/** Writes in the order in which their primary emails come free. */
export interface EmailOrder {
  readonly first: readonly Write[];
  /** To be written only after the owner of their primary email has been, which gives it up. */
  readonly second: readonly { readonly write: Write; readonly owner: string }[];
  /** Deleted people of ours whose emails stand in the way. */
  readonly emptied: readonly string[];
}

/**
 * A primary email is unique in Twenty, trash included, and an upsert matches by it. Whoever wants one that another
 * person has is refused here, where it can be named.
 */
export function orderByEmail(
  writes: readonly Write[],
  records: readonly SystemRecord[],
  report: (outcome: ApplyOutcome) => void,
): EmailOrder {
  const owners = new Map(records.map((record) => [primaryEmail(record.fields), record]));
  const moving = new Set(
    writes.flatMap(({ record, newEmail }) => (record !== null && newEmail !== null ? [record.record_id] : [])),
  );
  const wanted = new Set<string>();
  const first: Write[] = [];
  const second: { write: Write; owner: string }[] = [];
  const emptied: string[] = [];
  for (const write of writes) {
    const { newEmail } = write;
    if (newEmail === null || newEmail === '') {
      first.push(write);
      continue;
    }
    const owner = owners.get(newEmail);
    const twice = wanted.has(newEmail);
    wanted.add(newEmail);
    if (!twice && (owner === undefined || owner.record_id === write.record?.record_id)) first.push(write);
    else if (!twice && owner && moving.has(owner.record_id)) second.push({ write, owner: owner.record_id });
    else if (!twice && owner?.deleted && owner.contact_id !== null) {
      emptied.push(owner.record_id);
      first.push(write);
    } else report({ contact_id: write.delivery.contact_id, outcome: 'rejected', error: emailTaken() });
  }
  return {
    first,
    second,
    emptied,
  };
}
