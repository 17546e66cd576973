/** Dead letters, replayed and discarded in the console. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beLenient, beStrict, editSupabase, letterOf } from '../src/console-people.ts';
import { OPERATOR, type Room } from './browser-rig.ts';

export const describeLetters = (at: () => Room) =>
  describe('a dead letter', () => {
    const TITLE = 'Beekeeper, orchardist and keeper of the village chronicle';
    const REASON = 'The local list keeps to short titles.';
    let replayed = '';
    let discarded = '';
    beforeAll(async () => {
      await beStrict(at().stage);
      for (const name of ['Kaspar Lind', 'Olivia Hartley'])
        await editSupabase(at().stage, at().id(name), { job_title: TITLE });
      replayed = await letterOf(at().stage, at().id('Kaspar Lind'));
      discarded = await letterOf(at().stage, at().id('Olivia Hartley'));
    });
    afterAll(() => beLenient(at().stage));

    const close = (page: Page) => page.getByRole('dialog').getByText('Close', { exact: true }).click();

    it('fails again while its cause is there, and is applied once that is mended', async () => {
      const page = await at().visit(`/contacts/${at().id('Kaspar Lind')}`);
      await page.getByRole('link', { name: `Dead letter ${replayed}` }).click();
      await page.getByText('What to do').waitFor();
      const replay = async () => {
        await page.getByRole('button', { name: 'Replay', exact: true }).click();
        const dialog = page.getByRole('dialog', { name: 'Replay 1 dead letter' });
        await dialog.getByRole('button', { name: 'Replay' }).click();
        await dialog.getByText('Done: 1 of 1').waitFor();
        return dialog.getByRole('status', { name: 'Results' }).innerText();
      };
      expect(await replay()).toContain('Failed again: 1');
      await close(page);
      await beLenient(at().stage);
      // What failed again is a letter of its own.
      const again = await letterOf(at().stage, at().id('Kaspar Lind'));
      await page.goto(`${at().stage.url}/dead-letters/${again}`);
      expect(await replay()).toContain('Applied: 1');
      await close(page);
      await page.getByRole('main').getByText('Replayed', { exact: true }).waitFor();
      await at().agreed(at().id('Kaspar Lind'), { job_title: TITLE });
    });

    it('is given up, with a reason', async () => {
      const page = await at().visit('/dead-letters');
      await page.getByRole('checkbox', { name: `Select dead letter ${discarded}` }).check();
      await page.getByRole('button', { name: 'Discard selected (1)' }).click();
      const dialog = page.getByRole('dialog', { name: 'Discard 1 dead letter' });
      const discard = dialog.getByRole('button', { name: 'Discard' });
      expect(await discard.isEnabled()).toBe(false);
      await dialog.getByLabel('Reason').fill(REASON);
      await discard.click();
      await dialog.getByText('Done: 1 of 1').waitFor();
      await close(page);
      await page.getByText('No dead letter matches').waitFor();
      expect(await at().stage.hub.desk.deadLetter(discarded)).toMatchObject({
        letter: { status: 'discarded', closed_by: OPERATOR },
      });
    });

    it('that was replayed or discarded is in the record of who did what', async () => {
      const page = await at().visit('/activity');
      const table = page.getByRole('table', { name: 'Activity' });
      await table.getByText(`${OPERATOR} discarded 1 dead letter in the console: ${REASON}`).waitFor();
      const row = table.getByRole('row').filter({ hasText: `${OPERATOR} replayed 1 dead letter in the console` });
      expect(await row.count()).toBe(2);
      await row.first().getByText('Done').waitFor();
      await row.first().getByRole('link').first().click();
      await page.waitForURL('**/dead-letters/*');
    });
  });
