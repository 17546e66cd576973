import { type ContactId, compareRank } from '@contact-sync/contact';
import { DEFAULT_MAPPING, lensFor, parseOutcomes } from '@contact-sync/contacts-sql';
import { type ApplyOutcome, batches, type Delivery, type TargetAdapter } from '@contact-sync/sync';
import type { Rpc } from '../rpc.ts';
import { cachedLens } from './cached.ts';
import { healthOf } from './health.ts';
import type { SqlServer } from './sql-server.ts';

const BATCH_SIZE = 500;
const KEYS_PER_CALL = 5_000;
const lens = cachedLens(lensFor(DEFAULT_MAPPING));

/** Asks in the requests in which the adapters of Postgres and Supabase ask. */
export function sqlAdapter(system: 'local' | 'supabase', server: SqlServer, rpc: Rpc): TargetAdapter {
  async function apply(deliveries: readonly Delivery[]): Promise<readonly ApplyOutcome[]> {
    const rows = highest(deliveries).map((delivery) => ({
      delivery,
      columns: delivery.content === null ? null : lens.toRecord(delivery.content),
    }));
    const outcomes = await rpc(`${system}.apply`, () => server.apply(rows));
    return outcomes.flatMap((outcome) =>
      outcome.outcome === 'failed' ? parseOutcomes([outcome], NAMES[system]) : [outcome],
    );
  }

  return {
    system,
    lens,
    counts_versions: true,
    batch_size: BATCH_SIZE,
    install: () => rpc(`${system}.install`, () => []),
    async fetch(recordIds) {
      if (system === 'local') return rpc('local.fetch', () => server.fetch(recordIds));
      const records = [];
      for (const ids of batches(recordIds, BATCH_SIZE))
        records.push(...(await rpc('supabase.fetch', () => server.fetch(ids))));
      return records;
    },
    changes: (_cursor, limit) => rpc(`${system}.changes`, () => server.changes(limit)),
    async ack(keys) {
      const size = system === 'local' ? Math.max(keys.length, 1) : KEYS_PER_CALL;
      for (const some of batches(keys, size)) await rpc(`${system}.ack`, () => server.ack(some));
    },
    scan: (cursor, limit) => rpc(`${system}.scan`, () => server.scan(cursor, limit)),
    async apply(deliveries) {
      const outcomes: ApplyOutcome[] = [];
      for (const batch of batches(deliveries, BATCH_SIZE)) outcomes.push(...(await apply(batch)));
      return outcomes;
    },
    health: () => healthOf(system, rpc),
    async close() {},
  };
}

const NAMES = { local: 'the local database', supabase: 'Supabase' } as const;

/** One for each contact, in one order whatever the batch: which of two that claim a row gets it does not depend on it. */
function highest(deliveries: readonly Delivery[]): readonly Delivery[] {
  const best = new Map<ContactId, Delivery>();
  for (const delivery of deliveries) {
    const other = best.get(delivery.contact_id);
    if (other === undefined || compareRank(delivery, other) > 0) best.set(delivery.contact_id, delivery);
  }
  return [...best.values()].sort((a, b) => (a.contact_id < b.contact_id ? -1 : 1));
}
