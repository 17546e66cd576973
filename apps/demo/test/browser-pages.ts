/** Every page as everybody meets it: in light and dark, on a phone, without a mouse, with a screen reader. */
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { beStrict, editSupabase, letterOf, tie } from '../src/console-people.ts';
import { barriers, COLOURS, RULES, reached } from './browser-looks.ts';
import type { Room } from './browser-rig.ts';

export const describePages = (at: () => Room) =>
  describe('every page', () => {
    let pages: readonly (readonly [path: string, shows: string | RegExp])[] = [];
    beforeAll(async () => {
      const { stage } = at();
      const id = at().id('Rosa Conti');
      const there = { job_title: 'Prompter', organization: 'Teatro Verdi' };
      const conflict = await tie(stage, id, { job_title: 'Director', organization: 'Opera' }, there);
      await beStrict(stage);
      await editSupabase(stage, at().id('Pavel Dvořák'), {
        job_title: 'Glassblower and teacher of glassblowers in winter',
      });
      const letter = await letterOf(stage, at().id('Pavel Dvořák'));
      pages = [
        ['/', 'Latest deliveries'],
        ['/contacts', 'Ada Brandt'],
        [`/contacts/${id}`, 'Decide now'],
        [`/contacts/${at().id('Viktor Krause')}`, 'none of this is told to any model'],
        [`/contacts/${id}?tab=timeline`, 'This is where it begins'],
        ['/conflicts', 'Candidates'],
        [`/conflicts/${conflict}`, '2 to be decided'],
        [`/conflicts/${conflict}?by=hand`, 'All of it, as JSON'],
        ['/dead-letters', /Replay all matching \([1-9]/],
        [`/dead-letters/${letter}`, 'What was tried'],
        ['/health', 'Done a minute'],
        ['/alerts', 'What to do:'],
        ['/schedules', 'Look for drift in BigQuery'],
        ['/activity', /Came to|Nobody did anything/],
        ['/no/such/page', 'There is nothing at'],
      ];
    });

    /** Shows the next page: as a link would, unless it is to be loaded anew. */
    const shown = async (page: Page, [path, shows]: (typeof pages)[number], anew = false) => {
      const to = JSON.stringify(path);
      if (anew) await page.goto(at().stage.url + path);
      else
        await page.evaluate(`history.pushState(null, '', ${to}); dispatchEvent(new PopStateEvent('popstate')); null`);
      await page.getByText(shows).first().waitFor();
      await page.getByRole('status', { name: 'Connection: Live' }).waitFor();
    };

    it('has no barriers that a machine can find: in light, in dark, and on a phone, where nothing hangs over', async () => {
      const found: unknown[] = [];
      const seen = async (as: string, path: string, page: Page, rules = RULES) =>
        void found.push(...(await barriers(page, rules)).map((what) => [as, path, what]));
      const [light, dark] = await Promise.all([at().visit('/'), at().visit('/', { colorScheme: 'dark' })]);
      for (const one of pages) {
        const [path] = one;
        await Promise.all([
          shown(dark, one).then(() => seen('dark', path, dark, COLOURS)),
          shown(light, one).then(() => seen('light', path, light)),
        ]);
        await light.setViewportSize({ width: 360, height: 740 });
        await seen('phone', path, light);
        const over = await light.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
        if (over > 0) found.push(['phone', path, `${over} pixels too wide`]);
        await light.setViewportSize({ width: 1280, height: 800 });
      }
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await at().visit('/login', { stranger: true, colorScheme });
        await page.getByLabel('Your name').waitFor();
        await seen(colorScheme, '/login', page);
      }
      expect(found).toEqual([]);
    }, 90_000);

    it('can be used without a mouse: Tab comes to everything that does something', async () => {
      const page = await at().visit('/');
      for (const one of pages) {
        await shown(page, one, true);
        const { wanted, left } = await reached(page);
        expect(wanted).toBeGreaterThan(5);
        expect([one[0], left]).toEqual([one[0], []]);
      }
    });

    it('of the API and of the queues is shown to whoever is logged in', async () => {
      const docs = await at().visit('/api/docs');
      await docs.getByText('Search contacts').waitFor();
      expect(await docs.locator('.opblock').count()).toBeGreaterThanOrEqual(29);
      // Its page asks for a font of others, and the policy keeps it from that.
      const queues = await at().visit('/queues', { expects: /fonts\.googleapis\.com/ });
      for (const name of ['ingest', 'propagate-twenty', 'propagate-twenty-dead', 'conflicts'])
        await queues.getByText(name, { exact: true }).first().waitFor();
    });

    it('says that the server went away, and goes on when it is back', async () => {
      const page = await at().visit('/', { expects: /Failed to load resource/ });
      await page.clock.install();
      await page.reload();
      const connection = (state: string) => page.getByRole('status', { name: `Connection: ${state}` });
      await connection('Live').waitFor();
      await at().stage.shut();
      try {
        await page.getByRole('alert').getByText('The server does not answer.').waitFor();
        await connection('Reconnecting').waitFor();
        await page.clock.fastForward(35_000);
        await connection('Stale since').waitFor();
        await page.getByText('this is how things were').waitFor();
      } finally {
        await at().stage.open();
      }
      await connection('Live').waitFor();
      await page.getByRole('alert').waitFor({ state: 'detached' });
    });
  });
