/** What operators do about exact ties. */
import { contentHash } from '@contact-sync/contact';
import { Desk, type SideChoice } from '@contact-sync/sync';
import { describe, expect, it } from 'vitest';
import { ann, bob, type Desks, endless } from './desk-rig.ts';
import { afterFirst } from './services-rig.ts';
import { unique } from './services-stage.ts';

export const describeConflicts = (at: () => Desks) =>
  describe('an exact tie', () => {
    const candidate = async (conflictId: string, title: string | null) => {
      const { conflict } = await at().desk.conflict(conflictId);
      const found = conflict.candidates.find(({ content }) => (content?.job_title ?? null) === title);
      if (found === undefined) throw new Error('no such candidate');
      return found.content_hash;
    };
    const tie = async (local: string | null = 'here') => {
      const contact = await at().born();
      return { ...contact, conflictId: await at().tied(contact.id, contact.record_id, local, 'there') };
    };

    it('is shown field by field beside what both began with, and the fields that were picked are everywhere', async () => {
      const { id, title, conflictId } = await tie();
      const { conflict, base, fields, actions } = await at().desk.conflict(conflictId);
      expect(conflict).toMatchObject({ contact_id: id, status: 'open', version: 2, closed_at: null, chosen: null });
      expect(base).toMatchObject({ version: 1, content: { job_title: title } });
      expect(fields.filter(({ differs }) => differs)).toEqual([
        { field: 'job_title', base: title, values: ['here', 'there'], differs: true, changed: [true, true] },
      ]);
      expect(actions).toEqual([]);
      expect(await at().desk.contact(id)).toMatchObject({ state: 'conflict', conflict_id: conflictId });

      const choice: SideChoice = { fields: { job_title: await candidate(conflictId, 'there') } };
      const asker = { ...ann, key: unique('resolve') };
      const resolved = await at().desk.resolve(conflictId, choice, asker);
      expect(resolved).toEqual({ conflict_id: conflictId, contact_id: id, version: 3 });
      await at().stage.everywhere(id, 'there');
      expect(await at().desk.contact(id)).toMatchObject({ state: 'in_step', conflict_id: null, version: 3 });

      expect(await at().desk.resolve(conflictId, choice, asker)).toEqual(resolved);
      const other = at().desk.resolve(conflictId, { fields: { job_title: 'base' } }, asker);
      await expect(other).rejects.toMatchObject({ code: 'KEY_REUSED' });
      await expect(at().desk.resolve(conflictId, choice, bob)).rejects.toMatchObject({ code: 'CONFLICT_CLOSED' });
      expect(await at().desk.contact(id)).toMatchObject({ version: 3 });
      const { actions: done } = await at().desk.conflict(conflictId);
      expect(done.map(({ by, outcome, result }) => [by, outcome, result])).toEqual([
        ['bob', 'failed', { code: 'CONFLICT_CLOSED' }],
        ['ann', 'done', resolved],
      ]);
      const events = await at().stage.clients.bigquery(
        'SELECT event, decided_by FROM contacts.sync_conflicts WHERE conflict_id = @id ORDER BY event_id',
        { id: conflictId },
      );
      expect(events).toEqual([
        { event: 'opened', decided_by: null },
        { event: 'resolved', decided_by: 'ann' },
      ]);
    });

    it('is decided by what somebody wrote, be it by hand or as the deletion that is a candidate', async () => {
      const [written, deleted] = [await tie(), await tie(null)];
      const title = unique('by hand');
      await expect(at().desk.resolve(written.conflictId, { content: { job_title: title } }, ann)).rejects.toMatchObject(
        {
          code: 'INVALID_CONTENT',
        },
      );
      await at().desk.resolve(written.conflictId, { content: { canonical_name: 'Ada', job_title: title } }, ann);
      await at().stage.everywhere(written.id, title);
      await at().desk.resolve(deleted.conflictId, { candidate: contentHash(null) }, ann);
      await at().stage.everywhere(deleted.id, null);
      expect(await at().desk.contact(deleted.id)).toMatchObject({ deleted: true, state: 'in_step' });
    });

    it('that a later edit decides is listed as superseded among those that are closed, last first', async () => {
      const { id, record_id, conflictId } = await tie();
      const open = await at().desk.conflicts('open', { limit: 100 });
      expect(open.items.map(({ conflict_id }) => conflict_id)).toContain(conflictId);
      await at().stage.hands.local.edit(id, 'later');
      await at().heard(record_id);
      await at().stage.everywhere(id, 'later');
      const [last] = (await at().desk.conflicts('closed', { limit: 1 })).items;
      expect(last).toMatchObject({ conflict_id: conflictId, status: 'superseded', chosen: null });
      await expect(
        at().desk.resolve(conflictId, { candidate: await candidate(conflictId, 'there') }, ann),
      ).rejects.toMatchObject({ code: 'CONFLICT_CLOSED' });
      await expect(at().desk.conflict('1-1')).rejects.toMatchObject({ code: 'NO_SUCH_CONFLICT' });
    });

    it('that two operators decide at once is decided by one of them, and the other is told', async () => {
      const { id, conflictId } = await tie();
      const [here, there] = [await candidate(conflictId, 'here'), await candidate(conflictId, 'there')];
      // Whoever reads first decides second.
      const late = afterFirst(at().parts, 'contacts', async () => {
        await at().desk.resolve(conflictId, { candidate: there }, bob);
      });
      const second = new Desk(late, at().records, at().seals).resolve(conflictId, { candidate: here }, ann);
      await expect(second).rejects.toMatchObject({ code: 'CONFLICT_CLOSED' });
      await at().stage.everywhere(id, 'there');
      expect((await at().desk.conflict(conflictId)).conflict).toMatchObject({ status: 'resolved', closed_by: 'bob' });
    });

    it('whose decision was cut off before it was recorded is not decided twice, and a repetition is answered', async () => {
      const { id, conflictId } = await tie();
      const choice = { candidate: await candidate(conflictId, 'there') };
      const asker = { ...ann, key: unique('cut off') };
      const dying = endless(at().records);
      await expect(new Desk(at().parts, dying, at().seals).resolve(conflictId, choice, asker)).rejects.toThrow(
        'killed',
      );
      const [cut] = (await at().desk.actions(`conflict:${conflictId}`, { limit: 10 })).items;
      expect(cut).toMatchObject({ kind: 'resolve', by: 'ann', ended_at: null, outcome: null });
      await expect(at().desk.resolve(conflictId, choice, asker)).rejects.toMatchObject({ code: 'ACTION_RUNNING' });
      // By the ledger's clock a minute later.
      await at().sql(`update actions set begun_at = begun_at - interval '61 seconds' where action_id = $1`, [
        cut?.action_id,
      ]);
      expect(await at().desk.resolve(conflictId, choice, asker)).toMatchObject({ contact_id: id, version: 3 });
      expect((await at().desk.actions(`conflict:${conflictId}`, { limit: 10 })).items).toMatchObject([
        { outcome: 'done' },
        { outcome: null, ended_at: null },
      ]);
      await expect(
        at().desk.resolve(
          conflictId,
          { candidate: await candidate(conflictId, 'here') },
          { ...ann, key: unique('other') },
        ),
      ).rejects.toMatchObject({ code: 'CONFLICT_CLOSED' });
      expect(await at().desk.contact(id)).toMatchObject({ version: 3 });
    });
  });
