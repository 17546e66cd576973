/** Contacts that come in from a file, and go out to one. */
import type { Content } from '@contact-sync/contact';
import { type ContactId, contactId } from '@contact-sync/contact';
import { Desk, type ImportEntry, type ImportOptions } from '@contact-sync/sync';
import { describe, expect, it } from 'vitest';
import { allOf, ann, counting, type Desks } from './desk-rig.ts';
import { afterFirst, Death, dyingAt } from './services-rig.ts';
import { unique } from './services-stage.ts';

const UPDATE: ImportOptions = { update: true };
const KEEP: ImportOptions = { update: false };

/** Of somebody whom a file calls so. */
const entry = (uid: string | null, content: Content, contact_id: ContactId | null = null): ImportEntry => ({
  line: 1,
  ...{ contact_id, uid, content },
});
async function* given(entries: readonly ImportEntry[]) {
  yield* entries;
}

export const describeImport = (at: () => Desks) =>
  describe('contacts that come in', () => {
    const bring = (entries: readonly ImportEntry[], options = KEEP, desk = at().desk) =>
      desk.importContacts(given(entries), options, ann);
    const none = { created: 0, updated: 0, unchanged: 0, kept: 0, refused: 0, refusals: [] };
    const idOf = async (name: string) =>
      (await at().desk.contacts({ text: name, limit: 2 })).items[0]?.contact_id ?? contactId('0');
    const headOf = async (id: ContactId) => (await at().desk.contact(id)).content;

    it('are everywhere, and twice changes nothing; what is new of them is taken over where it is wished', async () => {
      const [name, uid, title] = [unique('Grace Imported'), unique('uid'), unique('imported')];
      const content: Content = { canonical_name: name, job_title: title, llm_context: { how_met: 'at sea', own: 1 } };
      const unnamed = entry(null, { canonical_name: unique('Nameless') });
      // The second is seen as it stands after the first.
      const file = [entry(uid, content), entry(uid, content), unnamed];
      expect(await bring(file)).toEqual({ ...none, seen: 3, created: 2, unchanged: 1 });
      const id = await idOf(name);
      await at().stage.everywhere(id, title);
      expect(await bring(file)).toEqual({ ...none, seen: 3, unchanged: 3 });
      expect(await at().desk.contact(id)).toMatchObject({ version: 1, last_updated_by: 'ann', state: 'in_step' });

      const news = entry(uid, { canonical_name: name, job_title: 'changed', llm_context: { own: 2 } });
      expect(await bring([news])).toEqual({ ...none, seen: 1, kept: 1 });
      expect(await bring([news], UPDATE)).toEqual({ ...none, seen: 1, updated: 1 });
      await at().stage.everywhere(id, 'changed');
      expect(await headOf(id)).toEqual({
        ...content,
        job_title: 'changed',
        llm_context: { how_met: 'at sea', own: 2 },
      });
      expect(await bring([news], UPDATE)).toEqual({ ...none, seen: 1, unchanged: 1 });
    });

    it('are refused where somebody was excluded, be it before a deletion, or has to be decided over', async () => {
      const excluded = await at().born();
      await at().stage.clients.local.query(`update contacts set category_code = 'X' where contact_id = $1`, [
        excluded.id,
      ]);
      await at().heard(excluded.record_id);
      const tied = await at().born();
      await at().tied(tied.id, tied.record_id, 'here', 'there');
      const shown = entry(null, { canonical_name: 'Shown', category_code: 'B' }, excluded.id);
      const other = entry(null, { canonical_name: 'Other' }, tied.id);
      const summary = await bring([shown, other], UPDATE);
      expect(summary).toMatchObject({
        ...none,
        seen: 2,
        refused: 2,
        refusals: [{ code: 'CATEGORY_X_STAYS', contact_id: excluded.id }, { code: 'CONTACT_IN_CONFLICT' }],
      });
      // A file that does not say otherwise changes the rest.
      expect(await bring([entry(null, { canonical_name: 'Renamed' }, excluded.id)], UPDATE)).toMatchObject({
        updated: 1,
      });
      expect(await headOf(excluded.id)).toMatchObject({ canonical_name: 'Renamed', category_code: 'X' });
      await at().stage.hands.local.remove(excluded.id);
      await at().heard(excluded.record_id);
      expect(await bring([shown])).toMatchObject({ ...none, kept: 1 });
      expect(await bring([shown], UPDATE)).toMatchObject({
        ...none,
        refused: 1,
        refusals: [{ code: 'CATEGORY_X_STAYS' }],
      });
      expect(await headOf(excluded.id)).toBeNull();
    });

    it('stay deleted where they were deleted, unless they are to be brought up to date', async () => {
      const { id, record_id, title } = await at().born();
      await at().stage.hands.local.remove(id);
      await at().heard(record_id);
      const back = entry(null, { canonical_name: 'Back', job_title: title }, id);
      expect(await bring([back])).toMatchObject({ ...none, kept: 1 });
      await at().stage.everywhere(id, null);
      expect(await bring([back], UPDATE)).toMatchObject({ ...none, updated: 1 });
      await at().stage.everywhere(id, title);
    });

    it('lose nothing to an edit that comes between: both are in the contact', async () => {
      const { id, record_id } = await at().born();
      const overtaken = afterFirst(at().parts, 'contacts', async () => {
        await at().stage.hands.local.edit(id, 'edited meanwhile');
        await at().heard(record_id);
      });
      const change = entry(null, { canonical_name: 'Renamed', organization: 'Engines' }, id);
      expect(await bring([change], UPDATE, new Desk(overtaken, at().records, at().seals))).toMatchObject({
        updated: 1,
      });
      expect(await headOf(id)).toEqual({
        canonical_name: 'Renamed',
        job_title: 'edited meanwhile',
        organization: 'Engines',
      });
    });

    it('are neither lost nor doubled by who dies at any request of it', async () => {
      const all: string[] = [];
      let deaths = 0;
      for (let request = 1; deaths === request - 1; request++) {
        const names = [1, 2, 3].map(() => unique('Mortal'));
        all.push(...names);
        const file = names.map((name) => entry(name, { canonical_name: name, job_title: name }));
        await bring(file, KEEP, new Desk(dyingAt(at().parts, request), at().records, at().seals)).catch(
          (error: unknown) => {
            if (!(error instanceof Death)) throw error;
            deaths++;
          },
        );
        const { created, unchanged } = await bring(file);
        expect(created + unchanged).toBe(3);
      }
      // Reading, deciding, appending and saying so.
      expect(deaths).toBeGreaterThanOrEqual(4);
      await at().services.bigquery.syncAllContacts({ lastSyncTime: '2100-01-01T00:00:00Z' });
      const born = await allOf((after) =>
        at().desk.contacts({ text: 'Mortal', limit: 100, ...(after !== undefined && { after }) }),
      );
      const history = await at().parts.canonical.history(born.map(({ contact_id }) => contact_id));
      expect(history.map(({ content }) => content?.canonical_name).sort()).toEqual(all.toSorted());
      for (const name of [all[0], all.at(-1)]) await at().stage.everywhere(await idOf(name ?? ''), name ?? '');
    });

    it('by the thousand are asked for a batch at a time, and go out again, every one that lives', async () => {
      const people = Array.from({ length: 2_000 }, () =>
        entry(unique('many'), { canonical_name: unique('One of Many') }),
      );
      const { calls, desk } = counting(at());
      const seen: number[] = [];
      const summary = await desk.importContacts(given(people), KEEP, ann, (so) => seen.push(so.seen));
      expect(summary).toEqual({ ...none, seen: 2_000, created: 2_000 });
      expect(seen).toEqual(Array.from({ length: 10 }, (_, n) => 200 * (n + 1)));
      expect(calls).toEqual(
        seen.flatMap(() => ['ledger.contacts', 'ledger.commit', 'bigquery.append', 'ledger.markAppended']),
      );
      const out = [];
      for await (const contact of at().desk.exportContacts()) out.push(contact);
      const living = await at().sql('select contact_id::text from heads where not deleted order by heads.contact_id');
      expect(out.map(({ contact_id }) => contact_id)).toEqual(living.map(({ contact_id }) => contact_id));
      expect(out.find(({ canonical_name }) => canonical_name === people[7]?.content.canonical_name)).toMatchObject({
        sync_metadata: { version: 1, last_updated_by: 'ann' },
      });
    });
  });
