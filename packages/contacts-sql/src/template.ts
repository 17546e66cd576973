/** What the words of a template stand for, as SQL. */
export interface Words {
  /** `{{name}}`: an identifier, a literal or an expression. */
  readonly [word: string]: string;
}

/** One line of a list: what `<word>` stands for in its pattern. */
export type Item = Readonly<Record<string, string>>;

/**
 * Fills in a template of SQL:
 *
 * - `{{table}}` becomes that word;
 * - `{{each content: <column> <type>}}` becomes the pattern once for each item of the list, comma between them, each on
 *   a line of its own;
 * - `$$` becomes a quote that occurs in no word, so that an identifier with `$$` in it ends no function's body.
 *
 * What was filled in is not read again: an identifier may contain braces too.
 *
 * @throws {TypeError} for a word or a list that is not known: a mistake in the template
 */
export function render(template: string, words: Words, lists: Readonly<Record<string, readonly Item[]>>): string {
  const values = [...Object.values(words), ...Object.values(lists).flatMap((items) => items.flatMap(Object.values))];
  const quote = quoteBeside(values);
  return template.replace(
    /\$\$|\{\{each (\w+): (.*?)\}\}|\{\{(.*?)\}\}/g,
    (found, list: string | undefined, pattern: string | undefined, word: string | undefined, at: number) => {
      if (found === '$$') return quote;
      if (list === undefined || pattern === undefined) return known(words, word ?? '');
      const indent = /^ */.exec(template.slice(template.lastIndexOf('\n', at) + 1))?.[0] ?? '';
      return each(lists[list], pattern, `,\n${indent}`);
    },
  );
}

function each(items: readonly Item[] | undefined, pattern: string, between: string): string {
  if (items === undefined) throw new TypeError('a list that is not known');
  return items
    .map((item) => pattern.replace(/<([a-z][\w .]*)>/g, (_, word: string) => known(item, word)))
    .join(between);
}

function known(words: Words, word: string): string {
  const value = Object.hasOwn(words, word) ? words[word] : undefined;
  if (value === undefined) throw new TypeError(`a word that is not known: ${word}`);
  return value;
}

function quoteBeside(values: readonly string[]): string {
  for (let n = 0; ; n++) {
    const quote = n === 0 ? '$$' : `$body${n}$`;
    if (!values.some((value) => value.includes(quote))) return quote;
  }
}

/** An identifier, whatever it is made of. Source: https://www.postgresql.org/docs/18/sql-syntax-lexical.html */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text literal; one with a backslash is spelled so that it means the same under any setting. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return text.includes('\\') ? `E${quoted}` : quoted;
}
