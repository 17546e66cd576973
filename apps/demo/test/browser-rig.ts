/** What browser tests share: the stage with people on it, one Chromium, and an ear for everything that pages should not do. */
import { SYSTEMS } from '@contact-sync/sync';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect, vi } from 'vitest';
import { equalIn, readBack } from '../src/audit.ts';
import { type Chromium, launchChromium } from '../src/chromium.ts';
import { settle } from '../src/console-people.ts';
import { type ConsoleStage, openConsoleStage } from '../src/console-stage.ts';

/** Who is logged in. */
export const OPERATOR = 'Ann Operator';

/** How a page is looked at. */
export interface Look extends BrowserContextOptions {
  /** As somebody who has not logged in. */
  readonly stranger?: boolean;
  /** What the browser may complain of, because the test is about it. */
  readonly expects?: RegExp;
}

/** Where the tests are. */
export interface Room {
  readonly stage: ConsoleStage;
  /** A contact's id by its name. */
  id(name: string): string;
  /** Opens a page in a window of its own, logged in unless it says otherwise. */
  visit(path: string, look?: Look): Promise<Page>;
  /** Waits until all four systems say the same of a contact, and this. */
  agreed(id: string, says: object): Promise<void>;
  /** Closes all windows. @returns what pages did meanwhile that they should not: there should be nothing */
  tidy(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Longer than anything takes on a busy machine. */
const PATIENCE_MS = 20_000;

/** Opens the stage, settles the people, and logs in. */
export async function openRoom(found: Chromium): Promise<Room> {
  await using opened = new AsyncDisposableStack();
  const stage = await openConsoleStage();
  opened.defer(() => stage.close());
  const browser = await launchChromium(found);
  opened.defer(() => browser.close());
  const [id, storageState] = await Promise.all([settle(stage), loggedIn(browser, stage)]);
  let noise: string[] = [];
  const all = opened.move();
  return {
    stage,
    id,
    async visit(path, { stranger = false, expects, ...look } = {}) {
      const context = await browser.newContext({
        viewport: { width: 1280, height: 800 },
        reducedMotion: 'reduce',
        ...(!stranger && { storageState }),
        ...look,
      });
      context.setDefaultTimeout(PATIENCE_MS);
      const page = await context.newPage();
      listen(page, stage.url, (what) => {
        if (!expects?.test(what)) noise.push(what);
      });
      await page.goto(stage.url + path);
      return page;
    },
    agreed: (id, says) =>
      vi.waitFor(
        async () => {
          const shown = await readBack(stage.clients);
          expect(SYSTEMS.filter((system) => !equalIn(shown, system, id))).toEqual([]);
          expect(shown.bigquery.get(id)).toMatchObject(says);
        },
        { timeout: PATIENCE_MS, interval: 100 },
      ),
    async tidy() {
      await Promise.all(browser.contexts().map((context) => context.close()));
      const heard = noise;
      noise = [];
      return heard;
    },
    close: () => all.disposeAsync(),
  };
}

async function loggedIn(browser: Browser, { url, token }: ConsoleStage) {
  const context = await browser.newContext();
  const answer = await context.request.post(`${url}/api/session`, { data: { token, operator: OPERATOR } });
  expect(answer.status()).toBe(200);
  const state = await context.storageState();
  await context.close();
  return state;
}

/** Errors, dialogs, and whatever is asked of anybody but the server. A breach of the page's policy is an error too. */
function listen(page: Page, url: string, tell: (what: string) => void): void {
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') tell(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => tell(`uncaught: ${error.message}`));
  page.on('dialog', (dialog) => {
    tell(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(`${url}/`) && !request.url().startsWith('data:')) tell(`asks ${request.url()}`);
  });
}
