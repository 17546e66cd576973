import { invalidQuery } from './errors.ts';

/** One word of GoogleSQL. `text` is what it means: a string without its quotes and escapes, a name without backticks. */
export interface Token {
  readonly kind: 'name' | 'quoted' | 'string' | 'number' | 'named' | 'positional' | 'symbol';
  readonly text: string;
  /** Where it begins and ends in the source. */
  readonly start: number;
  readonly end: number;
}

/** The operators that mean the same in DuckDB. `/` is not among them: BigQuery refuses to divide by zero, DuckDB does not. */
const SYMBOLS = ['||', '!=', '<>', '<=', '>=', ...'()[]<>=+-*.,;'];

const BLANK = /(?:\s|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const NAMED = /@[A-Za-z_][A-Za-z0-9_]*/y;
const STRING = /([rR]?)('''|"""|'|")/y;
const BACKTICK = /`([^`\\\n]+)`/y;

/**
 * The tokens of a GoogleSQL text, comments left out.
 * @throws {ApiError} at the first character that starts nothing this sandbox knows
 */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(sql);
  };
  const push = (kind: Token['kind'], text: string, end: number) => {
    tokens.push({ kind, text, start: at, end });
    at = end;
  };
  while (at < sql.length) {
    const blank = match(BLANK);
    if (blank) {
      at += blank[0].length;
      continue;
    }
    const quote = match(STRING);
    if (quote) {
      const { text, end } = readString(sql, at + quote[0].length, quote[2] ?? "'", quote[1] !== '');
      push('string', text, end);
      continue;
    }
    const backtick = match(BACKTICK);
    const name = match(NAME);
    const number = match(NUMBER);
    const named = match(NAMED);
    const symbol = SYMBOLS.find((candidate) => sql.startsWith(candidate, at));
    if (backtick) push('quoted', backtick[1] ?? '', at + backtick[0].length);
    else if (name) push('name', name[0], at + name[0].length);
    else if (number && sql[at] !== '.') push('number', number[0], at + number[0].length);
    else if (named) push('named', named[0].slice(1), at + named[0].length);
    else if (sql[at] === '?') push('positional', '?', at + 1);
    else if (symbol !== undefined) push('symbol', symbol, at + symbol.length);
    else throw invalidQuery(`Syntax error: unexpected or unknown to this sandbox: "${sql[at]}" at offset ${at}`);
  }
  return tokens;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
};

/** Reads up to the closing quote. Escapes: https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#escape_sequences */
function readString(sql: string, from: number, quote: string, raw: boolean): { text: string; end: number } {
  let text = '';
  let at = from;
  while (!sql.startsWith(quote, at)) {
    const character = sql[at];
    if (character === undefined || (character === '\n' && quote.length === 1))
      throw invalidQuery('Syntax error: Unclosed string literal');
    if (character !== '\\') {
      text += character;
      at += 1;
      continue;
    }
    const next = sql[at + 1] ?? '';
    const code = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(sql.slice(at + 1, at + 10));
    if (raw) {
      text += `\\${next}`;
      at += 2;
    } else if (code) {
      text += String.fromCodePoint(Number.parseInt(code[1] ?? code[2] ?? code[3] ?? '0', 16));
      at += 1 + code[0].length;
    } else {
      const escaped = ESCAPES[next];
      if (escaped === undefined) throw invalidQuery(`Syntax error: Illegal escape sequence: \\${next}`);
      text += escaped;
      at += 2;
    }
  }
  return { text, end: at + quote.length };
}
