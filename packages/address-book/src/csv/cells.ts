import { cutUnescaped } from '../escapes.ts';

/**
 * What a spreadsheet would not keep as it is: a formula, which it would run, and what looks like a number, which it would
 * round or write without its `+` and its zeros. Apostrophes before it, so that what is guarded stays lossless.
 */
const AT_RISK = /^'*(?:[=+\-@\t\r\uff0b\uff0d\uff1d\uff20]|[\d.,:/() -]+$|\d+e\d+$)/i;

/** Ids as long as these survive: a spreadsheet keeps fifteen digits. */
const PLAIN_ID = /^\d{1,15}$/;

/** A cell as a spreadsheet leaves it alone: with an apostrophe before it where that is needed, and nowhere else. */
export const guarded = (text: string): string => (AT_RISK.test(text) ? `'${text}` : text);

/** A guarded cell as it was. One that nobody guarded is left as it is: `'t Hooft`. */
export const unguarded = (cell: string): string =>
  cell.startsWith("'") && AT_RISK.test(cell.slice(1)) ? cell.slice(1) : cell;

/** @param id the decimal form of an INT64 */
export const guardedId = (id: string): string => (PLAIN_ID.test(id) ? id : `'${id}`);

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  [';', '\\;'],
]);
const ESCAPED: ReadonlyMap<string, string> = new Map([...ESCAPES].map(([sign, written]) => [written, sign]));

/** A list in one cell: an item in a line, as people read and edit it. */
export const joined = (items: readonly string[]): string =>
  items.map((item) => item.replace(/[\\\n\r;]/g, (sign) => ESCAPES.get(sign) ?? sign)).join('\n');

/** The items of a cell: in lines of their own, or with `;` between them as people write lists by hand. */
export const split = (cell: string): readonly string[] =>
  cutUnescaped(cell, '\n\r;')
    .filter((item) => item.trim() !== '')
    .map((item) => item.replaceAll(/\\[\\nr;]/g, (written) => ESCAPED.get(written) ?? written));
