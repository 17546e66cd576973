/** The adapter over any people: what it asks, in which order, and what it makes of the answers. */
import type { ApplyOutcome, SystemRecord } from '@contact-sync/sync';
import { ThrottledError } from '@contact-sync/sync';
import type { TwentyAdapter } from './adapter.ts';
import { createApply } from './apply.ts';
import { Refused, rejectionOf, unexpected } from './failures.ts';
import type { PersonLens } from './lens.ts';
import type { CompleteMapping } from './mapping.ts';
import { BATCH_SIZE, PAGE_SIZE, type People } from './people.ts';
import { type Person, type RecordProblem, recordReader } from './person.ts';
import { poll } from './poll.ts';

export interface OverPeople {
  readonly people: People;
  readonly mapping: CompleteMapping;
  readonly lens: PersonLens;
  /** @see readerOf */
  readonly read: (person: Person) => SystemRecord;
  /** Milliseconds since the Unix epoch, by our clock. */
  readonly now: () => number;
  /** The same by that of the server, as it was last heard. */
  readonly serverTime: () => number;
  /** How far the server's clock is ahead of ours, as it was last heard. Left out where there is but one clock. */
  readonly skew?: () => number | null;
}

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Reads people, and says which lack what they should hold. */
export function readerOf(
  mapping: CompleteMapping,
  lens: PersonLens,
  onProblem: (problem: RecordProblem) => void = () => {},
): (person: Person) => SystemRecord {
  const plain = recordReader(mapping, onProblem);
  return (person) => {
    const record = plain(person);
    const isNoted = Object.hasOwn(record.fields, mapping.sync.mapping);
    return record.deleted || !isNoted || lens.isCurrent(record.fields) ? record : { ...record, incomplete: true };
  };
}

/** All of the adapter but what needs more of Twenty than its people. */
export function overPeople({
  people,
  mapping,
  lens,
  read,
  now,
  serverTime,
  skew = () => null,
}: OverPeople): Omit<TwentyAdapter, 'install' | 'parseWebhook'> {
  const apply = createApply(people, now, read, (answer) => rejectionOf(answer, mapping), { lens, sync: mapping.sync });

  return {
    system: 'twenty',
    lens,
    counts_versions: false,
    metered: true,
    forgets_removed: true,
    batch_size: BATCH_SIZE,

    fetch: (recordIds) =>
      understood(async () => {
        const ids = recordIds.filter((id) => UUID.test(id));
        const batches = Array.from({ length: Math.ceil(ids.length / BATCH_SIZE) }, (_, index) =>
          ids.slice(index * BATCH_SIZE, (index + 1) * BATCH_SIZE),
        );
        const records = [];
        for (const values of batches) records.push(...(await people.find([{ field: 'id', values }])).map(read));
        return records;
      }),

    changes: (cursor, limit) => understood(() => poll(people, serverTime, read, cursor, limit)),

    // Nothing is kept in Twenty that could be forgotten: the receiver knows the keys it has seen.
    ack: async () => {},

    scan: (cursor, limit) =>
      understood(async () => {
        const size = Math.max(1, Math.min(limit, PAGE_SIZE));
        const page = await people.page({ since: null, after: cursor, limit: size });
        return { records: page.people.map(read), cursor: page.next };
      }),

    apply: (deliveries): Promise<readonly ApplyOutcome[]> => understood(() => apply(deliveries)),

    async health() {
      const start = now();
      try {
        await understood(() => people.page({ since: null, after: null, limit: 1 }));
        return { ok: true, latency_ms: now() - start, detail: null, skew_ms: skew() };
      } catch (error) {
        const detail = error instanceof Error ? error.message : 'unknown';
        return { ok: error instanceof ThrottledError, latency_ms: now() - start, detail, skew_ms: null };
      }
    },

    close: async () => {},
  };
}

/** A refusal that nobody expected means that this is not the Twenty we know. */
export async function understood<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Refused) throw unexpected(`status ${error.answer.status}`);
    throw error;
  }
}
