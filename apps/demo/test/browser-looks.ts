/** How a page is looked at: what is asked of it stands as text, since it is the browser's language and not this program's. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Everything of WCAG 2.1, levels A and AA, that a machine can find. */
export const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
/** Those of them that another colour scheme can break. */
export const COLOURS = ['color-contrast', 'link-in-text-block'];

const DRAWN = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null))))';

/** What a screen reader, or somebody who sees less, would stumble over. */
export async function barriers(page: Page, rules: readonly string[] = RULES): Promise<readonly string[]> {
  // Evaluated by the debugger, which the page's policy does not concern.
  if (!(await page.evaluate<boolean>(`'axe' in globalThis`))) await page.evaluate(`${AXE};undefined`);
  // What has just changed its size is drawn first.
  await page.evaluate(DRAWN);
  const options = JSON.stringify({ runOnly: rules, resultTypes: ['violations'] });
  const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${options})`);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
  );
}

/** How many things one can do something with, and which of them Tab never comes to. */
export async function reached(page: Page): Promise<{ readonly wanted: number; readonly left: readonly string[] }> {
  const wanted = await page.evaluate<string[]>(`(() => {
    const CONTROLS = 'a[href], button, input, select, textarea, [tabindex="0"]';
    const calledOf = (one) => one.getAttribute('aria-label') ?? one.getAttribute('href') ?? one.textContent;
    // How long ago something was is another time by the time that Tab comes to it.
    globalThis.nameOf = (one) => one.name && one.type === 'radio' ? 'radio ' + one.name
      : one.tagName + ' ' + calledOf(one).replace(/\\d+ \\w+ ago|\\bnow\\b/g, '');
    return [...document.querySelectorAll(CONTROLS)]
      .filter((one) => one.checkVisibility() && !one.disabled && one.tabIndex >= 0 && !one.closest('[inert]'))
      .map(nameOf);
  })()`);
  const left = new Set(wanted);
  // A field for a time has several places to stop at.
  for (let presses = 0; left.size > 0 && presses < 2 * wanted.length + 20; presses++) {
    await page.keyboard.press('Tab');
    left.delete(await page.evaluate<string>('nameOf(document.activeElement)'));
  }
  return { wanted: wanted.length, left: [...left].sort() };
}

/** Presses Tab until something that says just this has the focus. */
export async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    if ((await page.evaluate<string>('document.activeElement.textContent')) === name) return;
  }
  throw new Error(`Tab does not come to ${name}`);
}
