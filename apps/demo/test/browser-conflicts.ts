/** Exact ties, decided in the console. */
import { describe, expect, it } from 'vitest';
import { tie } from '../src/console-people.ts';
import { tabTo } from './browser-looks.ts';
import type { Room } from './browser-rig.ts';

export const describeConflicts = (at: () => Room) =>
  describe('an exact tie', () => {
    const tied = async (name: string) => {
      const id = at().id(name);
      const local = { job_title: `${name} here`, organization: 'Here Ltd.' };
      const supabase = { job_title: `${name} there`, organization: 'There Ltd.' };
      const conflictId = await tie(at().stage, id, local, supabase);
      // Which of them is canonical depends on which was heard of first.
      const { fields } = await at().stage.hub.desk.conflict(conflictId);
      const differing = fields.filter(({ differs }) => differs);
      expect(differing.map(({ field }) => field).sort()).toEqual(['job_title', 'organization']);
      return { id, conflictId, differing };
    };

    it('is found and decided field by field with the keyboard alone, and another is next', async () => {
      const { id, differing } = await tied('Clara Hoffmann');
      const next = await tied('Grace Sullivan');
      const [first, second] = differing;
      const chosen = { [first?.field ?? '']: first?.values[1], [second?.field ?? '']: second?.values[0] };

      const page = await at().visit('/conflicts');
      await page.getByRole('link', { name: 'Clara Hoffmann' }).waitFor();
      await tabTo(page, 'Clara Hoffmann');
      await page.keyboard.press('Enter');
      await page.getByText('2 to be decided').waitFor();
      for (const key of ['j', '2', 'j', '1']) await page.keyboard.press(key);
      await page.getByText('Every field that differs is decided').waitFor();
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog', { name: 'This becomes the new version everywhere' });
      for (const value of Object.values(chosen)) await dialog.getByText(String(value)).waitFor();
      await page.keyboard.press('Enter');
      await page.waitForURL(`**/conflicts/${next.conflictId}`);
      await page.getByText('Version 3 is on its way everywhere').waitFor();
      await at().agreed(id, chosen);
    });

    it('is decided field by field with clicks, and was the last', async () => {
      const conflicts = await at().stage.hub.desk.conflicts('open', { limit: 10 });
      const [conflict] = conflicts.items;
      if (conflict === undefined) throw new Error('no conflict is left');
      const [canonical, incoming] = conflict.candidates;
      const page = await at().visit(`/conflicts/${conflict.conflict_id}`);
      const see = page.getByRole('button', { name: 'See what comes of it' });
      await page.getByRole('radio', { name: 'Organization: take canonical' }).check();
      expect(await see.isEnabled()).toBe(false);
      await page.getByRole('radio', { name: 'Job title: take incoming' }).check();
      await see.click();
      await page.getByRole('dialog').getByRole('button', { name: 'Decide' }).click();
      await page.getByText('That was the last open conflict').waitFor();
      await page.getByText('No conflict is open').waitFor();
      const { organization } = canonical?.content ?? {};
      const { job_title } = incoming?.content ?? {};
      await at().agreed(conflict.contact_id, { organization, job_title });

      await page.goto(`${at().stage.url}/conflicts/${conflict.conflict_id}`);
      await page.getByText('This conflict is closed').waitFor();
      await page.getByText('a mix, or something written by hand, was taken').waitFor();
    });
  });
