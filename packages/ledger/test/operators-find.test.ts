import { type Content, contentHash } from '@contact-sync/contact';
import type { ContactQuery, Version } from '@contact-sync/sync';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_PLACES, toTheEnd } from './operators-pages.ts';
import { summary } from './operators-shapes.ts';
import {
  born,
  change,
  commit,
  eventOf,
  headed,
  idOf,
  type Rig,
  receiptOf,
  rig,
  row,
  tied,
  undelivered,
  version,
} from './rig.ts';

let at: Rig;
beforeAll(async () => {
  at = await rig();
});
beforeEach(() => at.empty());
afterAll(() => at.close());

const called = (n: number, content: Content, number = 1): Version => ({
  ...version(idOf(n), number, null),
  content,
  content_hash: contentHash(content),
});
const named = (n: number, canonical_name: string, more: Partial<Content> = {}) =>
  called(n, { canonical_name, ...more });
const write = (...versions: readonly Version[]) =>
  at.ledger.commit(
    versions.map((one) => headed(one, one.version - 1)),
    [],
  );
const names = async (query: Partial<ContactQuery> = {}) =>
  (await at.ledger.findContacts({ limit: 20, ...query })).items.map(({ canonical_name }) => canonical_name);

describe('contacts in a list', () => {
  it('are in the order of their names, whatever their case and accents, then of their ids', async () => {
    await write(
      named(1, 'Émile'),
      named(2, 'zoe'),
      named(4, 'ada'),
      named(3, 'Ada'),
      named(5, 'Eve'),
      named(6, 'Emil'),
    );
    const { items } = await at.ledger.findContacts({ limit: 20 });
    expect(items.map(({ canonical_name }) => canonical_name)).toEqual(['Ada', 'ada', 'Emil', 'Émile', 'Eve', 'zoe']);
    for (const item of items) summary.parse(item);
  });

  it('come each once, page by page, whatever they are called and however long a page is', async () => {
    const any = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 }).map((text) => `${text}.`);
    const title = fc.oneof(any, fc.constantFrom('a', 'A', 'á'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(title, { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 1, max: 4 }),
        async (all, limit) => {
          await at.empty();
          await write(...all.map((name, n) => named(n, name)));
          const whole = await at.ledger.findContacts({ limit: 100 });
          const paged = await toTheEnd((page) => at.ledger.findContacts(page), limit);
          expect(paged).toEqual(whole.items);
          expect(new Set(paged.map(({ contact_id }) => contact_id)).size).toBe(all.length);
        },
      ),
      { numRuns: 8 },
    );
  });

  it('begin with the first for a place that is none, and a page has at least one', async () => {
    await write(named(1, 'Ada'), named(2, 'Bob'));
    for (const after of NO_PLACES) expect(await names({ after, limit: 0 }), after.slice(0, 40)).toEqual(['Ada']);
  });

  it('are of one category where one is asked for', async () => {
    await write(named(1, 'Ada', { category_code: 'B' }), named(2, 'Bob'));
    expect(await names({ category: 'B' })).toEqual(['Ada']);
    expect(await names({ category: 'X' })).toEqual([]);
  });

  it('are the living, or else the deleted as what they last were', async () => {
    const ada = { category_code: 'B', organization: 'Engines' } as const;
    await write(named(1, 'Ada', ada), named(2, 'Bob'));
    await write(version(idOf(1), 2, null), version(idOf(3), 1, null));
    expect(await names()).toEqual(['Bob']);
    const { items } = await at.ledger.findContacts({ deleted: true, limit: 5 });
    expect(items.map(({ canonical_name, organization }) => [canonical_name, organization])).toEqual([
      ['', null],
      ['Ada', 'Engines'],
    ]);
    expect(await names({ deleted: true, text: 'engines', category: 'B' })).toEqual(['Ada']);
    await write(called(1, { canonical_name: 'Ada again' }, 3));
    expect((await at.ledger.findContacts({ text: 'again', limit: 5 })).items).toMatchObject([
      { organization: null, category_code: null, version: 3, deleted: false },
    ]);
  });
});

describe('contacts that are looked for', () => {
  it('have all words in name, address, number or organization, whatever the case and accents', async () => {
    const more = {
      given_name: 'Özlem',
      emails: ['ada@example.org'],
      phones: ['+49 30 1234'],
      organization: 'ENGINES Ltd',
    };
    await write(named(1, 'Ada Lovelace', more), named(2, 'Ada Byron', { job_title: 'engines' }));
    for (const text of [
      'lovelace ADA',
      'ada@EXAMPLE',
      '  engines  ltd ',
      '49301234',
      '1234',
      'OZLEM',
      'özlem ada',
      'lOVEL',
    ])
      expect(await names({ text }), text).toEqual(['Ada Lovelace']);
    expect(await names({ text: ' \t ' })).toHaveLength(2);
    // Of very many words the first are looked for.
    expect(await names({ text: `${'ada '.repeat(20)}nobody` })).toHaveLength(2);
    for (const text of ['ada engines ltd byron', 'lovelaceada']) expect(await names({ text }), text).toEqual([]);
  });

  it('are found by what is special in patterns, taken as it is', async () => {
    await write(named(1, '100% Ada_B'), named(2, '100 AdaXB'), named(3, 'back\\slash'), named(4, `it's "quoted" $1`));
    expect(await names({ text: '0%' })).toEqual(['100% Ada_B']);
    expect(await names({ text: 'a_b' })).toEqual(['100% Ada_B']);
    expect(await names({ text: 'k\\s' })).toEqual(['back\\slash']);
    expect(await names({ text: `'s "quo $1` })).toEqual([`it's "quoted" $1`]);
  });

  it('are found by their own id, and by that of a record of any system', async () => {
    await born(at.ledger, idOf(1), { links: [{ system: 'twenty', record_id: 'person-1' }] });
    await born(at.ledger, idOf(2), { links: [{ system: 'local', record_id: 'person-1' }] });
    const ids = async (text: string) =>
      (await at.ledger.findContacts({ text, limit: 5 })).items.map(({ contact_id }) => contact_id);
    expect(await ids(idOf(2))).toEqual([idOf(2)]);
    expect(await ids(' person-1 ')).toEqual([idOf(1), idOf(2)]);
    expect(await ids('person-2')).toEqual([]);
  });

  it('are none, and nothing fails, for a text of any size and any characters', async () => {
    await write(named(1, 'Ada'));
    const texts = [
      '\0',
      'a\0',
      '\ud800',
      '%'.repeat(50_000),
      'x '.repeat(50_000),
      '9'.repeat(40),
      '-',
      '\u202e',
      '{"a":',
    ];
    for (const text of texts) expect(await names({ text }), text.slice(0, 20)).toEqual([]);
  });

  it('may be called anything that a contact may, and of a long text the beginning is kept', async () => {
    // An index packs what repeats itself.
    const unlike = String.fromCodePoint(
      ...Array.from({ length: 1_000 }, (_, n) => 0x4e00 + ((n * n * 7_919) % 20_011)),
    );
    const emails = Array.from({ length: 400 }, (_, n) => `a${n}@${'x'.repeat(40)}.org`);
    await write(named(1, `${'é'.repeat(999)}x`, { emails }), named(2, unlike), named(3, 'İ'.repeat(1000)));
    expect(await names()).toHaveLength(3);
    expect(await names({ text: 'a0@' })).toHaveLength(1);
    const [longest] = await at.sql<{ n: number }>('select max(length(search)) as n from heads');
    expect(longest?.n).toBe(4_000);
  });

  it('are written whatever their contents hold: no commit fails for what people search by', async () => {
    const odd = { canonical_name: 'NUL \0 in it', organization: '\0', llm_context: { 'a\0': '\0' } };
    await write(called(1, odd));
    expect((await at.ledger.contacts([idOf(1)])).get(idOf(1))?.head?.content).toEqual(odd);
    expect(await names({ text: 'nul \0' })).toEqual(['NUL \ufffd in it']);
  });
});

describe('the state of a contact in a list', () => {
  it('is as in its standing, and is what is listed where it is asked for', async () => {
    const firsts = [];
    for (const n of [1, 2, 3, 4, 5])
      firsts.push(await born(at.ledger, idOf(n), { links: [{ system: 'local', record_id: `${n}` }] }));
    for (const target of ['local', 'supabase', 'twenty'] as const)
      await at.ledger.delivered(
        target,
        firsts.map((first, n) => receiptOf(first, `${n + 1}`)),
      );
    const [conflicted, unsent, told, lettered] = firsts;
    if (!conflicted || !unsent || !told || !lettered) throw new Error('five were born');
    const conflict = tied(conflicted, version(idOf(1), 1, 'rival'));
    await at.ledger.commit([commit(idOf(1), 1, { conflict, events: [eventOf(conflict, 'opened')] })], []);
    const second = version(idOf(2), 2, 'second');
    await at.ledger.commit([headed(second, 1, { history: [row(second, { appended: false })] })], []);
    await at.ledger.receive('local', [change('k', '3')], null);
    await at.ledger.bury([undelivered(lettered, 'twenty')]);
    const { contacts } = await at.ledger.standings({ limit: 10 });
    const standing = (state: string) =>
      contacts.filter((one) => one.state === state).map(({ contact_id }) => contact_id);
    expect(contacts.map(({ state }) => state)).toEqual(['conflict', 'pending', 'pending', 'dead_letter', 'in_step']);
    for (const state of ['conflict', 'pending', 'dead_letter', 'in_step'] as const) {
      const { items } = await at.ledger.findContacts({ state, limit: 10 });
      expect(
        items.map(({ contact_id }) => contact_id),
        state,
      ).toEqual(standing(state));
      expect(items.map((item) => item.state)).toEqual(items.map(() => state));
    }
    expect(
      await toTheEnd((page) => at.ledger.findContacts({ ...page, state: 'pending', text: 'ada' }), 1),
    ).toHaveLength(2);
  });
});
