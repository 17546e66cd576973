/** Work told to the hub's queues, and awaited by asking the ledger whether it is done. */
import type { ContactId } from '@contact-sync/contact';
import { batches, type Parts } from '../parts.ts';
import type { RecordId, System } from '../ports.ts';
import type { Queues } from '../queue-port.ts';
import { bounded, pause } from './patience.ts';
import type { Way, WayOptions } from './way.ts';

const PAGE = 500;
const FIRST_MS = 15;
const LONGEST_MS = 500;

export function queued(parts: Parts, options: WayOptions): Way {
  const bound = bounded(parts.ambient, options.timeout_ms, options.signal);
  const records = new Map<System, Set<RecordId>>();
  const contacts = new Set<ContactId>();
  let told = parts.ambient.now();
  const note = <T>(into: Set<T>, ids: readonly T[]) => {
    told = parts.ambient.now();
    // Nobody asks for each of them where everything is meant.
    if (!options.everything) for (const id of ids) into.add(id);
  };
  const queues: Queues = {
    ...parts.queues,
    async ingest(system, ids) {
      const known = records.get(system) ?? new Set();
      records.set(system, known);
      await parts.queues.ingest(system, ids);
      note(known, ids);
    },
    async propagate(target, ids) {
      await parts.queues.propagate(target, ids);
      note(contacts, ids);
    },
  };
  const isDone = options.everything ? followed(parts, () => told) : () => areSettled(parts, records, contacts);
  return {
    parts: { ...parts, queues },
    hub: parts.queues,
    signal: bound.signal,
    room: async () => undefined,
    async settled() {
      for (let ms = FIRST_MS; !(await isDone()); ms = Math.min(ms * 1.5, LONGEST_MS)) {
        if (bound.signal.aborted) break;
        await pause(parts.ambient, ms, bound.signal);
      }
      // Only the workers know what they met.
      return new Map();
    },
    [Symbol.dispose]: bound.close,
  };
}

/** An edit is decided over, brought to its targets, and perhaps met there by another edit. */
const HOPS = 3;

/**
 * Nothing waits any more; or whatever waited when it was told is done, then whatever waited at that moment, and so on as
 * far as work follows from work: others may go on telling.
 */
function followed({ ledger, ambient }: Parts, told: () => number): () => Promise<boolean> {
  let hops = 0;
  let begun: number | null = null;
  return async () => {
    begun = Math.max(begun ?? 0, told());
    const { systems } = await ledger.status();
    const passed = (ambient.now() - begun) / 1000;
    const ages = systems.map(({ oldest_inbox_s, oldest_pending_s }) =>
      Math.max(oldest_inbox_s ?? 0, oldest_pending_s ?? 0),
    );
    if (ages.every((age) => age === 0)) return true;
    if (ages.some((age) => age > passed)) return false;
    begun = ambient.now();
    hops += 1;
    return hops === HOPS;
  };
}

/** Every edit of these records is decided over, and what came of it is where it belongs or with a person. */
async function areSettled(
  { ledger }: Parts,
  records: ReadonlyMap<System, ReadonlySet<RecordId>>,
  contacts: Set<ContactId>,
): Promise<boolean> {
  for (const [system, ids] of records)
    for (const page of batches([...ids], PAGE)) {
      const { inbox, links } = await ledger.snapshot(system, page, []);
      if (inbox.some(({ dead_letter_id }) => dead_letter_id === null)) return false;
      for (const contact of links.values()) contacts.add(contact);
    }
  for (const contact_ids of batches([...contacts], PAGE)) {
    const { contacts: standings } = await ledger.standings({ contact_ids, limit: PAGE });
    if (standings.some(({ state }) => state === 'pending')) return false;
    // Also of those that wait for a person.
    if ((await ledger.unappended(contact_ids, 0, 1)).rows.length > 0) return false;
  }
  return true;
}
