/** What one sees of contacts, and a past version made the new one. */
import { describe, expect, it } from 'vitest';
import { COUNT, editLocal, editSupabase } from '../src/console-people.ts';
import type { Room } from './browser-rig.ts';

export const describeContacts = (at: () => Room) =>
  describe('somebody who looks', () => {
    it('sees at a glance that all systems are up, and how many contacts there are', async () => {
      const page = await at().visit('/');
      await page.getByText('All is well').waitFor();
      const systems = page.getByRole('region', { name: 'Systems' });
      expect(await systems.getByText('Up', { exact: true }).count()).toBe(4);
      const totals = await page.getByRole('region', { name: 'Totals' }).innerText();
      expect(totals.replaceAll(/\s+/g, ' ')).toContain(`Contacts ${COUNT} Open conflicts 0 Open dead letters 0`);
      await page.getByText(`Supabase: ${COUNT} deliveries`).waitFor();
    });

    it('sees an edit arrive that somebody makes in Supabase, without asking for it', async () => {
      const id = at().id('Julia Moreau');
      const page = await at().visit(`/contacts/${id}?tab=timeline`);
      await page.getByRole('status', { name: 'Connection: Live' }).waitFor();
      const timeline = page.getByRole('list', { name: 'Timeline' });
      await timeline.getByText('Version 1').first().waitFor();
      await page.evaluate('globalThis.sameAsBefore = true');
      // Whatever the page asks for by itself, it asks later than that.
      const polls = page.waitForRequest('**/api/overview', { timeout: 15_000 }).then(
        () => 'asked',
        () => 'not asked',
      );

      await editSupabase(at().stage, id, { job_title: 'Interpreter' });
      const row = timeline.getByRole('row', { name: 'Job title Translator Interpreter' });
      const told = row.waitFor().then(() => 'told');
      expect(await Promise.race([told, polls])).toBe('told');
      await timeline.getByText('Twenty has version 2').waitFor();
      await page.getByText('Version 2,').waitFor();
      expect(await page.evaluate('globalThis.sameAsBefore')).toBe(true);
      await at().agreed(id, { job_title: 'Interpreter' });
    });

    it('finds somebody, reads what changed, and makes an older version the new one in all four systems', async () => {
      const id = at().id('Ivo Novák');
      await editLocal(at().stage, id, { job_title: 'Concertmaster' });
      await at().agreed(id, { job_title: 'Concertmaster' });
      const page = await at().visit('/contacts');
      await page.getByRole('link', { name: 'Ada Brandt' }).waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('slavia');
      await page.getByRole('link', { name: 'Ada Brandt' }).waitFor({ state: 'detached' });
      expect(await page.getByRole('table', { name: 'Contacts' }).getByRole('link').allInnerTexts()).toEqual([
        'Ivo Novák',
      ]);
      await page.getByRole('row', { name: 'Ivo Novák' }).click();
      await page.getByRole('tab', { name: 'Timeline' }).click();
      await page.getByRole('row', { name: 'Job title Violinist Concertmaster' }).waitFor();

      await page.getByRole('button', { name: 'Restore this version (1)' }).click();
      const dialog = page.getByRole('dialog', { name: 'Restore version 1?' });
      await dialog.getByText('Violinist').waitFor();
      await dialog.getByRole('button', { name: 'Restore' }).click();
      await page.getByText('Version 1 is now version 3').waitFor();
      await page.getByRole('row', { name: 'Job title Concertmaster Violinist' }).waitFor();
      await at().agreed(id, { job_title: 'Violinist' });
    });

    it('is shown hostile text as text', async () => {
      const { clients, watch } = at().stage;
      const name = `<img src=x onerror="alert(1)">\u202etxet esrever`;
      const title = `"><script src="http://elsewhere.example/x.js"></script>`;
      const person = {
        canonical_name: name,
        job_title: title,
        organization: '<svg onload=alert(2)>',
        linkedin_url: 'https://elsewhere.example/<script>alert(3)</script>',
        llm_context: {
          how_met: '</script><iframe src="javascript:alert(4)">',
          '<b onclick=alert(5)>': '{{constructor}}',
        },
      };
      await clients.local.insert([person]);
      await watch.quiet(COUNT + 1, () => {});
      const page = await at().visit('/contacts?q=onerror');
      await page.getByRole('link', { name: '<img src=x onerror' }).click();
      await page.getByRole('heading', { level: 1, name: '<img src=x' }).waitFor();
      expect(await page.getByRole('heading', { level: 1 }).locator('bdi').textContent()).toBe(name);
      await page.getByText(title).waitFor();
      await page.getByText('<svg onload=alert(2)>').waitFor();
      await page.getByRole('tab', { name: 'Timeline' }).click();
      await page.getByRole('row', { name: `Job title nothing ${title}` }).waitFor();
      expect(await page.locator('main :is(img, script, iframe, [onload], [onclick], [onerror])').count()).toBe(0);
      // Nobody loads anything for it either: what pages ask for and complain of is heard after each test.
      await page.waitForLoadState('load');
    });
  });
