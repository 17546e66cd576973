/** `npm run screenshots`: every page of the console, with made-up people, as pictures in `docs/screenshots`. */
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { SYSTEMS } from './audit.ts';
import { findChromium, launchChromium } from './chromium.ts';
import { settle } from './console-people.ts';
import { openConsoleStage } from './console-stage.ts';
import { happen } from './console-story.ts';

const FOLDER = fileURLToPath(new URL('../../../docs/screenshots/', import.meta.url));
const WINDOW = { viewport: { width: 1280, height: 800 }, locale: 'en-GB', timezoneId: 'UTC' } as const;
const PHONE = { ...WINDOW, viewport: { width: 390, height: 844 } } as const;

/** Down to the charts. */
const TALL = { ...WINDOW, viewport: { width: 1280, height: 1185 } } as const;

await using opened = new AsyncDisposableStack();
const browser = await launchChromium(await findChromium());
opened.defer(() => browser.close());
// Nobody waits half a minute for a picture.
const stage = await openConsoleStage({ ALERT_AFTER_MS: '0' });
opened.defer(() => stage.close());
const told = await happen(stage, await settle(stage));
for (const system of SYSTEMS) await stage.hub.desk.drift(system);
await stage.hub.alerting.round();
await mkdir(FOLDER, { recursive: true });

const login = await (await browser.newContext({ ...WINDOW, viewport: { width: 1280, height: 480 } })).newPage();
await login.goto(stage.url);
await take(login, 'login', 'Your name');
const data = { token: stage.token, operator: 'Ann Vogel' };
const answer = await login.request.post(`${stage.url}/api/session`, { data });
if (!answer.ok()) throw new Error(`the login answered ${answer.status()}`);
const storageState = await login.context().storageState();

const light = await enter(browser, WINDOW);
for (const [name, path, shows] of [
  ['contacts', '/contacts', 'Ada Brandt'],
  ['contact', `/contacts/${told.contact}`, 'Context for models'],
  ['timeline', `/contacts/${told.contact}?tab=timeline&kind=version,conflict,action`, 'Restore this version'],
  ['conflicts', '/conflicts', 'Candidates'],
  ['conflict', `/conflicts/${told.conflict}`, 'to be decided'],
  ['dead-letters', '/dead-letters', 'Attempts'],
  ['dead-letter', `/dead-letters/${told.letter}`, 'What was tried'],
  ['activity', '/activity', 'Came to'],
  ['health', '/health', 'p95'],
  ['alerts', '/alerts', 'Acknowledge'],
  ['schedules', '/schedules', 'Run now'],
  ['api', '/api/docs', 'Search contacts'],
  ['queues', '/queues', 'propagate-twenty-dead'],
] as const) {
  await light.goto(stage.url + path);
  // What was decided already, as it looks half way through.
  if (name === 'conflict') await light.getByRole('radio', { name: 'Job title: take incoming' }).check();
  await take(light, name, shows);
}
for (const [name, look] of [
  ['overview', TALL],
  ['overview-dark', { ...WINDOW, colorScheme: 'dark' }],
  ['overview-phone', PHONE],
] as const) {
  const page = await enter(browser, look);
  await page.goto(stage.url);
  await take(page, name, 'Deliveries per minute');
}

async function enter(browser: Browser, look: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ ...look, storageState, reducedMotion: 'reduce' });
  return context.newPage();
}

/** Once this text is there, in its own font. */
async function take(page: Page, name: string, shows: string): Promise<void> {
  await page.getByText(shows).first().waitFor();
  await page.evaluate('document.fonts.ready.then(() => null)');
  const path = join(FOLDER, `${name}.png`);
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
  console.log(`${path}  ${Math.ceil((await stat(path)).size / 1024)} KB`);
}
