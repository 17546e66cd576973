/** What may happen to a program that uses the services: it dies, it is late, others are quicker, somebody was excluded. */
import { contactId } from '@contact-sync/contact';
import { openServices, type Services } from '@contact-sync/hub';
import { drain, ingest, LocalSyncService, type Via } from '@contact-sync/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { afterFirst, Death, dyingAt, SILENT, startQuietWorker, withoutBigQuery } from './services-rig.ts';
import { allBut, outcomes, type Stage, unique } from './services-stage.ts';

export const describeProgram = (at: () => Stage) =>
  describe('a program that uses the services', () => {
    let services: Services;
    beforeAll(async () => {
      services = await openServices(at().env, { log: SILENT });
      await services.bigquery.syncAllContacts();
    });
    afterAll(() => services?.close());
    const born = async () => {
      const { record_id } = await at().hands.local.create(unique('Ada Contact'), unique('born'));
      return { record_id, id: (await services.local.syncFromLocalToBigQuery(record_id)).contact_id };
    };
    const versions = async (id: string) =>
      (await services.parts.canonical.history([contactId(id)])).map((row) => row.version);

    it('may die at any request: whoever comes next finds all that it left undone, and no edit twice (I11)', async () => {
      const { record_id, id } = await born();
      let deaths = 0;
      for (let request = 1; deaths === request - 1; request++) {
        const title = unique('mortal');
        await at().hands.local.edit(id, title);
        const mortal = new LocalSyncService(dyingAt(services.parts, request));
        await mortal.syncFromLocalToBigQuery(record_id).catch((error: unknown) => {
          if (!(error instanceof Death)) throw error;
          deaths++;
        });
        expect(await services.bigquery.syncAllContacts({ lastSyncTime: '2100-01-01T00:00:00Z' })).toMatchObject({
          failed: 0,
          faults: {},
        });
        await at().everywhere(id, title);
        expect(await versions(id)).toHaveLength(request + 1);
      }
      // Reading, deciding, appending, three deliveries and their receipts, and what is looked up on the way.
      expect(deaths).toBeGreaterThan(12);
    });

    /** As a system shows it while it has not heard of what happened elsewhere. */
    const deaf = async (run: () => Promise<unknown>) => {
      await at().door.cut();
      await run().finally(() => at().door.mend());
    };
    const inTwenty = async (id: string) =>
      (await services.sources.twenty.fetchContacts([contactId(id)])).get(contactId(id));

    it('sees as excluded what was excluded anywhere, whatever the system says that it asks', async () => {
      const { id, record_id } = await born();
      expect(await inTwenty(id)).not.toHaveProperty('category_code');
      // An edit that waits.
      await at().clients.local.query(`update contacts set category_code = 'X' where contact_id = $1`, [id]);
      await drain(services.parts, 'local');
      expect(await inTwenty(id)).toMatchObject({ category_code: 'X' });
      // The head, which Twenty has yet to be told of.
      await deaf(() => services.local.syncFromLocalToBigQuery(record_id));
      expect((await services.validator.compareSystems(id)).systems.twenty).toMatchObject({ explained: 'pending' });
      expect(await inTwenty(id)).toMatchObject({ category_code: 'X' });
      // A candidate of a conflict, while the head says otherwise.
      const tied = await born();
      const time = '2026-11-20T10:00:00Z';
      const excluded = `update contacts set category_code = 'X', version = 2, last_updated = $2 where contact_id = $1`;
      await at().clients.local.query(excluded, [tied.id, time]);
      const other = { category_code: 'A', version: 2, last_updated: time };
      const { data } = await at()
        .clients.supabase.from('contacts')
        .update(other)
        .eq('contact_id', tied.id)
        .select('id')
        .single();
      const outcome = await services.supabase.syncFromSupabaseToBigQuery(String(data?.id));
      expect(outcome).toMatchObject({ conflict_id: expect.any(String) });
      const { head } = (await services.parts.ledger.contacts([tied.id])).get(tied.id) ?? {};
      expect(head?.content?.category_code).toBe('A');
      expect(await inTwenty(tied.id)).toMatchObject({ category_code: 'X' });
    });

    it('is not shown what was deleted elsewhere', async () => {
      const { id, record_id } = await born();
      await at().hands.local.remove(id);
      await deaf(() => services.local.syncFromLocalToBigQuery(record_id));
      expect(await at().hands.twenty.shows(id)).not.toBeNull();
      expect(await inTwenty(id)).toBeUndefined();
    });

    it('finds in BigQuery the next time what was decided while BigQuery was away', async () => {
      const { id, record_id } = await born();
      const title = unique('unappended');
      await at().hands.local.edit(id, title);
      const without = new LocalSyncService(withoutBigQuery(services.parts));
      expect((await without.syncFromLocalToBigQuery(record_id)).systems).toMatchObject({
        bigquery: { outcome: 'pending', code: 'BIGQUERY_AWAY' },
        twenty: { outcome: 'pending', code: 'BIGQUERY_AWAY' },
      });
      // Nobody tells of the contact again: Twenty, which would, is away.
      await deaf(() => services.bigquery.syncAllContacts({ lastSyncTime: '2100-01-01T00:00:00Z' }));
      expect(await at().hands.bigquery.shows(id)).toBe(title);
      await services.bigquery.syncAllContacts();
      await at().everywhere(id, title);
    });

    it('finds an edit of which nobody tells when it looks at every record', async () => {
      const { id } = await born();
      const title = unique('untold');
      // As by somebody who restores a table: no trigger runs, and nothing is kept in the outbox.
      await at().clients.local.transaction(async (query) => {
        await query('set local session_replication_role = replica');
        await query('update contacts set job_title = $2, version = version + 1 where contact_id = $1', [id, title]);
      });
      await services.bigquery.syncAllContacts({ lastSyncTime: new Date() });
      expect(await at().hands.supabase.shows(id)).not.toBe(title);
      expect(await services.bigquery.syncAllContacts()).toMatchObject({ synced: 1 });
      await at().everywhere(id, title);
    });

    it.each(['direct', 'queue'] satisfies Via[])(
      'ends what another process took from under its hands, and left halfway: %s',
      async (via) => {
        const stop = await startQuietWorker(at().env);
        await using beside = await openServices(at().env, { via, log: SILENT });
        try {
          const title = unique('taken');
          const { record_id } = await at().hands.local.create(unique('Ada Contact'), title);
          const overtaken = afterFirst(beside.parts, 'snapshot', async () => {
            await drain(services.parts, 'local');
            await ingest(services.parts, { system: 'local', record_ids: [record_id] });
          });
          const outcome = await new LocalSyncService(overtaken, { via }).syncFromLocalToBigQuery(record_id);
          expect(outcomes(outcome)).toEqual(allBut('local'));
          await at().everywhere(outcome.contact_id, title);
        } finally {
          await stop();
        }
      },
    );

    it('may call them many times at once: one edit is one version, written once to each system (I4)', async () => {
      const { record_id, id } = await born();
      const title = unique('hurried');
      await at().hands.supabase.edit(id, title);
      const calls = [1, 2, 3].flatMap(() => [
        services.bigquery.syncContactToAll(id),
        services.local.syncFromLocalToBigQuery(record_id),
        services.bigquery.syncAllContacts({ lastSyncTime: new Date() }),
      ]);
      await Promise.all(calls);
      await at().everywhere(id, title);
      expect(await versions(id)).toEqual([1, 2]);
    });
  });
