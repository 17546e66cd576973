/** Two programs that undo each other's edits in two systems, as soon as the hub brings them. */
import { BigQuerySyncService, noQueues, sweep } from '@contact-sync/sync';
import pg from 'pg';
import { expect, vi } from 'vitest';
import type { Running } from './running.ts';

/** So many versions within a minute brake a contact: `ECHO_STORM_VERSIONS` of the rig. */
export const STORM = 8;
/** What may be on its way when it is reached: an edit of each program. */
const ON_THEIR_WAY = 2;
const SOON = { timeout: 20_000, interval: 50 };
/** How often the programs look. */
const LOOK_MS = 15;

/** Writes its own text wherever another stands, until it is stopped. */
function program(look: () => Promise<unknown>): { stop(): Promise<unknown> } {
  let stopped = false;
  const running = (async () => {
    while (!stopped) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  })();
  return {
    stop() {
      stopped = true;
      return running;
    },
  };
}

export async function weathersAStorm(run: Running): Promise<void> {
  const { local, supabase } = run.clients;
  const ledger = new pg.Client({ connectionString: run.sandbox.env.LEDGER_URL });
  await ledger.connect();
  const id = await run.born({ canonical_name: 'In A Storm' });
  const versions = async () => (await run.state(id)).head?.version ?? 0;
  /** All of the contact was a minute earlier. */
  const aMinutePasses = async () => {
    for (const [table, column] of [
      ['versions', 'committed_at'],
      ['deliveries', 'written_at'],
    ])
      await ledger.query(
        `update contact_sync_ledger.${table} set ${column} = ${column} - interval '1 minute' where contact_id = $1`,
        [id],
      );
  };
  const swept = () => sweep(run.hub().parts, { grace_ms: 0 });

  const begun = performance.now();
  const one = program(() =>
    local.query(`update contacts set job_title = 'one' where contact_id = $1 and job_title <> 'one'`, [id]),
  );
  const other = program(async () =>
    supabase.from('contacts').update({ job_title: 'other' }).eq('contact_id', id).neq('job_title', 'other'),
  );
  try {
    await vi.waitFor(async () => expect(await versions()).toBeGreaterThanOrEqual(STORM), SOON);
    // In as much time there would be as many again. Nobody else waits meanwhile (I7).
    const reached = performance.now();
    while (performance.now() - reached < reached - begun) {
      await run.born({ canonical_name: 'Calm' });
      await swept();
    }
    const braked = await versions();
    expect(braked).toBeLessThanOrEqual(STORM + ON_THEIR_WAY);
    const { parts } = run.hub();
    const { systems } = await parts.ledger.status();
    expect(systems.reduce((sum, { pending }) => sum + pending, 0)).toBeGreaterThan(0);
    // Who asks for it does not wait for the minute to end.
    const asked = await new BigQuerySyncService({ ...parts, queues: noQueues() }).syncContactToAll(id);
    expect(Object.values(asked.systems)).toContainEqual(
      expect.objectContaining({ outcome: 'pending', code: 'BRAKED' }),
    );

    await aMinutePasses();
    await vi.waitFor(async () => {
      await swept();
      expect(await versions()).toBeGreaterThanOrEqual(braked + STORM);
    }, SOON);
    expect(await versions()).toBeLessThanOrEqual(braked + STORM + ON_THEIR_WAY);

    await other.stop();
    await aMinutePasses();
    await swept();
    const { head } = await run.settled(id, 'one');
    const rows = await run.clients.bigquery(`SELECT version FROM contacts.contact_versions WHERE contact_id = ${id}`);
    expect(new Set(rows.map(({ version }) => String(version))).size).toBe(head?.version);
  } finally {
    await Promise.all([one.stop(), other.stop(), ledger.end()]);
  }
}
