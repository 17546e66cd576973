import { type Content, canonicalJson, type Json, parseContent } from '@contact-sync/contact';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_MAPPING, lensFor, sqlLens } from '../src/index.ts';

const lens = lensFor({
  ...DEFAULT_MAPPING,
  columns: { ...DEFAULT_MAPPING.columns, emails: { column: 'email', holds: 'first' }, organization: null },
});
const word = fc.string({ unit: 'grapheme', maxLength: 12 });
const contents: fc.Arbitrary<Content> = fc
  .record(
    {
      canonical_name: word.map((name) => `N${name}`),
      given_name: word,
      emails: fc.array(word, { maxLength: 4 }),
      phones: fc.array(word, { maxLength: 4 }),
      organization: word,
      llm_context: fc.dictionary(
        word.map((key) => `k${key}`),
        fc.jsonValue({ maxDepth: 2 }),
      ),
    },
    { requiredKeys: ['canonical_name'] },
  )
  .map((raw) => parseContent(raw))
  .filter((parsed) => parsed.ok)
  .map(({ content }) => content);
const json = (value: unknown) => canonicalJson(value as Json);
const base: Content = { canonical_name: 'Ada Lovelace', emails: ['a@x.org', 'b@x.org'], organization: 'Analytical' };

describe('a table that holds less than a contact', () => {
  it('maps back to exactly the contact when nobody edited it', () => {
    fc.assert(
      fc.property(contents, (content) => {
        expect(json(lens.fromRecord(lens.toRecord(content), content))).toBe(json(content));
      }),
    );
  });

  it('takes from the base whatever it has no column for', () => {
    fc.assert(
      fc.property(contents, contents, (record, other) => {
        const read = parseContent(lens.fromRecord(lens.toRecord(record), other));
        expect(read.ok && read.content.organization).toBe(other.organization);
        expect(lens.toRecord(record)).not.toHaveProperty('organization');
      }),
    );
  });

  it('keeps the other addresses when the one it shows is changed', () => {
    const fields = { ...lens.toRecord(base), emails: 'new@x.org' };
    expect(lens.fromRecord(fields, base)).toMatchObject({ emails: ['new@x.org', 'b@x.org'] });
    expect(lens.fromRecord({ ...fields, emails: 'b@x.org' }, base)).toMatchObject({ emails: ['b@x.org'] });
  });

  it('lets the next address move up when the one it shows is emptied', () => {
    const emptied = (emails: string | null) => lens.fromRecord({ ...lens.toRecord(base), emails }, base);
    expect(emptied(null)).toMatchObject({ emails: ['b@x.org'] });
    expect(emptied(' ')).toMatchObject({ emails: ['b@x.org'] });
  });

  it('has the first address alone where no version is known', () => {
    expect(parseContent(lens.fromRecord({ canonical_name: 'Eve', emails: 'e@x.org' }, null))).toEqual({
      ok: true,
      content: { canonical_name: 'Eve', emails: ['e@x.org'] },
    });
  });
});

describe('a row with the parts of a name only', () => {
  it('is called by these', () => {
    const fields = { canonical_name: ' ', given_name: 'Ada', family_name: 'Lovelace' };
    expect(sqlLens.fromRecord(fields, null)).toMatchObject({ canonical_name: 'Ada Lovelace' });
    expect(sqlLens.fromRecord({ canonical_name: null, family_name: 'Lovelace' }, null)).toMatchObject({
      canonical_name: 'Lovelace',
    });
  });

  it('has no name where these are missing or no text', () => {
    expect(parseContent(sqlLens.fromRecord({ canonical_name: null, given_name: [1] }, null))).toMatchObject({
      ok: false,
    });
  });
});
