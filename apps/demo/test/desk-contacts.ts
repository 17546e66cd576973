/** What operators see of a contact, and a past version made the new one. */
import { contactId } from '@contact-sync/contact';
import type { SystemRecord } from '@contact-sync/sync';
import { describe, expect, it } from 'vitest';
import { allOf, ann, type Desks } from './desk-rig.ts';
import { unique } from './services-stage.ts';

export const describeContacts = (at: () => Desks) =>
  describe('a contact', () => {
    const NOBODY = contactId('4242');
    /** Told by its system, as it stood then. */
    const told = async (id: string, change: Partial<SystemRecord>) => {
      const record_id =
        (await at().desk.contact(contactId(id))).systems.find(({ system }) => system === 'local')?.record_id ?? '';
      const [record] = await at().parts.targets.local.fetch([record_id]);
      if (record === undefined) throw new Error('no record');
      await at().parts.ledger.receive(
        'local',
        [{ key: unique('told'), record_id, record: { ...record, ...change } }],
        null,
      );
      await at().heard(record_id);
      return record;
    };

    it('tells everything that happened to it, newest first, a page at a time, and nothing twice', async () => {
      const { id, record_id, title } = await at().born();
      await at().stage.hands.local.edit(id, 'second');
      await at().heard(record_id);
      const conflictId = await at().tied(id, record_id, 'here', 'there');
      await at().desk.resolve(conflictId, { content: { canonical_name: 'Ada', job_title: 'last' } }, ann);
      const { fields } = await told(id, {});
      await told(id, {
        version: 1,
        last_updated: '2026-01-01T00:00:00.000000Z' as SystemRecord['last_updated'],
        fields: { ...fields, job_title: 'stale' },
      });
      await at().stage.clients.local.query(`update contacts set category_code = 'Q' where contact_id = $1`, [id]);
      await at().heard(record_id);
      await at().stage.clients.local.query(
        `update contacts set category_code = null, job_title = 'mended' where contact_id = $1`,
        [id],
      );
      await at().heard(record_id);
      const letters = await at().parts.ledger.deadLetters({ contact_ids: [id] });
      await at().desk.replay({ ids: letters.map(({ dead_letter_id }) => dead_letter_id) }, ann);

      const items = await allOf((after) => at().desk.timeline(id, { limit: 4, ...(after !== undefined && { after }) }));
      expect(items).toEqual((await at().desk.timeline(id, { limit: 200 })).items);
      expect(new Set(items.map((item) => JSON.stringify(item))).size).toBe(items.length);
      expect(items.map((item) => item.at)).toEqual(
        items
          .map((item) => item.at)
          .toSorted()
          .reverse(),
      );

      const of = <Kind extends (typeof items)[number]['kind']>(kind: Kind) =>
        items.filter((item): item is Extract<typeof item, { kind: Kind }> => item.kind === kind).reverse();
      const outcomes = of('notification').map(({ outcome }) => outcome);
      for (const outcome of ['accepted', 'echo', 'superseded', 'conflict']) expect(outcomes).toContain(outcome);
      expect(of('version').slice(0, 3)).toMatchObject([
        {
          version: 1,
          status: 'accepted',
          source: 'local',
          differences: [{ field: 'canonical_name' }, { field: 'job_title', b: title }],
        },
        { version: 2, status: 'accepted', differences: [{ field: 'job_title', a: title, b: 'second' }] },
        { version: 3, status: 'accepted', differences: [{ field: 'job_title', a: 'second', b: 'here' }] },
      ]);
      expect(of('version')).toContainEqual(expect.objectContaining({ version: 1, status: 'superseded' }));
      for (const { appended_at } of of('version')) expect(appended_at).toEqual(expect.any(String));
      expect(of('version')).toContainEqual(
        expect.objectContaining({ version: 4, source: null, last_updated_by: 'ann' }),
      );
      expect(new Set(of('receipt').map(({ receipt }) => receipt.target))).toEqual(
        new Set(['supabase', 'local', 'twenty']),
      );
      expect(of('conflict').map(({ event, by }) => [event, by])).toEqual([
        ['opened', null],
        ['resolved', 'ann'],
      ]);
      expect(of('dead_letter').map(({ letter }) => [letter.code, letter.status])).toEqual([
        ['INVALID_CATEGORY', 'superseded'],
      ]);
      expect(of('action').map(({ action }) => [action.kind, action.outcome])).toEqual([
        ['resolve', 'done'],
        ['replay', 'done'],
      ]);
      await expect(at().desk.timeline(NOBODY, { limit: 1 })).rejects.toMatchObject({ code: 'NO_SUCH_CONTACT' });
      await expect(at().desk.contact(NOBODY)).rejects.toMatchObject({ code: 'NO_SUCH_CONTACT' });
    });

    it('is restored to an older version, to one that lost, and not to what it is already', async () => {
      const { id, record_id, title } = await at().born();
      await at().stage.hands.local.edit(id, 'second');
      await at().heard(record_id);
      const asker = { ...ann, key: unique('restore') };
      const restored = await at().desk.restore(id, { version: 1 }, asker);
      expect(restored).toEqual({ contact_id: id, version: 3, result: 'restored' });
      await at().stage.everywhere(id, title);
      expect(await at().desk.restore(id, { version: 1, content_hash: undefined }, asker)).toEqual(restored);
      expect(await at().desk.restore(id, { version: 1 }, ann)).toMatchObject({ version: 3, result: 'unchanged' });
      await expect(at().desk.restore(id, { version: 2 }, asker)).rejects.toMatchObject({ code: 'KEY_REUSED' });

      const { fields } = await told(id, {});
      const lost = { version: 2, last_updated: '2026-01-01T00:00:00.000000Z' as SystemRecord['last_updated'] };
      for (const job_title of ['lost', 'lost too']) await told(id, { ...lost, fields: { ...fields, job_title } });
      const versions = await at().desk.versions(id, 2);
      expect(versions.map(({ status, content }) => [status, content?.job_title])).toEqual([
        ['accepted', 'second'],
        ['superseded', 'lost'],
        ['superseded', 'lost too'],
      ]);
      await at().desk.restore(id, { version: 2, content_hash: versions[2]?.content_hash }, ann);
      await at().stage.everywhere(id, 'lost too');
      await at().desk.restore(id, { version: 2 }, ann);
      await at().stage.everywhere(id, 'second');
    });

    it('is restored to no version that it has not, to no deletion, and not while a person has to decide', async () => {
      const { id, record_id, title } = await at().born();
      await expect(at().desk.restore(NOBODY, { version: 1 }, ann)).rejects.toMatchObject({ code: 'NO_SUCH_CONTACT' });
      await expect(at().desk.restore(id, { version: 9 }, ann)).rejects.toMatchObject({ code: 'NO_SUCH_VERSION' });
      await expect(at().desk.versions(id, 9)).rejects.toMatchObject({ code: 'NO_SUCH_VERSION' });
      await at().stage.hands.local.remove(id);
      await at().heard(record_id);
      await expect(at().desk.restore(id, { version: 2 }, ann)).rejects.toMatchObject({ code: 'VERSION_DELETED' });
      await at().desk.restore(id, { version: 1 }, ann);
      await at().stage.everywhere(id, title);
      await at().tied(id, record_id, 'here', 'there');
      await expect(at().desk.restore(id, { version: 1 }, ann)).rejects.toMatchObject({ code: 'CONTACT_IN_CONFLICT' });
    });

    it('whose ledger was built anew is restored from what BigQuery has', async () => {
      const { id, record_id, title } = await at().born();
      await at().stage.hands.local.edit(id, 'second');
      await at().heard(record_id);
      await at().sql('delete from versions where contact_id = $1 and version = 1', [id]);
      await at().desk.restore(id, { version: 1 }, ann);
      await at().stage.everywhere(id, title);
    });
  });
