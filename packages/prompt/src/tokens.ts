import { countMerged } from './merges.ts';

/**
 * Tokens of a text for the model at hand. Must depend on the text alone; a whole number, 0 for ''. It is called for
 * lines and once or twice for the whole, so it should be linear.
 */
export type CountTokens = (text: string) => number;

/** Special tokens (`<|endoftext|>`) are text like any other: a contact may quote them, and must be able to do nothing else. */
const AS_TEXT = { disallowedSpecial: new Set<string>() };

/** gpt-tokenizer takes time in the square of a piece, 14 seconds for 100,000 times one letter: longer ones are counted here. */
const LONG = 64;
/** No piece of the o200k pattern is longer than {@link LONG} unless one of these is in the text. */
const MAY_HOLD_LONG = /[^\s\p{N}]{32}|\s{32}/u;

/**
 * Counts as GPT-4o and later do (o200k_base). The same numbers as gpt-tokenizer, which is loaded when first asked for
 * (half a second), in linear time for any text.
 */
export async function loadO200kCounter(): Promise<CountTokens> {
  const [{ countTokens }, { default: ranks }, { O200K_TOKEN_SPLIT_REGEX: pieces }] = await Promise.all([
    import('gpt-tokenizer/encoding/o200k_base'),
    import('gpt-tokenizer/bpeRanks/o200k_base'),
    import('gpt-tokenizer/encodingParams/constants'),
  ]);
  return (text) => {
    if (!MAY_HOLD_LONG.test(text)) return countTokens(text, AS_TEXT);
    let count = 0;
    for (const [piece] of text.matchAll(pieces))
      count += piece.length <= LONG ? countTokens(piece, AS_TEXT) : countMerged(piece, ranks);
    return count;
  };
}
