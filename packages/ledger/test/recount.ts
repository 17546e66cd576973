import { SYSTEMS } from '@contact-sync/sync';
import { expect } from 'vitest';
import type { Rig } from './rig.ts';

/** The numbers that operators are shown, counted again row by row in another language than the ledger's (I8). */
export async function recount(at: Rig): Promise<void> {
  const status = await at.ledger.status();
  const open = await at.sql<{ contact_id: string }>(`select contact_id from conflicts where status = 'open'`);
  const held = new Set(open.map(({ contact_id }) => contact_id));
  const letters = await at.sql<{ system: string }>(`select system from dead_letters where status = 'open'`);
  const heads = await at.sql<{ deleted: boolean }>('select deleted from heads');
  const deliveries = await at.sql<{
    contact_id: string;
    target: string;
    behind: boolean;
    parked: boolean;
    since: Date;
  }>('select contact_id, target, behind, dead_letter_id is not null as parked, behind_since as since from deliveries');
  const unappended = await at.sql<{ since: Date }>(
    'select committed_at as since from versions where appended_at is null',
  );
  const inbox = await at.sql<{ system: string; since: Date }>(
    'select system, received_at as since from inbox where done_at is null and dead_letter_id is null',
  );
  expect(status).toMatchObject({
    contacts: heads.filter(({ deleted }) => !deleted).length,
    conflicts: held.size,
    dead_letters: letters.length,
  });
  expect(status.systems.map(({ system }) => system)).toEqual(SYSTEMS);
  for (const shown of status.systems) {
    const waiting =
      shown.system === 'bigquery'
        ? unappended
        : deliveries.filter((d) => d.target === shown.system && d.behind && !d.parked && !held.has(d.contact_id));
    expect(shown).toMatchObject({
      pending: waiting.length,
      inbox: inbox.filter(({ system }) => system === shown.system).length,
      dead_letters: letters.filter(({ system }) => system === shown.system).length,
    });
    ofAge(shown.oldest_pending_s, waiting);
    ofAge(
      shown.oldest_inbox_s,
      inbox.filter(({ system }) => system === shown.system),
    );
  }
}

function ofAge(shown: number | null, waiting: readonly { readonly since: Date }[]): void {
  if (waiting.length === 0) return void expect(shown).toBeNull();
  const oldest = (Date.now() - Math.min(...waiting.map(({ since }) => since.getTime()))) / 1000;
  expect(Math.abs((shown ?? Number.NaN) - oldest)).toBeLessThan(5);
}
