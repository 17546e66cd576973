/** Always English rules, whatever the language of the machine: the same text has the same borders everywhere. */
const SENTENCES = new Intl.Segmenter('en', { granularity: 'sentence' });

/**
 * The sentences of a text that {@link clean} made: joined they are the text again. The blank between two belongs to the
 * second, because tokenizers put it there and the counts of the pieces then add up.
 */
export function sentences(text: string): readonly [string, ...string[]] {
  const parts: string[] = [];
  let blank = '';
  for (const { segment } of SENTENCES.segment(text)) {
    const sentence = segment.trimEnd();
    parts.push(blank + sentence);
    blank = segment.slice(sentence.length);
  }
  const [first = '', ...rest] = parts;
  return [first, ...rest];
}
