import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  BudgetTooSmallError,
  type ContactContext,
  ContactPromptBuilder,
  type CountTokens,
  FORMATS,
  loadO200kCounter,
  type Report,
} from '../src/index.ts';
import { contact, shownContact, shownContacts } from './arbitrary.ts';
import { readBack } from './read-back.ts';

const now = '2026-05-01';
const format = fc.constantFrom(...FORMATS);
const budget = fc.integer({ min: 1, max: 1_500 });
let count: CountTokens;
beforeAll(async () => {
  count = await loadO200kCounter();
});

/** `null` where the budget is too small. */
async function within<Result>(work: Promise<Result>): Promise<Result | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof BudgetTooSmallError) return null;
    throw error;
  }
}

/** How many units of each block of each contact are shown, or `all`. */
function shares({ included, truncated }: Report): ReadonlyMap<string, number> {
  const shown = new Map<string, number>();
  for (const { contact_id, blocks } of included)
    for (const block of blocks) shown.set(`${contact_id} ${block}`, Infinity);
  for (const { contact_id, block, kept } of truncated) shown.set(`${contact_id} ${block}`, kept);
  return shown;
}

const fetched = (contacts: Parameters<typeof byId>[0]) =>
  new ContactPromptBuilder({ sources: { local: { fetchContacts: async () => byId(contacts) } } });
const byId = (contacts: readonly ReturnType<typeof contact>[]) => new Map(contacts.map((one) => [one.contact_id, one]));

describe('the budget', () => {
  it('holds for the whole text of one contact, counted by the real tokenizer', async () => {
    await fc.assert(
      fc.asyncProperty(shownContact, format, budget, async (one, format, budget) => {
        const result = await within(new ContactPromptBuilder().buildContactContext(one, { now, format, budget }));
        if (result === null) return;
        expect(result.tokens).toBe(count(result.text));
        expect(result.tokens).toBeLessThanOrEqual(budget);
        expect(readBack(result.text, format).omitted).toBe(result.truncated.length + result.dropped.length > 0);
      }),
      { numRuns: 60 },
    );
  });

  it('holds for system and user part together, which are never cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        shownContact,
        format,
        budget,
        fc.string(),
        fc.string(),
        async (one, format, budget, basePrompt, question) => {
          const options = { now, format, budget, basePrompt, question, source: 'local', contactId: '42' } as const;
          const result = await within(fetched([one]).buildPromptWithContact(options));
          if (result === null) return;
          expect(result.tokens).toBe(count(result.system) + count(result.user));
          expect(result.tokens).toBeLessThanOrEqual(budget);
          expect(result.system.startsWith(basePrompt) && result.user.startsWith(question)).toBe(true);
        },
      ),
    );
  });

  it('holds for many contacts', async () => {
    await fc.assert(
      fc.asyncProperty(shownContacts, format, budget, async (contacts, format, budget) => {
        const contactIds = contacts.map(({ contact_id }) => contact_id);
        const result = await within(
          fetched(contacts).buildMultiContactContext({ now, format, budget, source: 'local', contactIds }),
        );
        if (result === null) return;
        expect(result.tokens).toBe(count(result.text));
        expect(result.tokens).toBeLessThanOrEqual(budget);
        const read = readBack(result.text, format);
        expect(read.contacts.map(({ id }) => id)).toEqual(result.included.map(({ contact_id }) => contact_id));
      }),
      { numRuns: 40 },
    );
  });

  it('holds whatever the counter makes of lines', async () => {
    const odd: readonly CountTokens[] = [
      (text) => text.length ** 2 / 1_000,
      (text) => (text.includes('omitted') ? 3 : 1) * text.length,
      (text) => (text.split('\n').length > 9 ? 500 : 1),
      () => 7,
    ];
    await fc.assert(
      fc.asyncProperty(shownContact, fc.constantFrom(...odd), budget, async (one, countTokens, budget) => {
        const builder = new ContactPromptBuilder({ countTokens });
        const result = await within(builder.buildContactContext(one, { now, budget }));
        if (result === null) return;
        expect(result.tokens).toBe(countTokens(result.text));
        expect(result.tokens).toBeLessThanOrEqual(budget);
      }),
      { numRuns: 60 },
    );
  });

  it('that is larger never drops what a smaller one kept', async () => {
    const odd: CountTokens = (text) => text.length / 3 + (text.split('\n').length % 5) * 40;
    await fc.assert(
      fc.asyncProperty(shownContacts, format, budget, budget, fc.boolean(), async (contacts, format, a, b, isOdd) => {
        const builder = new ContactPromptBuilder({
          sources: { local: { fetchContacts: async () => byId(contacts) } },
          countTokens: isOdd ? odd : undefined,
        });
        const options = {
          now,
          format,
          source: 'local',
          contactIds: contacts.map(({ contact_id }) => contact_id),
        } as const;
        const [less, more] = await Promise.all(
          [Math.min(a, b), Math.max(a, b)].map((budget) =>
            within(builder.buildMultiContactContext({ ...options, budget })),
          ),
        );
        if (!less) return;
        expect(more).not.toBeNull();
        if (!more) return;
        expect(more.fence).toBe(less.fence);
        const larger = shares(more);
        for (const [key, kept] of shares(less)) expect(larger.get(key)).toBeGreaterThanOrEqual(kept);
        expectWithin(less, more);
      }),
      { numRuns: 60 },
    );
  });

  it('is used: what is left would not hold the next sentence', async () => {
    const one = contact('42', {
      canonical_name: 'Ada',
      category_code: 'B',
      llm_context: { current_state: 'She works. '.repeat(200) },
    });
    for (const budget of [150, 300, 500]) {
      const { tokens } = await new ContactPromptBuilder().buildContactContext(one, { now, budget });
      expect(tokens).toBeGreaterThan(budget - 12);
    }
  });

  it.each(FORMATS)('that is just as large as the whole holds the whole, in %s', async (format) => {
    const builder = new ContactPromptBuilder();
    const one = contact('42', {
      canonical_name: 'Ada',
      category_code: 'B',
      llm_context: { current_state: 'She works. She sleeps? "She" <reads>.', strengths: ['patience', 'wit!'] },
    });
    const whole = await builder.buildContactContext(one, { now, format, budget: 10_000 });
    expect(await builder.buildContactContext(one, { now, format, budget: whole.tokens })).toEqual(whole);
    const less = await builder.buildContactContext(one, { now, format, budget: whole.tokens - 1 });
    expect(less.truncated.length + less.dropped.length).toBeGreaterThan(0);
  });

  it('that is too small says how much is enough, and that is true', async () => {
    await fc.assert(
      fc.asyncProperty(shownContact, format, async (one, format) => {
        const builder = new ContactPromptBuilder();
        const error: unknown = await builder
          .buildContactContext(one, { now, format, budget: 1 })
          .catch((error) => error);
        if (!(error instanceof BudgetTooSmallError)) throw error;
        expect(error).toMatchObject({ code: 'BUDGET_TOO_SMALL', budget: 1 });
        const result = await builder.buildContactContext(one, { now, format, budget: error.needed });
        expect(readBack(result.text, format).contacts[0]?.values[0]?.[0]).toBe('canonical_name');
      }),
      { numRuns: 30 },
    );
  });

  it('that is too small for all contacts tells all of them in less detail before it drops one', async () => {
    const contacts = Array.from({ length: 20 }, (_, index) =>
      contact(String(index), {
        canonical_name: `Person ${index}`,
        category_code: 'G',
        llm_context: { how_met: 'At work. Long ago.' },
      }),
    );
    const contactIds = contacts.map(({ contact_id }) => contact_id);
    const at = (budget: number) =>
      fetched(contacts).buildMultiContactContext({ now, budget, source: 'local', contactIds });
    const tight = await at(1_000);
    expect(tight.included).toHaveLength(20);
    expect(tight.included.every(({ blocks }) => blocks[0] === 'identity')).toBe(true);
    expect(tight.dropped.some(({ block }) => block === 'metadata')).toBe(true);
    const tighter = await at(300);
    const shown = tighter.included.length;
    expect(shown).toBeGreaterThan(3);
    expect(tighter.dropped.slice(-1)).toEqual([{ contact_id: '19', block: null }]);
    expect(tighter.text).toContain(`contacts="${20 - shown}" from="identity"`);
    await expect(at(5)).rejects.toMatchObject({ code: 'BUDGET_TOO_SMALL' });
  });
});

/** Each line of the shorter text is in the longer, or begins one where it was cut. */
function expectWithin(less: ContactContext, more: ContactContext) {
  const lines = more.text.split('\n');
  const rest = less.text.split('\n').filter((line) => !/omitted"?:? ?|Omitted:/.test(line));
  let at = 0;
  for (const line of rest) {
    const cut = line.lastIndexOf(' […]');
    const begins = cut < 0 ? line : line.slice(0, cut);
    const found = lines.findIndex(
      (other, index) => index >= at && (other === line || (cut >= 0 && other.startsWith(begins))),
    );
    expect(found, line).toBeGreaterThanOrEqual(at);
    at = found + 1;
  }
}

describe('a cut', () => {
  const one = contact('42', {
    canonical_name: 'Ada',
    category_code: 'B',
    llm_context: {
      current_state: 'First thing. Second thing! Third thing? Fourth thing.',
      how_met: '你好。再见。谢谢你很久以前写给我的信。',
      key_interests: ['engines', 'poetry'],
    },
  });
  it('falls between sentences or entries, and says so', async () => {
    const cuts = new Set<string>();
    for (let budget = 60; budget < 260; budget++) {
      const result = await within(new ContactPromptBuilder().buildContactContext(one, { now, budget }));
      for (const [key, value] of result === null ? [] : (readBack(result.text, 'xml').contacts[0]?.values ?? []))
        if (key === 'state' || key === 'how_met') cuts.add(value);
    }
    expect([...cuts]).toEqual([
      '你好。 […]',
      '你好。再见。 […]',
      '你好。再见。谢谢你很久以前写给我的信。',
      'First thing. […]',
      'First thing. Second thing! […]',
      'First thing. Second thing! Third thing? […]',
      'First thing. Second thing! Third thing? Fourth thing.',
    ]);
  });

  it('is reported by contact and block', async () => {
    // Characters for tokens: the digits of the fence, which make more tokens or fewer, are always as many.
    const builder = new ContactPromptBuilder({ countTokens: (text) => text.length });
    const { truncated, dropped, included } = await builder.buildContactContext(one, { now, budget: 485 });
    expect(included).toEqual([{ contact_id: '42', blocks: ['identity', 'relationship', 'current_state'] }]);
    expect(truncated).toEqual([{ contact_id: '42', block: 'current_state', kept: 3, total: 4 }]);
    expect(dropped).toEqual([
      { contact_id: '42', block: 'interests' },
      { contact_id: '42', block: 'metadata' },
    ]);
  });
});

describe('options that cannot be meant are errors with a code', () => {
  const ada = contact('42', { canonical_name: 'Ada', category_code: 'B' });
  it.each([
    ['INVALID_BUDGET', { budget: 0 }],
    ['INVALID_BUDGET', { budget: 1.5 }],
    ['INVALID_BUDGET', { budget: Number.NaN }],
    ['INVALID_BUDGET', { budget: Infinity }],
    ['INVALID_BUDGET', { budget: '500' }],
    ['INVALID_BUDGET', { budget: undefined }],
    ['INVALID_NOW', { now: undefined }],
    ['INVALID_NOW', { now: new Date(0) }],
    ['INVALID_NOW', { now: '2026-02-30' }],
    ['INVALID_NOW', { now: '2026-05-01T10:00:00+02:00' }],
    ['INVALID_FORMAT', { format: 'toString' }],
    ['INVALID_REDACTION', { redact: ['email'] }],
    ['INVALID_REDACTION', { redact: 'emails' }],
    ['INVALID_REDACTION', { redact: [{}] }],
    ['INVALID_OPTION', { uncategorized: true }],
  ])('%s for %j', async (code, wrong) => {
    // What a program without types may pass.
    const options = { budget: 500, now, ...wrong } as { budget: number; now: string };
    await expect(new ContactPromptBuilder().buildContactContext(ada, options)).rejects.toMatchObject({ code });
  });

  it('INVALID_CONTACT_ID for ids that are none, INVALID_PROMPT for texts that are none', async () => {
    const builder = fetched([ada]);
    const common = { budget: 500, now, source: 'local', basePrompt: '' } as const;
    for (const contactId of ['', '042', '9223372036854775808', 42 as unknown as string]) // as above
      await expect(builder.buildPromptWithContact({ ...common, contactId })).rejects.toMatchObject({
        code: 'INVALID_CONTACT_ID',
      });
    const basePrompt = null as unknown as string; // as above
    await expect(builder.buildPromptWithContact({ ...common, basePrompt, contactId: '42' })).rejects.toMatchObject({
      code: 'INVALID_PROMPT',
    });
  });

  it('INVALID_COUNTER for a counter that counts nothing', async () => {
    const builder = new ContactPromptBuilder({ countTokens: () => Number.NaN });
    await expect(builder.buildContactContext(ada, { budget: 500, now })).rejects.toMatchObject({
      code: 'INVALID_COUNTER',
    });
  });
});
