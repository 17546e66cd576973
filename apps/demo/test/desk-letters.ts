/** What operators do about what failed for good. */
import { contactId } from '@contact-sync/contact';
import { propagate, sweep } from '@contact-sync/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allOf, ann, bob, counting, type Desks } from './desk-rig.ts';
import { unique } from './services-stage.ts';

const COUNT = 24;

export const describeLetters = (at: () => Desks) =>
  describe('what failed for good', () => {
    const rule = (change: string) => at().stage.clients.local.query(`alter table contacts ${change}`);
    const forbid = () => rule(`add constraint refuses check (job_title not like 'refused%') not valid`);
    const allow = () => rule('drop constraint if exists refuses');
    beforeAll(forbid);
    afterAll(allow);

    const refused = { system: 'local' } as const;
    const open = async () => (await at().desk.deadLetters(refused, { limit: 1000 })).items;
    /** Contacts that the local database does not take. */
    const born = async (count: number) => {
      const uids = Array.from({ length: count }, () => unique('refused'));
      const entries = (async function* () {
        for (const [line, uid] of uids.entries())
          yield { line, contact_id: null, uid, content: { canonical_name: unique('Ada'), job_title: uid } };
      })();
      await at().desk.importContacts(entries, { update: false }, ann);
      const letters = await open();
      return letters.slice(0, count);
    };

    it('is listed, filtered and counted by its kind', async () => {
      const [first, ...others] = await born(COUNT);
      if (first?.contact_id == null) throw new Error('no letter');
      expect(others).toHaveLength(COUNT - 1);
      const { code, contact_id, created_at } = first;
      expect(first).toMatchObject({ queue: 'propagate-local', system: 'local', status: 'open', closed_at: null });
      const groups = await at().desk.deadLetterGroups(refused);
      expect(groups).toMatchObject([{ queue: 'propagate-local', system: 'local', code, count: COUNT }]);
      const count = async (filter: object) => (await at().desk.deadLetters(filter, { limit: 1000 })).items.length;
      expect(await count({ ...refused, code })).toBe(COUNT);
      expect(await count({ contact_id })).toBe(1);
      expect(await count({ ...refused, since: created_at })).toBe(1);
      expect(await count({ ...refused, before: created_at })).toBe(COUNT - 1);
      for (const none of [{ code: 'NONE' }, { queue: 'ingest' }, { queue: 'propagate-local', status: 'closed' }])
        expect(await count({ ...refused, ...none })).toBe(0);
      expect(await at().desk.contact(contact_id)).toMatchObject({ state: 'dead_letter' });
      await expect(at().desk.deadLetter('999999')).rejects.toMatchObject({ code: 'NO_SUCH_DEAD_LETTER' });
    });

    it('is tried again page by page to the end, each once, though all of it fails again', async () => {
      const before = await open();
      const results = await allOf(async (after) => {
        const page = { limit: 7, ...(after !== undefined && { after }) };
        const { results: items, next } = await at().desk.replay({ filter: refused, page }, ann);
        return { items, next };
      });
      expect(results.map(({ dead_letter_id }) => dead_letter_id)).toEqual(before.map((one) => one.dead_letter_id));
      expect(new Set(results.map(({ result, code }) => `${result} ${code}`))).toEqual(
        new Set([`failed ${before[0]?.code}`]),
      );
      const now = await open();
      expect(now.map(({ key }) => key).sort()).toEqual(before.map(({ key }) => key).sort());
    });

    it('of what is known to have come there meanwhile is superseded: nothing is sent', async () => {
      const letter = (await open())[0];
      const id = contactId(letter?.contact_id ?? '');
      const { version, content_hash } = await at().desk.contact(id);
      const receipt = { contact_id: id, version, content_hash, record_id: unique('elsewhere') };
      await at().parts.ledger.delivered('local', [receipt]);
      const { calls, desk } = counting(at());
      const selection = { ids: [letter?.dead_letter_id ?? ''] };
      expect((await desk.replay(selection, ann)).results).toMatchObject([{ result: 'superseded', code: null }]);
      expect(calls.filter((call) => call.endsWith('.apply'))).toEqual([]);
    });

    it('that is many is tried again in batches, and twice changes nothing (I9)', async () => {
      await allow();
      const [first, ...others] = (await open()).map(({ dead_letter_id }) => dead_letter_id);
      const tried = async (ids: readonly string[], asker = ann) => {
        const { calls, desk } = counting(at());
        return { ...(await desk.replay({ ids: [...ids, ...ids] }, asker)), calls };
      };
      const one = await tried([first ?? '']);
      expect(one.results).toMatchObject([{ result: 'applied' }]);
      const asker = { ...ann, key: unique('replay') };
      const many = await tried(others, asker);
      expect(many.results).toEqual(others.map((dead_letter_id) => ({ dead_letter_id, result: 'applied', code: null })));
      expect(many.calls.length).toBe(one.calls.length);
      expect((await tried(others, asker)).results).toEqual(many.results);
      const again = await tried(others);
      expect(new Set(again.results.map(({ result }) => result))).toEqual(new Set(['not_open']));
      expect(again.calls).toEqual(['ledger.deadLetters']);
      expect(await open()).toEqual([]);
      const ids = Array.from({ length: 1001 }, (_, n) => String(n + 1));
      await expect(at().desk.replay({ ids }, ann)).rejects.toMatchObject({ code: 'TOO_MANY_SELECTED' });
      await forbid();
    });

    it('and was discarded is not sent, whoever looks for work, until the next edit, which is', async () => {
      const [letter] = await born(1);
      const { dead_letter_id = '', contact_id } = letter ?? {};
      const id = contactId(contact_id ?? '');
      const asker = { ...bob, key: unique('discard') };
      const discarded = await at().desk.discard({ ids: [dead_letter_id, '999999'] }, 'nobody needs it there', asker);
      expect(discarded.results).toEqual([
        { dead_letter_id, result: 'discarded' },
        { dead_letter_id: '999999', result: 'not_open' },
      ]);
      expect(await at().desk.discard({ ids: [dead_letter_id, '999999'] }, 'nobody needs it there', asker)).toEqual(
        discarded,
      );
      const other = at().desk.discard({ ids: [dead_letter_id, '999999'] }, 'another reason', asker);
      await expect(other).rejects.toMatchObject({ code: 'KEY_REUSED' });
      const { letter: closed, actions } = await at().desk.deadLetter(dead_letter_id);
      expect(closed).toMatchObject({ status: 'discarded', closed_by: 'bob' });
      expect(actions).toMatchObject([{ kind: 'discard', by: 'bob', reason: 'nobody needs it there', outcome: 'done' }]);
      expect((await at().desk.actions(`dead-letter:${dead_letter_id}`, { limit: 1 })).items).toEqual(actions);

      await allow();
      const told: string[] = [];
      const queues = {
        ...at().parts.queues,
        propagate: async (_: string, ids: readonly string[]) => void told.push(...ids),
      };
      await sweep({ ...at().parts, queues }, { grace_ms: 0 });
      expect(told).not.toContain(id);
      const { outcomes } = await propagate(at().parts, { target: 'local', contact_ids: [id] });
      expect(outcomes.get(id)).toBe('nothing_to_send');
      expect(await at().stage.hands.local.shows(id)).toBeNull();
      const detail = await at().desk.contact(id);
      expect(detail.state).toBe('in_step');
      expect(detail.systems.find(({ system }) => system === 'local')).toMatchObject({
        behind: true,
        dead_letter_id: null,
      });

      await at().stage.hands.twenty.edit(id, 'taken');
      await at().services.bigquery.syncContactToAll(id);
      await at().stage.everywhere(id, 'taken');
    });
  });
