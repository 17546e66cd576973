import { contactOf, MAX_CONTENT_BYTES, timestamp } from '@contact-sync/contact';
import { contents, largeContent, normal } from '@contact-sync/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentsOf, ID, leftOutOf, read, reasonsOf, write } from './books.ts';

/** What cells, cards and spreadsheets trip over, in any order. */
const awkward = fc
  .array(
    fc.constantFrom(
      ...[
        '=',
        '+',
        '-',
        '@',
        '\uff1d',
        '\t',
        '\r',
        '\n',
        '\r\n',
        "'",
        '"',
        ',',
        ';',
        ':',
        '\\',
        '\\n',
        '\\;',
        ' ',
        '|',
      ],
      ...[
        '\u0001',
        '\u007f',
        '\u0085',
        '\u2028',
        '\ufeff',
        '\ufffd',
        'tel:',
        'mailto:',
        'END:VCARD',
        '007',
        '1e5',
        'x',
      ],
    ),
    { maxLength: 6 },
  )
  .map((signs) => signs.join(''));

const awkwardContents = fc
  .record({ name: awkward, given: awkward, family: awkward, list: fc.array(awkward, { maxLength: 3 }), text: awkward })
  .map(({ name, given, family, list, text }) =>
    normal({
      canonical_name: `${name} x`,
      given_name: given,
      family_name: family,
      emails: list,
      phones: list,
      organization: text,
      job_title: name,
      linkedin_url: text,
      category_code: 'B',
      subcategory_code: `B${text.slice(0, 5)}`,
      llm_context: { how_met: text, [`own ${text.trim()}`]: { deep: list } },
    }),
  );

describe.each(['csv', 'vcard'] as const)('in %s', (format) => {
  test('every content comes back as it was written, under its id', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(contents, awkwardContents), { maxLength: 5 }), async (written) => {
        const book = await write(
          written.map((content) => ({ contact_id: ID, content })),
          format,
        );
        const entries = await read(book, format, {}, 50);
        expect(contentsOf(entries)).toEqual(written);
        expect(entries.slice(0, -1).every((entry) => entry.kind === 'contact' && entry.contact_id === ID)).toBe(true);
        expect(leftOutOf(entries)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test('the largest contents come back, whatever has to be escaped in them', async () => {
    const half = MAX_CONTENT_BYTES / 2 - 1_000;
    const largest = [
      largeContent('Ada'),
      ...[',', '\r'].map((sign) => {
        const email = `x${sign.repeat(318)}x`;
        const count = Math.floor((half * 2) / (Buffer.byteLength(JSON.stringify(email)) + 5));
        return normal({
          canonical_name: 'Ada',
          emails: Array.from({ length: Math.min(500, count) }, (_, index) => `${index}${email.slice(0, 310)}\u0001x`),
          llm_context: { numbers: [1, 2, 3] },
        });
      }),
    ];
    const entries = await read(
      await write(
        largest.map((content) => ({ contact_id: ID, content })),
        format,
      ),
      format,
    );
    expect(reasonsOf(entries)).toEqual([]);
    expect(contentsOf(entries)).toEqual(largest);
  });

  test('a whole contact is written as its id and content', async () => {
    const content = normal({ canonical_name: 'Ada' });
    const contact = contactOf({
      contact_id: ID,
      content,
      version: 3,
      last_updated: timestamp('2026-01-01T00:00:00Z'),
      last_updated_by: 'ada',
    });
    expect(await write([contact], format)).toBe(await write([{ contact_id: ID, content }], format));
  });
});
