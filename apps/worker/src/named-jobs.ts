import { loggedWith } from '@contact-sync/hub';
import type { Around } from '@contact-sync/queue';
import { isIngest, keysOf } from '@contact-sync/sync';

/** A job has hundreds of contacts: so many are named in each line that is logged of it. */
const MOST_IDS = 5;

/** Names the job in all that is logged while it runs: its queue and id, and which contacts it is about or how many records. */
export const namedJobs: Around = ({ queue, id, work }, run) => {
  const keys = work === null ? [] : keysOf(work);
  const of =
    work === null || isIngest(work)
      ? { records: keys.length }
      : { contacts: keys.length, contact_ids: keys.slice(0, MOST_IDS) };
  const system = work !== null && isIngest(work) ? { system: work.system } : {};
  return loggedWith({ queue, job_id: id, ...system, ...of }, run);
};
