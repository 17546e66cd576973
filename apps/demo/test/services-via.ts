/** Everything that the services offer, done directly or by the queues: the same calls, the same answers. */
import { contactId } from '@contact-sync/contact';
import { openServices, type Services } from '@contact-sync/hub';
import { type ContactOutcome, replay, SYSTEMS, type System, type Via } from '@contact-sync/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../src/audit.ts';
import { SILENT, startQuietWorker } from './services-rig.ts';
import { allBut, outcomes, type Stage, unique } from './services-stage.ts';

const BORN_IN = ['local', 'supabase', 'twenty'] as const;

export const describeVia = (at: () => Stage, via: Via) =>
  describe(via, () => {
    let services: Services;
    let stopWorker = async () => {};
    beforeAll(async () => {
      services = await openServices(at().env, { via, log: SILENT, timeout_ms: 20_000 });
      if (via === 'queue') stopWorker = await startQuietWorker(at().env);
    });
    afterAll(async () => {
      await stopWorker();
      await services?.close();
    });

    const from = (system: System, recordId: string): Promise<ContactOutcome> => {
      if (system === 'supabase') return services.supabase.syncFromSupabaseToBigQuery(recordId);
      if (system === 'twenty') return services.twenty.syncFromCrmToBigQuery(recordId);
      return services.local.syncFromLocalToBigQuery(recordId);
    };
    const recordOf = async (id: string, system: System) => {
      const record = (await services.parts.ledger.contacts([contactId(id)])).get(contactId(id))?.links[system];
      if (record === undefined) throw new Error('not linked');
      return record;
    };
    /** A contact that all four systems have. */
    const born = async () => {
      const title = unique('born');
      const { record_id } = await at().hands.local.create(unique('Ada Contact'), title);
      const { contact_id } = await from('local', record_id);
      return { id: contact_id, title };
    };

    it.each(BORN_IN)(
      'brings a record born in %s to BigQuery and to all the others, and once is enough',
      async (system) => {
        const title = unique('born');
        const { record_id } = await at().hands[system].create(unique('Born Here'), title);
        const first = await from(system, record_id);
        expect(first).toMatchObject({ version: 1, deleted: false, conflict_id: null });
        await at().everywhere(first.contact_id, title);
        const again = await from(system, record_id);
        expect(outcomes(again)).toEqual({
          bigquery: 'in_step',
          supabase: 'in_step',
          local: 'in_step',
          twenty: 'in_step',
        });
        expect(again).toMatchObject({ contact_id: first.contact_id, version: 1 });
      },
    );

    it.each(BORN_IN)('brings an edit made in %s everywhere, and says who was written to', async (system) => {
      const { id } = await born();
      const title = unique('edited');
      await at().hands[system].edit(id, title);
      const outcome = await from(system, await recordOf(id, system));
      expect(outcomes(outcome)).toEqual(allBut(system));
      await at().everywhere(id, title);
    });

    it('brings everywhere what an analyst wrote, and a contact that only BigQuery knows', async () => {
      const { contactId: newborn } = await at().hands.bigquery.create(unique('Only There'), 'analysed');
      const id = await newborn();
      expect(outcomes(await services.bigquery.syncContactToAll(id))).toEqual(allBut('bigquery'));
      await at().everywhere(id, 'analysed');
      await at().hands.bigquery.edit(id, 'analysed again');
      expect(outcomes(await services.bigquery.syncContactToAll(id))).toEqual(allBut('bigquery'));
      await at().everywhere(id, 'analysed again');
    });

    it('finds an edit made anywhere when it is asked for the contact, and a deletion', async () => {
      const { id } = await born();
      await at().hands.twenty.edit(id, 'by a person');
      await services.bigquery.syncContactToAll(id);
      await at().everywhere(id, 'by a person');
      await at().hands.supabase.remove(id);
      expect(await services.bigquery.syncContactToAll(id)).toMatchObject({ deleted: true });
      await at().everywhere(id, null);
    });

    it.each(['local', 'supabase'] as const)('hears of a row that was removed for good in %s', async (system) => {
      const { id } = await born();
      const record = await recordOf(id, system);
      await at().hands[system].destroy?.(id);
      expect(await from(system, record)).toMatchObject({ contact_id: id, deleted: true });
      await at().everywhere(id, null);
      const { id: other } = await born();
      await at().hands[system].destroy?.(other);
      expect(await services.bigquery.syncContactToAll(other)).toMatchObject({ deleted: true });
      await at().everywhere(other, null);
    });

    it('leaves an exact tie to a person, and makes the choice a version everywhere', async () => {
      const { id } = await born();
      const time = '2026-11-20T10:00:00Z';
      // Whoever writes both columns chooses the rank.
      const sql = 'update contacts set job_title = $2, version = version + 1, last_updated = $3 where contact_id = $1';
      await at().clients.local.query(sql, [id, 'here', time]);
      await at()
        .clients.supabase.from('contacts')
        .update({ job_title: 'there', version: 2, last_updated: time })
        .eq('contact_id', id);
      const outcome = await services.bigquery.syncContactToAll(id);
      expect(outcome).toMatchObject({ conflict_id: expect.any(String) });
      const { aligned, systems } = await services.validator.compareSystems(id);
      expect(aligned).toBe(false);
      // Whichever was heard first is the head.
      const [rival, ...others] = [systems.local, systems.supabase].filter(({ state }) => state === 'different');
      expect(others).toEqual([]);
      expect(rival).toMatchObject({ explained: 'conflict', differences: [{ field: 'job_title' }] });
      const [conflict] = await services.parts.ledger.conflicts([outcome.conflict_id ?? '']);
      const there = conflict?.candidates.find(({ content }) => content?.job_title === 'there');
      if (conflict === undefined || there === undefined) throw new Error('no candidate');
      const resolved = await services.conflicts.resolve(conflict.conflict_id, { candidate: there.content_hash }, 'ann');
      expect(resolved).toMatchObject({ conflict_id: null, systems: { local: { outcome: 'written' } } });
      await at().everywhere(id, 'there');
      await expect(
        services.conflicts.resolve(conflict.conflict_id, { candidate: there.content_hash }),
      ).rejects.toMatchObject({ code: 'CONFLICT_CLOSED' });
    });

    it('tells of a refused edit and what to do, and throws for a record that cannot become a contact', async () => {
      const { id, title } = await born();
      await at().clients.local.query(`update contacts set category_code = 'Q' where contact_id = $1`, [id]);
      const record = await recordOf(id, 'local');
      const refused = await from('local', record);
      expect(refused.systems.local).toMatchObject({
        outcome: 'rejected',
        code: 'INVALID_CATEGORY',
        field: 'category_code',
      });
      await at().everywhere(id, title);
      const before = await services.parts.ledger.deadLetters({ contact_ids: [contactId(id)] });
      await from('local', record);
      expect(await services.parts.ledger.deadLetters({ contact_ids: [contactId(id)] })).toEqual(before);

      await at().clients.local.query(`update contacts set category_code = 'B' where contact_id = $1`, [id]);
      // The edit that was refused waits for a person all the same.
      expect((await from('local', record)).systems.local).toMatchObject({ outcome: 'rejected' });
      await replay(services.parts, null, 'ann');
      expect((await from('local', record)).systems.local).toMatchObject({ outcome: 'in_step' });

      const { rows } = await at().clients.local.query(
        `insert into contacts (canonical_name, category_code) values ('Nobody', 'Q') returning id`,
      );
      await expect(from('local', String(rows[0]?.id))).rejects.toMatchObject({ code: 'INVALID_CATEGORY' });
      const letters = (await services.parts.ledger.deadLetters()).map(({ dead_letter_id }) => dead_letter_id);
      expect(letters).toHaveLength(1);
      await services.parts.ledger.closeDeadLetters(letters, 'discarded', 'ann');
      await at().clients.local.query(`delete from contacts where id = $1`, [rows[0]?.id]);
    });

    it('refuses ids that name nothing', async () => {
      await expect(services.bigquery.syncContactToAll('1')).rejects.toMatchObject({ code: 'NO_SUCH_CONTACT' });
      await expect(services.bigquery.syncContactToAll('Ada')).rejects.toMatchObject({ code: 'INVALID_CONTACT_ID' });
      await expect(services.validator.compareSystems('1')).rejects.toMatchObject({ code: 'NO_SUCH_CONTACT' });
      const nobody = '018f0000-0000-7000-8000-000000000000';
      await expect(services.twenty.syncFromCrmToBigQuery(nobody)).rejects.toMatchObject({ code: 'NO_SUCH_RECORD' });
    });

    it('shows a contact as a system has it, and as excluded where anybody says so', async () => {
      const { id, title } = await born();
      const key = contactId(id);
      const shown = async (system: System) => (await services.sources[system].fetchContacts([key])).get(key);
      for (const system of SYSTEMS) expect(await shown(system)).toMatchObject({ contact_id: id, job_title: title });
      await at().clients.local.query(`update contacts set category_code = 'X' where contact_id = $1`, [id]);
      expect(await shown('local')).toMatchObject({ category_code: 'X' });
      await from('local', await recordOf(id, 'local'));
      for (const system of SYSTEMS) expect([system, (await shown(system))?.category_code]).toEqual([system, 'X']);
      expect(await services.sources.local.fetchContacts([contactId('1')])).toEqual(new Map());
    });

    it('brings everything everywhere, and the second time finds nothing to do', async () => {
      await services.bigquery.syncAllContacts();
      const { ledger } = services.parts;
      const ids = [await born(), await born(), await born()].map(({ id }) => id);
      const [edited = '', deleted = ''] = ids;
      const fresh = await at().hands.supabase.create(unique('Fresh There'), unique('fresh'));
      await at().hands.twenty.edit(edited, 'at large');
      await at().hands.local.remove(deleted);
      const steps = new Set<string>();
      const first = await services.bigquery.syncAllContacts({ onProgress: ({ phase }) => void steps.add(phase) });
      expect(first).toMatchObject({ failed: 0, conflicts: 0, faults: {} });
      expect(first.synced).toBe(3);
      expect([...steps]).toEqual(expect.arrayContaining(['edits', 'records']));
      await at().everywhere(edited, 'at large');
      await at().everywhere(deleted, null);
      expect(typeof (await fresh.contactId())).toBe('string');
      expect((await audit(at().clients)).differences).toEqual([]);

      const kept = await at().askedFor();
      const second = await services.bigquery.syncAllContacts();
      expect(await at().askedFor()).toBe(kept);
      const { contacts } = await ledger.standings({ limit: 10_000 });
      expect(second).toMatchObject({ synced: 0, skipped: contacts.length, failed: 0, conflicts: 0 });
      const since = await services.bigquery.syncAllContacts({ lastSyncTime: second.started_at });
      expect(since).toMatchObject({ synced: 0, skipped: 0, failed: 0 });
      await at().hands.supabase.edit(edited, 'once more');
      expect(await services.bigquery.syncAllContacts({ lastSyncTime: second.started_at })).toEqual({
        synced: 1,
        skipped: 0,
        failed: 0,
        conflicts: 0,
        faults: {},
        started_at: expect.any(String),
      });
      await at().everywhere(edited, 'once more');
    });

    it('goes on with the others while a system is away, says so, and catches up', async () => {
      const { id } = await born();
      await at().door.cut();
      try {
        await at().hands.local.edit(id, 'meanwhile');
        const quick = await openServices(at().env, { via, log: SILENT, timeout_ms: 1_500 });
        const outcome = await quick.local.syncFromLocalToBigQuery(await recordOf(id, 'local'));
        expect(outcomes(outcome)).toMatchObject({ bigquery: 'written', supabase: 'written', twenty: 'pending' });
        expect(outcome.systems.twenty).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/) });
        const all = await quick.bigquery.syncAllContacts({
          lastSyncTime: '2100-01-01T00:00:00Z',
          timeout_ms: 1_500,
        });
        expect(all).toMatchObject({ failed: 1, faults: { twenty: expect.any(String) } });
        expect((await quick.validator.compareSystems(id)).systems.twenty).toMatchObject({ state: 'unreadable' });
        await quick.close();
      } finally {
        await at().door.mend();
      }
      expect(outcomes(await services.bigquery.syncContactToAll(id))).toMatchObject({ twenty: 'written' });
      await at().everywhere(id, 'meanwhile');
    });

    it('stops when it is told to, and the next call goes on', async () => {
      const { id } = await born();
      await at().hands.supabase.edit(id, 'stopped');
      const stopped = services.bigquery.syncAllContacts({ signal: AbortSignal.abort(new Error('enough')) });
      await expect(stopped).rejects.toThrow('enough');
      const halfway = new AbortController();
      const going = services.bigquery.syncAllContacts({
        signal: halfway.signal,
        onProgress: () => halfway.abort(new Error('enough now')),
      });
      await expect(going).rejects.toThrow('enough now');
      await services.bigquery.syncAllContacts();
      await at().everywhere(id, 'stopped');
      await expect(services.bigquery.syncAllContacts({ lastSyncTime: 'yesterday' })).rejects.toThrow(RangeError);
    });
  });
