import type { Contact, ContactId } from '@contact-sync/contact';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ContactFetcher, ContactPromptBuilder, FORMATS, SOURCES, type SourceName } from '../src/index.ts';
import { contact, shownContacts } from './arbitrary.ts';

const options = { budget: 5_000, now: '2026-05-01' } as const;
const countTokens = (text: string) => Math.ceil(text.length / 3);
const builder = new ContactPromptBuilder({ countTokens });

/** What a program without types, or a broken system, may hand over. */
const untyped = (value: unknown): Contact => value as Contact; // the tests below are about values that are none

const serving = (contacts: readonly (readonly [id: string, contact: unknown])[]): ContactFetcher => ({
  fetchContacts: async () => new Map(contacts.map(([id, one]) => [id as ContactId, untyped(one)])), // ids are asked for as they are
});
const ada = contact('42', { canonical_name: 'Ada', category_code: 'B' });

const refusal = async (one: unknown, more: object = {}) => {
  try {
    await builder.buildContactContext(untyped(one), { ...options, ...more });
  } catch (error) {
    return error;
  }
  return null;
};

describe('a category', () => {
  it.each([
    ['X', 'CATEGORY_X'],
    [' X\n', 'CATEGORY_X'],
    ['x', 'CATEGORY_UNKNOWN'],
    ['Ｘ', 'CATEGORY_UNKNOWN'],
    ['Х', 'CATEGORY_UNKNOWN'], // Cyrillic
    ['X1', 'CATEGORY_UNKNOWN'],
    ['X\u200b', 'CATEGORY_UNKNOWN'],
    ['b', 'CATEGORY_UNKNOWN'],
    ['I', 'CATEGORY_UNKNOWN'],
    ['AB', 'CATEGORY_UNKNOWN'],
    [['B'], 'CATEGORY_UNKNOWN'],
    [[], 'CATEGORY_UNKNOWN'],
    [{ toString: () => 'B' }, 'CATEGORY_UNKNOWN'],
    [Object('B'), 'CATEGORY_UNKNOWN'],
    [2, 'CATEGORY_UNKNOWN'],
    [true, 'CATEGORY_UNKNOWN'],
    ['', 'CATEGORY_MISSING'],
    ['  ', 'CATEGORY_MISSING'],
    [null, 'CATEGORY_MISSING'],
    [undefined, 'CATEGORY_MISSING'],
  ])('%j is refused as %s', async (category_code, code) => {
    expect(await refusal({ ...ada, category_code })).toMatchObject({ code, contact_id: '42' });
    const sources = { local: serving([['42', { ...ada, category_code }]]) };
    const many = await new ContactPromptBuilder({ sources, countTokens }).buildMultiContactContext({
      ...options,
      source: 'local',
      contactIds: ['42'],
    });
    expect(many).toMatchObject({ excluded: [{ contact_id: '42', code }], included: [], dropped: [] });
  });

  it('that nobody gave is shown on request, and no other', async () => {
    const include = { uncategorized: 'include' };
    expect(await refusal({ ...ada, category_code: undefined }, include)).toBeNull();
    expect(await refusal({ ...ada, category_code: ' ' }, include)).toBeNull();
    expect(await refusal({ ...ada, category_code: 'x' }, include)).toMatchObject({ code: 'CATEGORY_UNKNOWN' });
    expect(await refusal({ ...ada, category_code: 'X' }, include)).toMatchObject({ code: 'CATEGORY_X' });
    expect(await refusal({ ...ada, category_code: undefined, subcategory_code: 'X1' }, include)).toMatchObject({
      code: 'CATEGORY_X',
    });
  });

  it('X in the subcategory alone counts', async () => {
    expect(await refusal({ ...ada, subcategory_code: 'X9' })).toMatchObject({ code: 'CATEGORY_X' });
  });

  it('that says X the second time it is read is not asked twice', async () => {
    let reads = 0;
    const shifty = { ...ada };
    Object.defineProperty(shifty, 'category_code', { get: () => (reads++ === 0 ? 'B' : 'X'), enumerable: true });
    const { text } = await builder.buildContactContext(untyped(shifty), options);
    expect(reads).toBe(1);
    expect(text).toContain('<category>B</category>');
  });

  it('of any other spelling fails closed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary' }), fc.anything()), async (category_code) => {
        const error = await refusal({ ...ada, category_code });
        const isKnown = typeof category_code === 'string' && /^[A-H]$/.test(category_code.normalize('NFC').trim());
        expect(error === null).toBe(isKnown);
      }),
    );
  });
});

describe('what is no contact', () => {
  const throwing = new Proxy(
    {},
    {
      get() {
        throw new Error('secret of the contact');
      },
    },
  );
  const throwingDeep = {
    get current_state(): string {
      throw new Error('secret of the contact');
    },
  };
  it.each([
    ['null', null],
    ['a text', 'Ada'],
    ['a list', [ada]],
    ['without an id', { ...ada, contact_id: undefined }],
    ['with a number for an id', { ...ada, contact_id: 42 }],
    ['with an odd id', { ...ada, contact_id: '042' }],
    ['without metadata', { ...ada, sync_metadata: undefined }],
    ['with a version below 1', { ...ada, sync_metadata: { ...ada.sync_metadata, version: 0 } }],
    ['with a time that is none', { ...ada, sync_metadata: { ...ada.sync_metadata, last_updated: '<b>' } }],
    ['without a name', { ...ada, canonical_name: ' ' }],
    ['with text of the wrong type', { ...ada, organization: { a: 1 } }],
    ['that throws when read', throwing],
    ['whose context throws when read', { ...ada, llm_context: throwingDeep }],
    ['whose context throws deep inside', { ...ada, llm_context: { key_interests: ['a', throwingDeep] } }],
  ])('is refused: %s', async (_, one) => {
    const error = await refusal(one);
    expect(error).toMatchObject({ code: 'INVALID_CONTACT' });
    expect(`${error} ${JSON.stringify(error)}`).not.toContain('secret');
  });

  it('is excluded among others: another contact than was asked for, and one that is not there', async () => {
    const sources = {
      twenty: serving([
        ['1', ada],
        ['42', ada],
        ['99', { ...ada, contact_id: '99' }],
      ]),
    };
    const many = await new ContactPromptBuilder({ sources, countTokens }).buildMultiContactContext({
      ...options,
      source: 'twenty',
      contactIds: ['1', '2', '42', '42'],
    });
    expect(many.excluded).toEqual([
      { contact_id: '1', code: 'INVALID_CONTACT' },
      { contact_id: '2', code: 'NOT_FOUND' },
    ]);
    expect(many.included.map(({ contact_id }) => contact_id)).toEqual(['42']);
    expect(many.text).not.toContain('99');
  });
});

describe('a source', () => {
  it.each(SOURCES)('%s is asked once for all contacts, each id once', async (source) => {
    const calls: (readonly ContactId[])[] = [];
    const fetcher: ContactFetcher = {
      async fetchContacts(ids) {
        calls.push(ids);
        return new Map([[ada.contact_id, ada]]);
      },
    };
    const builder = new ContactPromptBuilder({ sources: { [source]: fetcher }, countTokens });
    await builder.buildMultiContactContext({ ...options, source, contactIds: ['42', '1', '42'] });
    expect(calls).toEqual([['42', '1']]);
  });

  it('that was not given, or that there is not, is an error with a code', async () => {
    const asked = { ...options, contactId: '42', basePrompt: '' };
    const builder = new ContactPromptBuilder({ sources: { local: serving([]) } });
    for (const source of ['twenty', '__proto__', 'toString'])
      await expect(
        builder.buildPromptWithContact({ ...asked, source: source as SourceName }), // as a program without types may
      ).rejects.toMatchObject({ code: 'UNKNOWN_SOURCE' });
    await expect(builder.buildPromptWithContact({ ...asked, source: 'local' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('that answers with something else than a map is an error with a code', async () => {
    const fetchContacts = async () => ({ 42: ada }) as unknown as ReadonlyMap<ContactId, Contact>; // what the test is about
    const builder = new ContactPromptBuilder({ sources: { local: { fetchContacts } } });
    await expect(
      builder.buildMultiContactContext({ ...options, source: 'local', contactIds: ['42'] }),
    ).rejects.toMatchObject({ code: 'INVALID_FETCH' });
  });
});

/** Letters that nothing else here writes. */
const gothic = fc.string({
  unit: fc.integer({ min: 0x10330, max: 0x1034a }).map((code) => String.fromCodePoint(code)),
  minLength: 1,
  maxLength: 12,
});
const secret = fc
  .record(
    {
      canonical_name: gothic,
      given_name: gothic,
      emails: fc.array(gothic, { maxLength: 3 }),
      organization: gothic,
      subcategory_code: gothic.map((text) => `X${text}`.slice(0, 7)),
      llm_context: fc.dictionary(gothic, gothic).chain((extra) =>
        fc
          .record({
            current_state: gothic,
            key_interests: fc.array(gothic),
            important_dates: fc.array(fc.record({ date: gothic, event: gothic })),
          })
          .map((known) => ({ ...extra, ...known })),
      ),
    },
    { requiredKeys: ['canonical_name'] },
  )
  .chain((content) =>
    fc.constantFrom('X', ' X', 'x', 'Ｘ', 'X1').map((category_code) => ({ ...content, category_code })),
  );
const GOTHIC = /[\u{10330}-\u{1034a}]/u;
/** Their text is any: what is to be told of nobody, they must not say by chance. */
const others = shownContacts.filter((shown) => !GOTHIC.test(JSON.stringify(shown)));

describe('of a contact of category X', () => {
  it('no character is in any output, whatever is asked', async () => {
    await fc.assert(
      fc.asyncProperty(
        others,
        fc.array(secret, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...FORMATS),
        fc.integer({ min: 1, max: 800 }),
        async (shown, hidden, format, budget) => {
          const secrets = hidden.map(
            (content, index) => [String(900 + index), { ...ada, ...content, contact_id: String(900 + index) }] as const,
          );
          const sources = { bigquery: serving([...secrets, ...shown.map((one) => [one.contact_id, one] as const)]) };
          const builder = new ContactPromptBuilder({ sources, countTokens });
          const common = {
            ...options,
            source: 'bigquery',
            format,
            budget,
            redact: ['canonical_name', 'emails'],
          } as const;
          const contactIds = [...secrets, ...shown.map((one) => [one.contact_id] as const)].map(([id]) => id);
          const outcomes: readonly unknown[] = await Promise.allSettled([
            builder.buildMultiContactContext({ ...common, contactIds }),
            ...secrets.map(([contactId]) => builder.buildPromptWithContact({ ...common, contactId, basePrompt: '' })),
            ...secrets.map(([, one]) => builder.buildContactContext(untyped(one), common)),
          ]);
          for (const outcome of outcomes) expect(everythingOf(outcome)).not.toMatch(GOTHIC);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('nothing decides over any byte of what is told of others', async () => {
    await fc.assert(
      fc.asyncProperty(shownContacts, secret, secret, async (shown, one, other) => {
        const results = await Promise.all(
          [one, other].map((content) => {
            const sources = {
              bigquery: serving([
                ['900', { ...ada, ...content, contact_id: '900', category_code: 'X' }],
                ...shown.map((one) => [one.contact_id, one] as const),
              ]),
            };
            return new ContactPromptBuilder({ sources, countTokens }).buildMultiContactContext({
              ...options,
              source: 'bigquery',
              contactIds: ['900', ...shown.map(({ contact_id }) => contact_id)],
              redact: ['canonical_name'],
            });
          }),
        );
        expect(results[0]).toEqual(results[1]);
      }),
      { numRuns: 15 },
    );
  });
});

/** A value with its errors, stacks and causes. */
function everythingOf(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    item instanceof Error
      ? Object.fromEntries(Object.getOwnPropertyNames(item).map((name) => [name, Reflect.get(item, name)]))
      : item,
  );
}
