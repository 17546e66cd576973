import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Content, contentHash, MAX_CONTENT_BYTES, type Problem, parseContent } from '../src/index.ts';
import { rawContent } from './arbitrary.ts';

const valid = (input: unknown): Content => {
  const result = parseContent(input);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.content;
};
const problems = (input: unknown): readonly Pick<Problem, 'code' | 'field'>[] => {
  const result = parseContent(input);
  return result.ok ? [] : result.problems.map(({ code, field }) => ({ code, field }));
};

describe('normal form', () => {
  it('is the same again when applied to itself', () => {
    fc.assert(
      fc.property(rawContent, (raw) => {
        const once = valid(raw);
        expect(valid(once)).toEqual(once);
        expect(contentHash(valid(once))).toBe(contentHash(once));
      }),
    );
  });

  it('is what survives a way through JSON', () => {
    fc.assert(
      fc.property(rawContent, (raw) => {
        const content = valid(raw);
        expect(valid(JSON.parse(JSON.stringify(content)))).toEqual(content);
      }),
    );
  });

  it.each([
    ['composed and decomposed letters', { canonical_name: 'Zoë' }, { canonical_name: 'Zoe\u0308' }],
    ['blanks around text', { canonical_name: 'Ada' }, { canonical_name: '  Ada\n' }],
    [
      'missing, null, empty text and empty lists',
      { canonical_name: 'Ada' },
      { canonical_name: 'Ada', given_name: null, organization: '', emails: [], llm_context: {} },
    ],
    [
      'key order',
      { canonical_name: 'A', llm_context: { how_met: 'x', current_state: 'y' } },
      { llm_context: { current_state: 'y', how_met: 'x' }, canonical_name: 'A' },
    ],
    [
      'spellings of a phone',
      { canonical_name: 'A', phones: ['+14155552671'] },
      { canonical_name: 'A', phones: ['+1 (415) 555-2671'] },
    ],
    [
      'repeated emails',
      { canonical_name: 'A', emails: ['a@b.co'] },
      { canonical_name: 'A', emails: ['a@b.co', ' a@b.co'] },
    ],
    [
      'number forms',
      { canonical_name: 'A', llm_context: { x: 1000, y: 0 } },
      { canonical_name: 'A', llm_context: { x: 1e3, y: -0 } },
    ],
    ['lone surrogates', { canonical_name: 'A\ufffd' }, { canonical_name: 'A\ud800' }],
  ])('spells %s in one way', (_, one, other) => {
    expect(contentHash(valid(one))).toBe(contentHash(valid(other)));
  });

  it('keeps keys of llm_context that it does not know, and drops foreign fields of the contact', () => {
    expect(valid({ canonical_name: 'Ada', llm_context: { pets: ['cat'] }, row_colour: 'red' })).toEqual({
      canonical_name: 'Ada',
      llm_context: { pets: ['cat'] },
    });
  });
});

describe('validation', () => {
  it('names every problem at once, by code and field', () => {
    const found = problems({
      canonical_name: '  ',
      category_code: 'Q',
      emails: 'not a list',
      llm_context: { emotional_depth: 11, key_interests: [1] },
    });
    expect(found).toEqual(
      expect.arrayContaining([
        { code: 'REQUIRED', field: 'canonical_name' },
        { code: 'INVALID_CATEGORY', field: 'category_code' },
        { code: 'WRONG_TYPE', field: 'emails' },
        { code: 'OUT_OF_RANGE', field: 'llm_context.emotional_depth' },
        { code: 'WRONG_TYPE', field: 'llm_context.key_interests.0' },
      ]),
    );
  });

  it.each([
    [
      'a subcategory of another category',
      { canonical_name: 'A', category_code: 'A', subcategory_code: 'B1' },
      'INVALID_SUBCATEGORY',
    ],
    ['a subcategory without a category', { canonical_name: 'A', subcategory_code: 'B1' }, 'INVALID_SUBCATEGORY'],
    ['a NUL character', { canonical_name: 'A\u0000' }, 'INVALID_TEXT'],
    ['a key that objects lose', JSON.parse('{"canonical_name":"A","llm_context":{"__proto__":1}}'), 'INVALID_TEXT'],
    ['a NUL character in a key', { canonical_name: 'A', llm_context: { 'a\u0000': 1 } }, 'INVALID_TEXT'],
    ['text beyond its bound', { canonical_name: 'A'.repeat(1001) }, 'TOO_LARGE'],
    [
      'a contact beyond its bound',
      { canonical_name: 'A', llm_context: { a: 'x'.repeat(MAX_CONTENT_BYTES) } },
      'TOO_LARGE',
    ],
    [
      'more entries than anybody counts, though they be empty',
      { canonical_name: 'A', llm_context: { a: Array(200_000).fill(null), b: 1 } },
      'TOO_LARGE',
    ],
    ['something that is no object', 'Ada', 'WRONG_TYPE'],
    ['a function among the values', { canonical_name: () => 'Ada' }, 'WRONG_TYPE'],
  ])('refuses %s', (_, input, code) => {
    expect(problems(input).map((problem) => problem.code)).toContain(code);
  });

  it('refuses nesting without end instead of overflowing', () => {
    let deep: unknown = 'x';
    for (let level = 0; level < 10_000; level++) deep = [deep];
    expect(problems({ canonical_name: 'A', llm_context: { deep } })[0]?.code).toBe('TOO_LARGE');
  });

  it('refuses what has a length that is no number', () => {
    const monster = { length: Object.assign(Object.create(null), { k: 1 }) };
    const input = {
      canonical_name: monster,
      organization: monster,
      emails: monster,
      llm_context: { strengths: monster },
    };
    const result = parseContent(input);
    expect(result.ok ? [] : result.problems.map(({ code, field }) => [code, field])).toEqual([
      ['WRONG_TYPE', 'canonical_name'],
      ['WRONG_TYPE', 'emails'],
      ['WRONG_TYPE', 'organization'],
      ['WRONG_TYPE', 'llm_context.strengths'],
    ]);
  });

  it('never shows the value it complains about', () => {
    const secret = 'sesame-open-17';
    const result = parseContent({
      canonical_name: 'A',
      category_code: secret,
      emails: secret,
      llm_context: { how_met: [secret] },
    });
    expect(result.ok).toBe(false);
    expect(JSON.stringify(result)).not.toContain(secret);
  });
});
