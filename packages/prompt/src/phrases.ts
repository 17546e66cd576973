/**
 * Finds many phrases in a text in one pass, however many and however alike they are (Aho and Corasick's automaton over
 * words): values of contacts are anybody's text, so neither a regular expression made of them nor a search for one
 * after the other has a bound that holds.
 *
 * Words are compared without case, width and common accents. Where a script writes no blanks between words, or hangs
 * endings on names, each character is a word of its own: in Chinese text a name is found within a sentence.
 */
export interface Span<Label> {
  /** UTF-16 offsets. */
  readonly start: number;
  readonly end: number;
  readonly label: Label;
}

interface Node<Label> {
  readonly next: Map<string, Node<Label>>;
  /** How many words lead here. */
  readonly depth: number;
  /** Where the longest proper end of these words leads that is a beginning of some phrase. */
  fallback: Node<Label> | null;
  /** The longest phrase that ends here. */
  found: { readonly words: number; readonly label: Label } | null;
}

export interface Phrases<Label> {
  /** Each place where a phrase stands at word borders, in order of their ends; of those with one end the longest. */
  find(text: string): readonly Span<Label>[];
}

/** @param phrases those too short to tell anything are left out: under three characters, or two in unspaced scripts */
export function phrases<Label>(phrases: Iterable<readonly [text: string, label: Label]>): Phrases<Label> {
  const root = node<Label>(0);
  for (const [text, label] of phrases) {
    const words = wordsOf(text);
    if (isTooShort(words)) continue;
    let at = root;
    for (const { key } of words) {
      const next = at.next.get(key) ?? node<Label>(at.depth + 1);
      at.next.set(key, next);
      at = next;
    }
    at.found ??= { words: at.depth, label };
  }
  linkFallbacks(root);
  return {
    find(text) {
      if (root.next.size === 0) return [];
      const words = wordsOf(text);
      const spans: Span<Label>[] = [];
      let at = root;
      words.forEach(({ key, end }, index) => {
        at = follow(root, at, key);
        if (at.found === null) return;
        const first = words[index - at.found.words + 1];
        if (first !== undefined) spans.push({ start: first.start, end, label: at.found.label });
      });
      return spans;
    },
  };
}

const node = <Label>(depth: number): Node<Label> => ({ next: new Map(), depth, fallback: null, found: null });

function follow<Label>(root: Node<Label>, from: Node<Label>, key: string): Node<Label> {
  let at: Node<Label> | null = from;
  while (at !== null) {
    const next = at.next.get(key);
    if (next !== undefined) return next;
    at = at.fallback;
  }
  return root;
}

/** Breadth first: a fallback is shorter than what falls back to it, so it is complete by then. */
function linkFallbacks<Label>(root: Node<Label>): void {
  const queue = [root];
  for (const at of queue) {
    for (const [key, next] of at.next) {
      next.fallback = at.fallback === null ? root : follow(root, at.fallback, key);
      next.found ??= next.fallback.found;
      queue.push(next);
    }
  }
}

interface Word {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

const WORD =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]|[[\p{L}\p{N}\p{M}]--[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]]+|\S/gv;
const UNSPACED = /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]$/v;

const wordsOf = (text: string): readonly Word[] =>
  Array.from(text.matchAll(WORD), ({ 0: word, index }) => ({
    key: folded(word),
    start: index,
    end: index + word.length,
  }));

/** Upper case first: it makes one of `ß` and `ss`, of `ς` and `σ`. */
const folded = (word: string): string =>
  /^[a-z0-9]+$/.test(word)
    ? word
    : word
        .normalize('NFKD')
        .replace(/[\u0300-\u036f]+/g, '')
        .toUpperCase()
        .toLowerCase();

function isTooShort(words: readonly Word[]): boolean {
  const characters = words.reduce((sum, { key }) => sum + [...key].length, 0);
  return characters < (words.length > 0 && words.every(({ key }) => UNSPACED.test(key)) ? 2 : 3);
}
