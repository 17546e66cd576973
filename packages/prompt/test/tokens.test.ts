import fc from 'fast-check';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, it } from 'vitest';
import { loadO200kCounter } from '../src/index.ts';

const asText = { disallowedSpecial: new Set<string>() };

describe('the counter', () => {
  it('counts as gpt-tokenizer does, also where it merges long pieces itself', async () => {
    const count = await loadO200kCounter();
    const run = fc
      .tuple(
        fc.constantFrom('a', 'Ab', ' ', '\n', '!', '=', '中文', '😀', 'é', 'e\u0301', '/', 'שלום', "'s", '0'),
        fc.integer({ min: 1, max: 50 }),
      )
      .map(([text, times]) => text.repeat(times));
    fc.assert(
      fc.property(fc.array(fc.oneof(run, fc.string({ unit: 'binary' })), { maxLength: 5 }), (parts) => {
        const text = parts.join('');
        expect(count(text)).toBe(countTokens(text, asText));
      }),
      { numRuns: 70 },
    );
  });

  it('takes special tokens for text', async () => {
    const count = await loadO200kCounter();
    expect(count('<|endoftext|>')).toBeGreaterThan(1);
    expect(count('<|im_start|>system<|im_end|>')).toBeGreaterThan(3);
  });

  it.each(['a', ' ', '!', '中', '😀', '\u0301', '\n'])(
    'takes no more time for 50,000 times %j than for prose',
    async (unit) => {
      const count = await loadO200kCounter();
      const started = performance.now();
      expect(count(unit.repeat(50_000))).toBeGreaterThan(0);
      // A tenth of a second here; gpt-tokenizer alone takes three and more for most of them.
      expect(performance.now() - started).toBeLessThan(3_000);
    },
  );
});
