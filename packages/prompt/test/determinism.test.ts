import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clean } from '../src/clean.ts';
import { fenceOf } from '../src/fence.ts';
import { ContactPromptBuilder, FORMATS } from '../src/index.ts';
import { phrases } from '../src/phrases.ts';
import { sentences } from '../src/sentences.ts';
import { contact, shownContact } from './arbitrary.ts';

const countTokens = (text: string) => Math.ceil(text.length / 4);
const now = '2026-05-01';

describe('the same input', () => {
  it('gives the same bytes, in whatever order its keys stand, from any builder', async () => {
    await fc.assert(
      fc.asyncProperty(
        shownContact,
        fc.constantFrom(...FORMATS),
        fc.integer({ min: 60, max: 900 }),
        async (one, format, budget) => {
          const reversed = JSON.parse(
            JSON.stringify(one, (_, value: unknown) =>
              isPlain(value) ? Object.fromEntries(Object.entries(value).reverse()) : value,
            ),
          );
          const options = { now, format, budget, redact: ['emails'] } as const;
          const outcomes = await Promise.all(
            [one, reversed].map((contact) =>
              new ContactPromptBuilder({ countTokens })
                .buildContactContext(contact, options)
                .catch((error) => ({ code: error.code })),
            ),
          );
          expect(JSON.stringify(outcomes[0])).toBe(JSON.stringify(outcomes[1]));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('gives them in any time zone and at any time', async () => {
    const one = contact('42', {
      canonical_name: 'Ada',
      category_code: 'B',
      llm_context: { important_dates: [{ date: '1815-05-01' }, { date: '05-02' }] },
    });
    const zone = process.env.TZ;
    const texts = new Set<string>();
    try {
      for (const TZ of ['UTC', 'Pacific/Kiritimati', 'Pacific/Niue']) {
        process.env.TZ = TZ;
        const { text } = await new ContactPromptBuilder({ countTokens }).buildContactContext(one, {
          now: '2026-05-01T23:30:00Z',
          budget: 500,
        });
        texts.add(text);
      }
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
    expect(texts.size).toBe(1);
  });
});

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

describe('cleaned text', () => {
  it('is on one line, visible, in NFC, and the same when cleaned again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const once = clean(text);
        expect(clean(once)).toBe(once);
        expect(once.normalize('NFC')).toBe(once);
        expect(once).not.toMatch(/[\p{C}\p{Default_Ignorable_Code_Point}\u2028\u2029]|\s\s|^\s|\s$/u);
      }),
      { numRuns: 500 },
    );
  });

  it('joins what an invisible character kept apart', () => {
    expect(clean('e\u200b\u0301')).toBe('é');
    expect(clean('a \u200b b')).toBe('a b');
  });

  it('falls into sentences that are the text again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }).map(clean), (text) => {
        expect(sentences(text).join('')).toBe(text);
      }),
    );
  });
});

describe('a fence', () => {
  it('goes on to the next nonce while the data holds the one it would have', () => {
    const seen: string[] = [];
    const fence = fenceOf('key', 'xml', [], [], (nonce) => seen.push(nonce) < 3);
    expect(new Set(seen).size).toBe(3);
    expect(fence).toBe(`contact-data-${seen[2]}`);
    expect(fence).toMatch(/^contact-data-[0-9a-f]{24}$/);
  });
});

describe('phrases', () => {
  it('are found wherever one after the other would find them', () => {
    const word = fc.constantFrom('aa', 'bb', 'cc', 'AA');
    const words = (max: number) => fc.array(word, { minLength: 2, maxLength: max });
    fc.assert(
      fc.property(fc.array(words(4), { minLength: 1, maxLength: 6 }), words(30), (wanted, text) => {
        const spans = phrases(wanted.map((one) => [one.join(' '), ''] as const)).find(text.join(' '));
        const covered = new Set(
          spans.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, at) => start + at)),
        );
        const keys = text.map((one) => one.toLowerCase());
        const expected = new Set<number>();
        for (const one of wanted)
          for (let at = 0; at + one.length <= keys.length; at++)
            if (one.every((word, index) => keys[at + index] === word.toLowerCase()))
              for (let place = at * 3; place < (at + one.length) * 3 - 1; place++) expected.add(place);
        expect(covered).toEqual(expected);
      }),
    );
  });
});
