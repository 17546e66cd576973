/** Who is let in. */
import { ROUTES, type Route } from '@contact-sync/api';
import { describe, expect, it } from 'vitest';
import type { Room } from './browser-rig.ts';

export const describeLogin = (at: () => Room) =>
  describe('somebody without the token', () => {
    it('gets nothing out of any route', async () => {
      const closed = Object.values<Route>(ROUTES).filter(({ open }) => !open);
      const asked = closed.map(({ method, path }) => [method, `/api${path.replaceAll(/\{\w+\}/g, '1')}`] as const);
      const others = ['/api/events', '/api/docs', '/api/openapi.json', '/queues'].map((path) => ['get', path] as const);
      for (const [method, path] of [...asked, ...others]) {
        const { status } = await fetch(at().stage.url + path, { method: method.toUpperCase() });
        expect([method, path, status]).toEqual([method, path, 401]);
      }
    });

    it('sees the login in place of data, and with the token what they had asked for, until they log out', async () => {
      const page = await at().visit('/contacts?q=Slavia', { stranger: true, expects: /status of 401/ });
      const body = page.locator('body');
      await page.getByRole('heading', { name: 'Log in' }).waitFor();
      expect(await body.innerText()).not.toContain('Novák');

      await page.getByLabel('Your name').fill('Bob');
      const token = page.getByRole('textbox', { name: 'Token' });
      await token.fill('a guess');
      await page.getByRole('button', { name: 'Log in' }).click();
      expect(await page.getByRole('alert').innerText()).toContain('the token is missing or wrong');
      expect(await body.innerText()).not.toContain('Novák');

      await token.fill(at().stage.token);
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByRole('link', { name: 'Ivo Novák' }).waitFor();
      expect(page.url()).toBe(`${at().stage.url}/contacts?q=Slavia`);

      await page.getByRole('button', { name: 'Logged in as Bob' }).click();
      await page.getByRole('menuitem', { name: 'Log out' }).click();
      await page.getByRole('heading', { name: 'Log in' }).waitFor();
      expect(await body.innerText()).not.toContain('Novák');
    });
  });
