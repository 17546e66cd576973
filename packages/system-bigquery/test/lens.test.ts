import { CONTENT_FIELDS, type Content, parseContent } from '@contact-sync/contact';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBigQuery } from '../src/index.ts';

const { lens } = createBigQuery({ project: 'p', dataset: 'crm', emulatorHost: 'http://127.0.0.1:1' });

const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((given) => !given.includes('\0'));
const contents: fc.Arbitrary<Content> = fc
  .record(
    {
      canonical_name: text.map((name) => `N${name}`),
      given_name: text,
      emails: fc.array(text, { maxLength: 4 }),
      phones: fc.array(text, { maxLength: 4 }),
      organization: text,
      category_code: fc.constantFrom('A', 'B', 'X'),
      llm_context: fc.dictionary(
        text.map((key) => `k${key}`),
        fc.jsonValue({ maxDepth: 3 }),
        { maxKeys: 4 },
      ),
    },
    { requiredKeys: ['canonical_name'] },
  )
  .map((given) => parseContent(given))
  .filter((parsed) => parsed.ok)
  .map((parsed) => parsed.content);

test('what was written means the content it was written for, with any base and with none', () => {
  fc.assert(
    fc.property(contents, fc.option(contents), (content, base) => {
      const read = parseContent(lens.fromRecord(lens.toRecord(content), base));
      expect(read).toEqual({ ok: true, content });
      expect(lens.same(lens.toRecord(content), content)).toBe(true);
    }),
  );
});

test('holds every field, so nothing is taken from a base', () => {
  expect([...lens.holds].sort()).toEqual([...CONTENT_FIELDS].sort());
});

test('an edit of one field is that edit, and the rest stays exactly the base', () => {
  const base: Content = { canonical_name: 'Ann', emails: ['a@x.org'], llm_context: { how_met: 'rain' } };
  const fields = { ...lens.toRecord(base), job_title: 'Cook', emails: [] };
  expect(lens.same(fields, base)).toBe(false);
  expect(parseContent(lens.fromRecord(fields, base))).toEqual({
    ok: true,
    content: { canonical_name: 'Ann', job_title: 'Cook', llm_context: { how_met: 'rain' } },
  });
});

test('absent, null and empty are one, and so is the order of keys', () => {
  const base: Content = { canonical_name: 'Ann', llm_context: { how_met: 'rain', current_state: 'well' } };
  const fields = {
    canonical_name: 'Ann',
    given_name: '',
    emails: [],
    llm_context: { current_state: 'well', how_met: 'rain' },
  };
  expect(lens.same(fields, base)).toBe(true);
});
