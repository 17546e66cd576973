import { parseContent } from '@contact-sync/contact';
import {
  ABSURD_DATES,
  ABSURD_VERSIONS,
  CANARY,
  contents,
  HOSTILE_JSON_TEXTS,
  HOSTILE_KEYS,
  HOSTILE_TEXTS,
  hostileJsonText,
  hostileText,
  nestedText,
  worked,
} from '@contact-sync/testkit';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Entry, type Format, readAddressBook } from '../src/index.ts';
import { contentsOf, ID, read, refusalsOf, summaryOf, write } from './books.ts';

const OWN = [
  'contact_id',
  'canonical_name',
  'emails',
  'phones',
  'category_code',
  'llm_context',
  '__proto__',
  'constructor',
];
const FOREIGN = ['Name', 'E-mail 1 - Value', 'Mobile Phone', 'Birthday', 'toString', 'Website 1 - Value'];
const PROPERTIES = [
  'FN',
  'N',
  'EMAIL',
  'TEL',
  'ORG',
  'URL',
  'BDAY',
  'VERSION',
  'KIND',
  'NOTE',
  '__proto__',
  'constructor',
];
const OWN_PROPERTIES = ['ID', 'CATEGORY', 'LLM', 'EXACT'].map((name) => `X-CONTACT-SYNC-${name}`);

const hostile = fc.oneof(
  hostileText,
  hostileJsonText,
  fc.constantFrom(...HOSTILE_TEXTS, ...HOSTILE_JSON_TEXTS, ...HOSTILE_KEYS, ...ABSURD_DATES, ...ABSURD_VERSIONS),
);

const csvBook = fc
  .tuple(fc.constantFrom(OWN, FOREIGN), fc.array(fc.array(hostile, { maxLength: 8 }), { maxLength: 5 }))
  .map(([header, rows]) => stringify([header, ...rows.map((row) => row.map((cell) => cell || 'Ada'))]));

const property = fc
  .tuple(
    fc.constantFrom(...PROPERTIES, ...OWN_PROPERTIES),
    fc.constantFrom(
      '',
      ';',
      ';TYPE',
      ';TYPE=pref,x',
      ';ENCODING=QUOTED-PRINTABLE',
      ';ENCODING=b',
      ';CHARSET=x',
      ';__proto__=1',
      ';a="',
    ),
    hostile,
  )
  .map(([name, params, value]) => `${name}${params}:${value}`);

const vcardBook = fc
  .array(fc.array(property, { maxLength: 8 }), { maxLength: 4 })
  .map((cards) => cards.map((lines) => ['BEGIN:VCARD', 'FN:Ada', ...lines, 'END:VCARD', ''].join('\r\n')).join(''));

/** Bytes of a book, some of them exchanged, so that they need be no text any more. */
const spoilt = (book: fc.Arbitrary<string>): fc.Arbitrary<Buffer> =>
  fc
    .tuple(
      book,
      fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 10, 13, 32, 34, 44, 58, 59, 61, 92, 0xc3, 0xff)), {
        maxLength: 4,
      }),
    )
    .map(([text, changes]) => {
      const bytes = Buffer.from(text);
      for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
      return bytes;
    });

/** Every promise that holds for any file at all. */
function expectSound(entries: readonly Entry[]): void {
  const { contacts, refused } = summaryOf(entries);
  expect([contentsOf(entries).length, refusalsOf(entries).length]).toEqual([contacts, refused]);
  expect(entries.filter(({ kind }) => kind === 'summary')).toHaveLength(1);
  for (const content of contentsOf(entries)) expect(parseContent(content)).toEqual({ ok: true, content });
  expect(JSON.stringify(refusalsOf(entries))).not.toContain(CANARY);
  expect(Object.keys(Object.prototype)).toEqual([]);
}

describe.each([
  ['csv', csvBook],
  ['vcard', vcardBook],
] as const)('%s of any kind', (format, book) => {
  test('is read to its end: every contact valid, every refusal without the data that it is about', async () => {
    await fc.assert(
      fc.asyncProperty(spoilt(book), fc.constantFrom(7, 1_000, 1_000_000), async (bytes, size) => {
        expectSound(await read(bytes, format, {}, size));
      }),
      { numRuns: 80 },
    );
  });

  test('that is cut off anywhere holds no contact that was not written, and none in half', async () => {
    await fc.assert(
      fc.asyncProperty(contents, contents, fc.double({ min: 0, max: 1, noNaN: true }), async (one, other, part) => {
        const written = await write(
          [one, other].map((content) => ({ contact_id: ID, content })),
          format,
        );
        const bytes = Buffer.from(written);
        const entries = await read(bytes.subarray(0, Math.floor(bytes.length * part)), format);
        expect([one, other].slice(0, contentsOf(entries).length)).toEqual(contentsOf(entries));
        for (const entry of entries) if (entry.kind === 'contact') expect(entry.contact_id).toBe(ID);
      }),
      { numRuns: 80 },
    );
  });
});

test('llm_context may be as deep or as odd as JSON can be: it is refused, or what it says', async () => {
  const texts = [...HOSTILE_JSON_TEXTS, nestedText(200_000), nestedText(100_000, 'object')];
  for (const text of texts) {
    const csv = stringify([
      ['name', 'llm_context'],
      ['Ada', text],
    ]);
    const vcard = `BEGIN:VCARD\r\nFN:Ada\r\nX-CONTACT-SYNC-LLM:${text}\r\nX-CONTACT-SYNC-EXACT:${text}\r\nEND:VCARD\r\n`;
    expectSound(await read(csv, 'csv'));
    expectSound(await read(vcard, 'vcard'));
  }
});

test('bytes alone are read: text is a mistake of the program, an unknown encoding too', async () => {
  // @ts-expect-error: text is no bytes
  await expect(Array.fromAsync(readAddressBook(['name\n'], 'csv'))).rejects.toThrow(TypeError);
  expect(() => readAddressBook([], 'csv', { encoding: 'klingon' })).toThrow(RangeError);
});

const MB = 1_000_000;
const times = (text: string, bytes: number) => text.repeat(Math.ceil(bytes / text.length));
const inCard = (text: string) => `BEGIN:VCARD\nFN:Ada\n${text}\nEND:VCARD\n`;

/** Each of what a careless reader takes the square of. */
const LARGE: readonly (readonly [string, Format, string])[] = [
  ['a field of 10 MB', 'csv', `name,note\nAda,"${times('x""\n', 10 * MB)}"\nAda,\n`],
  ['a million columns', 'csv', `name,${times('c,', 2 * MB - 10)}\nAda,\n`],
  ['cells', 'csv', `name\n${times('x,', MB)}\nAda\n`],
  ['quotes', 'csv', `name\n${times('"', 3 * MB)}\nAda\n`],
  ['items', 'csv', `name,emails\nAda,${times('a;', MB)}\nAda,\n`],
  ['beginnings', 'vcard', times('BEGIN:VCARD\n', 2 * MB) + inCard('')],
  ['a line of 10 MB', 'vcard', inCard(`TITLE:${times('x', 10 * MB)}`) + inCard('')],
  ['folds', 'vcard', inCard(`TITLE:${times('\n x', MB)}`) + inCard('')],
  ['parameters', 'vcard', inCard(times(`EMAIL${';a=b'.repeat(1_000)}:x\n`, 2 * MB)) + inCard('')],
  ['properties', 'vcard', inCard(times('TEL:\n', MB)) + inCard('')],
  ['names of properties', 'vcard', inCard(Array.from({ length: 30_000 }, (_, index) => `X-${index}:y`).join('\n'))],
  ['escapes', 'vcard', inCard(`N:${times('\\;', MB)}`) + inCard('')],
];

test.each(LARGE)('%s in %s take no more time than their length', async (_, format, book) => {
  const before = worked();
  let last: Entry | undefined;
  let contacts = 0;
  for await (const entry of readAddressBook([Buffer.from(book)], format)) {
    last = entry;
    if (entry.kind === 'contact') contacts++;
  }
  expect(last?.kind).toBe('summary');
  expect(contacts).toBeGreaterThan(0);
  expect(worked() - before).toBeLessThan(5_000);
});
