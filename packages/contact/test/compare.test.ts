import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Content,
  compareContacts,
  contentFields,
  contentHash,
  contentOfContact,
  inFieldOrder,
  type Json,
  parseContent,
  withFields,
} from '../src/index.ts';
import { contacts, contents } from './arbitrary.ts';

const fields = (a: Content | null, b: Content | null) => compareContacts(a, b).differences.map(({ field }) => field);
const nearby = fc
  .tuple(contents, contents, fc.constantFrom<keyof Content>('organization', 'emails', 'llm_context', 'canonical_name'))
  .map(([a, b, field]): [Content, Content] => [a, { ...a, [field]: b[field] }]);
const pairs = fc.oneof(nearby, fc.tuple(contents, contents));

describe('two contacts', () => {
  it('are equal exactly when their hashes are', () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const { equal, differences } = compareContacts(a, b);
        expect(equal).toBe(contentHash(a) === contentHash(b));
        expect(equal).toBe(differences.length === 0);
      }),
    );
  });

  it('differ as much the other way around', () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const there = compareContacts(a, b).differences;
        const back = compareContacts(b, a).differences.map((one) => ({ field: one.field, a: one.b, b: one.a }));
        expect(back).toEqual(there);
      }),
    );
  });

  it('are equal where only id and sync metadata differ', () => {
    fc.assert(
      fc.property(contacts, contacts, (a, other) => {
        const { contact_id, sync_metadata } = other;
        expect(compareContacts(a, { ...a, contact_id, sync_metadata }).equal).toBe(true);
        expect(compareContacts(a, contentOfContact(a)).equal).toBe(true);
      }),
    );
  });

  it('differ in named fields, each with both values, in the order of the model and own keys last', () => {
    const a: Content = {
      canonical_name: 'Ada',
      emails: ['a@b.co', 'c@d.co'],
      llm_context: { zeal: 1, amber: 1, how_met: 'at work', key_interests: ['chess'], strengths: ['calm'] },
    };
    const b: Content = {
      canonical_name: 'Ada',
      organization: 'Engines',
      emails: ['c@d.co', 'a@b.co'],
      llm_context: { amber: 2, key_interests: ['go'], strengths: ['calm'] },
    };
    expect(compareContacts(a, b)).toEqual({
      equal: false,
      differences: [
        { field: 'emails', a: ['a@b.co', 'c@d.co'], b: ['c@d.co', 'a@b.co'] },
        { field: 'organization', a: undefined, b: 'Engines' },
        { field: 'llm_context.key_interests', a: ['chess'], b: ['go'] },
        { field: 'llm_context.how_met', a: 'at work', b: undefined },
        { field: 'llm_context.amber', a: 1, b: 2 },
        { field: 'llm_context.zeal', a: 1, b: undefined },
      ],
    });
  });

  it.each<[string, Content, Content]>([
    ['blanks', { canonical_name: 'Ada' }, { canonical_name: ' Ada ' }],
    ['letters', { canonical_name: 'Zo\u00eb' }, { canonical_name: 'Zoe\u0308' }],
    ['empties', { canonical_name: 'A' }, { canonical_name: 'A', emails: [], organization: '', llm_context: {} }],
    [
      'phones',
      { canonical_name: 'A', phones: ['+14155552671'] },
      { canonical_name: 'A', phones: ['+1 (415) 555-2671'] },
    ],
    [
      'the order of keys',
      { canonical_name: 'A', llm_context: { own: { a: 1, b: 2 } } },
      { canonical_name: 'A', llm_context: { own: { b: 2, a: 1 } } },
    ],
  ])('are equal whatever the spelling of %s', (_, a, b) => {
    expect(compareContacts(a, b)).toEqual({ equal: true, differences: [] });
  });

  it('differ in every field of the living one, where the other is deleted', () => {
    const living: Content = { canonical_name: 'Ada', phones: ['1'], llm_context: { how_met: 'x', own: 1 } };
    const all = ['canonical_name', 'phones', 'llm_context.how_met', 'llm_context.own'];
    expect(fields(living, null)).toEqual(all);
    expect(fields(null, living)).toEqual(all);
    expect(compareContacts(null, null)).toEqual({ equal: true, differences: [] });
  });

  it('need not be valid', () => {
    // What a record of some system holds, before anybody validated it.
    const invalid = { canonical_name: '', category_code: 'Q', llm_context: 'none' } as unknown as Content;
    expect(compareContacts(invalid, { canonical_name: 'Ada', llm_context: { how_met: 'x' } }).differences).toEqual([
      { field: 'canonical_name', a: undefined, b: 'Ada' },
      { field: 'category_code', a: 'Q', b: undefined },
      { field: 'llm_context', a: 'none', b: undefined },
      { field: 'llm_context.how_met', a: undefined, b: 'x' },
    ]);
  });

  it('are not called equal for want of a normal form', () => {
    const endless: Content = { canonical_name: 'Ada', llm_context: { a: Array(200_000).fill('sesame') } };
    const infinite: Content = { canonical_name: 'Ada', llm_context: { a: Number.POSITIVE_INFINITY } };
    for (const one of [endless, infinite]) {
      expect(() => compareContacts(one, one)).toThrow(TypeError);
      expect(() => compareContacts(null, one)).not.toThrow(/sesame/);
    }
  });
});

describe('the fields of a contact', () => {
  it('make it again, and nothing else', () => {
    fc.assert(
      fc.property(contents, (content) => {
        expect(parseContent(withFields(null, contentFields(content)))).toEqual({ ok: true, content });
        expect(withFields(content, new Map())).toEqual(content);
      }),
    );
  });

  it('of one put over another: where both have one it is the later, all others stay', () => {
    fc.assert(
      fc.property(contents, contents, (below, above) => {
        const merged = contentFields(contentOf(withFields(below, contentFields(above))));
        expect(merged).toEqual(new Map([...contentFields(below), ...contentFields(above)]));
      }),
    );
  });

  it('are taken out one by one, the last key of a context with the context', () => {
    const content: Content = { canonical_name: 'Ada', emails: ['a@b.co'], llm_context: { how_met: 'x' } };
    const without = new Map([
      ['llm_context.how_met', undefined],
      ['emails', undefined],
    ]);
    expect(withFields(content, without)).toEqual({ canonical_name: 'Ada' });
    expect([...contentFields(null)]).toEqual([]);
  });

  it('pollute nothing, whatever they are called: a key __proto__ stays a key, and is refused as one', () => {
    const hostile = new Map<string, Json>([
      ['canonical_name', 'Ada'],
      ['llm_context.__proto__', { polluted: true }],
      ['llm_context.', 'nameless'],
      ['llm_context.a.b', 'dotted'],
    ]);
    const made = withFields(null, hostile);
    expect(made).toEqual(
      JSON.parse('{"canonical_name":"Ada","llm_context":{"__proto__":{"polluted":true},"":"nameless","a.b":"dotted"}}'),
    );
    expect(Object.getPrototypeOf(made.llm_context)).toBe(Object.prototype);
    expect(Object.hasOwn({}, 'polluted') || 'polluted' in {}).toBe(false);
    expect(parseContent(made)).toMatchObject({ ok: false, problems: [{ code: 'INVALID_TEXT' }] });
  });

  it('have one order, whatever they come in', () => {
    const given = [
      'llm_context.zeal',
      'llm_context.tensions',
      'emails',
      'llm_context.how_met',
      'emails',
      'llm_context.amber',
    ];
    const order = ['emails', 'llm_context.how_met', 'llm_context.tensions', 'llm_context.amber', 'llm_context.zeal'];
    expect(inFieldOrder(given)).toEqual(order);
    expect(inFieldOrder(given.toReversed())).toEqual(order);
  });
});

function contentOf(input: unknown): Content {
  const parsed = parseContent(input);
  if (!parsed.ok) throw new Error(parsed.problems[0].code);
  return parsed.content;
}
