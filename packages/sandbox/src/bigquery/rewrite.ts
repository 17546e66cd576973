import { invalidQuery, notFound } from './errors.ts';
import { BEFORE_PAREN, FUNCTIONS, KEYWORDS, PARTS, RESERVED, TYPES } from './functions.ts';
import type { Token } from './tokens.ts';

/** What the words of a statement may refer to. */
export interface Scope {
  readonly project: string;
  /** SQL of a query parameter `@name`; throws when there is none. */
  named(name: string): string;
  /** SQL of the next `?`. */
  positional(): string;
  /** SQL of a procedure's argument, or undefined for any other name. */
  argument(name: string): string | undefined;
}

export const quoteString = (text: string): string => `'${text.replaceAll("'", "''")}'`;
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const isWord = (token: Token | undefined, ...words: readonly string[]): boolean =>
  token?.kind === 'name' && words.includes(token.text.toUpperCase());
export const isSymbol = (token: Token | undefined, ...symbols: readonly string[]): boolean =>
  token?.kind === 'symbol' && symbols.includes(token.text);

/**
 * A query or expression of GoogleSQL in DuckDB's words, token by token. It knows no grammar: DuckDB's parser checks
 * that. What it must do is translate or refuse every word that the two understand differently.
 */
export function rewrite(tokens: readonly Token[], scope: Scope): string {
  const rewriter = new Rewriter(tokens, scope);
  while (rewriter.at < tokens.length) rewriter.step();
  return rewriter.out.join(' ');
}

class Rewriter {
  readonly out: string[] = [];
  at = 0;
  /** Per open parenthesis, the function it belongs to, if any. */
  readonly #open: string[] = [];
  readonly #tokens: readonly Token[];
  readonly #scope: Scope;

  constructor(tokens: readonly Token[], scope: Scope) {
    this.#tokens = tokens;
    this.#scope = scope;
  }

  #peek(offset = 0): Token | undefined {
    return this.#tokens[this.at + offset];
  }

  #emit(sql: string, count = 1): void {
    this.out.push(sql);
    this.at += count;
  }

  step(): void {
    const token = this.#peek();
    if (!token) return;
    if (token.kind === 'string') this.#emit(quoteString(token.text));
    else if (token.kind === 'number') this.#emit(numberOf(token.text));
    else if (token.kind === 'named') this.#emit(this.#scope.named(token.text));
    else if (token.kind === 'positional') this.#emit(this.#scope.positional());
    else if (token.kind === 'quoted') this.#emit(path(token.text.split('.'), this.#scope.project));
    else if (token.kind === 'symbol') this.#symbol(token);
    else this.#name(token);
  }

  #symbol(token: Token): void {
    const before = this.#peek(-1);
    if (token.text === '[' && (before?.kind === 'quoted' || isSymbol(before, ')', ']') || isPlainName(before)))
      throw invalidQuery('Array and JSON subscripts are not known to this sandbox');
    if (token.text === ';') throw invalidQuery('Scripts of several statements are not known to this sandbox');
    if (token.text === '(') this.#open.push('');
    if (token.text === ')') this.#open.pop();
    this.#emit(token.text);
  }

  #name(token: Token): void {
    const word = token.text.toUpperCase();
    const next = this.#peek(1);
    const before = this.#peek(-1);
    if (isSymbol(before, '.')) {
      if (isSymbol(next, '(')) throw invalidQuery(`Function not known to this sandbox: ${token.text}`);
      this.#emit(quoteName(token.text));
    } else if (isSymbol(next, '.')) this.#path();
    else if (isSymbol(next, '(')) this.#beforeParen(word, token);
    else if (next?.kind === 'string' && TYPES.has(word)) this.#emit(TYPES.get(word) ?? word);
    else if (word === 'AS' && isCast(this.#open.at(-1))) this.#castType();
    else if (word === 'LIKE') this.#like();
    else if (word === 'INTERVAL') this.#interval();
    else if (word === 'SELECT' && isWord(next, 'AS'))
      throw invalidQuery('SELECT AS STRUCT and SELECT AS VALUE are not known to this sandbox');
    else if (word === 'UNION' && isWord(next, 'DISTINCT')) this.#emit('UNION', 2);
    else if ((word === 'EXCEPT' || word === 'INTERSECT') && isWord(next, 'DISTINCT')) this.#emit(word, 2);
    else if (word === 'UNION' && !isWord(next, 'ALL'))
      throw invalidQuery('Syntax error: Expected keyword ALL or keyword DISTINCT after UNION');
    else if (isForeign(before, word, next)) throw invalidQuery(`Syntax error: Unexpected keyword ${word}`);
    else if (RESERVED.has(word)) throw invalidQuery(`Unexpected or unknown to this sandbox: keyword ${word}`);
    else if (PARTS.has(word) && ['TIMESTAMP_DIFF', 'TIMESTAMP_TRUNC'].includes(this.#open.at(-1) ?? ''))
      this.#emit(quoteString(word));
    else if (KEYWORDS.has(word) || isSecondWord(before, word, next)) this.#emit(word);
    else this.#emit((isWord(before, 'AS') ? undefined : this.#scope.argument(token.text)) ?? quoteName(token.text));
  }

  /** `project.dataset.table`, `dataset.table`, `alias.column` */
  #path(): void {
    const parts: string[] = [];
    let count = 0;
    for (;;) {
      const part = this.#peek(count);
      if (part?.kind !== 'name' && part?.kind !== 'quoted') throw invalidQuery('Syntax error: unexpected "."');
      parts.push(part.text);
      count += 1;
      if (!isSymbol(this.#peek(count), '.') || isSymbol(this.#peek(count + 1), '*')) break;
      count += 1;
    }
    const first = parts[0]?.toUpperCase() ?? '';
    if (isSymbol(this.#peek(count), '('))
      throw invalidQuery(`Function not known to this sandbox: ${first === 'SAFE' ? 'SAFE.…' : parts.join('.')}`);
    if (this.#scope.argument(parts[0] ?? '') !== undefined)
      throw invalidQuery('Fields of a variable are not known to this sandbox: use JSON_QUERY');
    this.#emit(path(parts, this.#scope.project), count);
  }

  #beforeParen(word: string, token: Token): void {
    const before = this.#peek(-1);
    if (word === 'EXCEPT' && isSymbol(before, '*')) {
      this.#emit('EXCLUDE');
      return;
    }
    if (word === 'UNNEST') {
      this.#unnest();
      return;
    }
    if (word === 'CAST' || word === 'SAFE_CAST') {
      this.out.push(word === 'CAST' ? 'CAST (' : 'TRY_CAST (');
      this.#open.push(word);
      this.at += 2;
      return;
    }
    if (BEFORE_PAREN.has(word)) {
      this.#emit(token.text);
      return;
    }
    const name = FUNCTIONS.get(word);
    if (name === undefined) throw invalidQuery(`Function not known to this sandbox: ${token.text}`);
    this.out.push(`${name} (`);
    this.#open.push(word);
    this.at += 2;
  }

  /**
   * `x IN UNNEST(a)` and `FROM UNNEST(a) AS e`. In BigQuery `e` is the element; DuckDB calls a column by its own name,
   * so it is given the alias too.
   */
  #unnest(): void {
    const close = this.#closing(this.at + 1);
    const inner = rewrite(this.#tokens.slice(this.at + 2, close), this.#scope);
    if (isWord(this.#peek(-1), 'IN')) {
      this.#emit(`(SELECT UNNEST(${inner}))`, close + 1 - this.at);
      return;
    }
    let after = close + 1;
    if (isWord(this.#tokens[after], 'AS')) after += 1;
    const alias = this.#tokens[after];
    if (alias && (alias.kind === 'quoted' || isAlias(alias))) {
      const name = quoteName(alias.text);
      this.#emit(`UNNEST(${inner}) AS ${name}(${name})`, after + 1 - this.at);
    } else this.#emit(`UNNEST(${inner})`, close + 1 - this.at);
    if (isWord(this.#peek(), 'WITH')) throw invalidQuery('WITH OFFSET is not known to this sandbox');
  }

  #closing(open: number): number {
    let depth = 0;
    for (let index = open; index < this.#tokens.length; index += 1) {
      if (isSymbol(this.#tokens[index], '(')) depth += 1;
      if (isSymbol(this.#tokens[index], ')')) depth -= 1;
      if (depth === 0) return index;
    }
    throw invalidQuery('Syntax error: Unbalanced parentheses');
  }

  #castType(): void {
    const array = isWord(this.#peek(1), 'ARRAY') && isSymbol(this.#peek(2), '<');
    const name = this.#peek(array ? 3 : 1);
    const type = name?.kind === 'name' ? TYPES.get(name.text.toUpperCase()) : undefined;
    const end = array ? 5 : 2;
    if (type === undefined || !isSymbol(this.#peek(end), ')') || (array && !isSymbol(this.#peek(4), '>')))
      throw invalidQuery('Type of CAST not known to this sandbox');
    // BigQuery does not cast JSON: it has functions for that. DuckDB would.
    if (type === 'JSON') throw invalidQuery('Invalid cast to JSON: use PARSE_JSON');
    this.#emit(`AS ${type}${array ? '[]' : ''}`, end);
  }

  /** BigQuery escapes with a backslash; DuckDB has to be told. */
  #like(): void {
    const pattern = this.#peek(1);
    if (pattern?.kind !== 'string' && pattern?.kind !== 'named')
      throw invalidQuery('LIKE is known to this sandbox with a literal or a parameter only');
    const sql = pattern.kind === 'string' ? quoteString(pattern.text) : this.#scope.named(pattern.text);
    this.#emit(`LIKE ${sql} ESCAPE '\\'`, 2);
  }

  #interval(): void {
    const amount = this.#peek(1);
    const part = this.#peek(2);
    const known = amount?.kind === 'number' || amount?.kind === 'named' || amount?.kind === 'name';
    if (!known || part?.kind !== 'name' || !PARTS.has(part.text.toUpperCase()))
      throw invalidQuery('INTERVAL is known to this sandbox as INTERVAL n MICROSECOND … DAY only');
    const sql =
      amount.kind === 'named'
        ? this.#scope.named(amount.text)
        : amount.kind === 'number'
          ? amount.text
          : (this.#scope.argument(amount.text) ?? quoteName(amount.text));
    this.#emit(`INTERVAL (${sql}) ${part.text}`, 3);
  }
}

/** A literal with a fraction is a FLOAT64; DuckDB would make it a decimal. */
const numberOf = (text: string): string => (/^\d+$/.test(text) ? text : `CAST('${text}' AS DOUBLE)`);

/** Words that are keywords only beside others. */
const isSecondWord = (before: Token | undefined, word: string, next: Token | undefined): boolean =>
  (isWord(before, 'NULLS') && (word === 'FIRST' || word === 'LAST')) ||
  (isWord(before, 'CURRENT') && word === 'ROW') ||
  (word === 'OFFSET' && (next?.kind === 'number' || next?.kind === 'named'));

/** What DuckDB would run and BigQuery would not: DISTINCT ON, ORDER BY ALL, a query that begins with FROM. */
const isForeign = (before: Token | undefined, word: string, next: Token | undefined): boolean =>
  (word === 'DISTINCT' && isWord(next, 'ON')) ||
  (word === 'ORDER' && isWord(next, 'ALL')) ||
  (word === 'BY' && isWord(before, 'ORDER') && isWord(next, 'ALL')) ||
  (word === 'FROM' && isSymbol(before, '('));

const isAlias = (token: Token): boolean => token.kind === 'name' && !KEYWORDS.has(token.text.toUpperCase());
const isPlainName = (token: Token | undefined): boolean => token !== undefined && isAlias(token);
const isCast = (name: string | undefined): boolean => name === 'CAST' || name === 'SAFE_CAST';

/** A dotted path in DuckDB, where a dataset is a schema and the project is the database. */
function path(parts: readonly string[], project: string): string {
  const local = parts.length > 2 && parts[0] === project ? parts.slice(1) : parts;
  if (local.length > 2 || parts.some((part) => part.toUpperCase() === 'INFORMATION_SCHEMA'))
    throw notFound(`${parts.join('.')} (this sandbox knows the project "${project}" and no INFORMATION_SCHEMA)`);
  return local.map(quoteName).join('.');
}
