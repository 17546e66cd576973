import { invalidQuery, notFound } from './errors.ts';
import { isSymbol, isWord, quoteName } from './rewrite.ts';
import type { Token } from './tokens.ts';

/** A table, view or procedure. */
export interface ObjectName {
  readonly dataset: string;
  readonly name: string;
}

export const sqlName = (object: ObjectName): string => `${quoteName(object.dataset)}.${quoteName(object.name)}`;
export const keyOf = (object: ObjectName): string => `${object.dataset}.${object.name}`;

/** Reads the tokens of one statement from left to right. */
export class Reader {
  readonly tokens: readonly Token[];
  at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  peek(offset = 0): Token | undefined {
    return this.tokens[this.at + offset];
  }

  get done(): boolean {
    return this.at >= this.tokens.length;
  }

  /** Goes past these words if they stand here. */
  words(...words: readonly string[]): boolean {
    if (!words.every((word, index) => isWord(this.peek(index), word))) return false;
    this.at += words.length;
    return true;
  }

  symbol(symbol: string): boolean {
    if (!isSymbol(this.peek(), symbol)) return false;
    this.at += 1;
    return true;
  }

  expectWords(...words: readonly string[]): void {
    if (!this.words(...words)) throw this.unexpected(words.join(' '));
  }

  expectSymbol(symbol: string): void {
    if (!this.symbol(symbol)) throw this.unexpected(symbol);
  }

  unexpected(expected: string): Error {
    const found = this.peek()?.text ?? 'end of statement';
    return invalidQuery(`Syntax error or not known to this sandbox: expected ${expected}, found ${found}`);
  }

  identifier(): string {
    const token = this.peek();
    if (token?.kind !== 'name' && token?.kind !== 'quoted') throw this.unexpected('a name');
    this.at += 1;
    return token.text;
  }

  string(): string {
    const token = this.peek();
    if (token?.kind !== 'string') throw this.unexpected('a string literal');
    this.at += 1;
    return token.text;
  }

  path(): string[] {
    const parts = this.identifier().split('.');
    while (this.symbol('.')) parts.push(...this.identifier().split('.'));
    return parts;
  }

  object(project: string, defaultDataset: string | undefined): ObjectName {
    const parts = this.path();
    const local = parts.length === 3 && parts[0] === project ? parts.slice(1) : parts;
    const [first, second] = local;
    if (local.length === 2 && first !== undefined && second !== undefined) return { dataset: first, name: second };
    if (local.length === 1 && first !== undefined && defaultDataset !== undefined)
      return { dataset: defaultDataset, name: first };
    throw notFound(`${parts.join('.')} (this sandbox knows the project "${project}")`);
  }

  /** The tokens up to one of these at the same depth, or to the end. */
  until(stop: (token: Token) => boolean): Token[] {
    const from = this.at;
    let depth = 0;
    for (; !this.done; this.at += 1) {
      const token = this.peek();
      if (token === undefined) break;
      if (depth === 0 && stop(token)) break;
      if (isSymbol(token, '(', '[')) depth += 1;
      if (isSymbol(token, ')', ']')) depth -= 1;
      if (depth < 0) break;
    }
    return this.tokens.slice(from, this.at);
  }

  rest(): Token[] {
    const rest = this.tokens.slice(this.at);
    this.at = this.tokens.length;
    return rest;
  }
}
