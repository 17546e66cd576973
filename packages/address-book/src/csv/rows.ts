import { Collector } from '../collector.ts';

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;

/** How a row was written: `too_large` and `bad_quote` are skipped, behind `open_quote` nothing can be read any more. */
export type RowState = 'whole' | 'too_large' | 'bad_quote' | 'open_quote';

/** One row without its end of line. */
export interface Row {
  readonly line: number;
  readonly state: RowState;
  /** The file ends with it, and not with a line. */
  readonly isCut: boolean;
  /** Empty unless it is whole. */
  readonly bytes: Buffer;
}

/**
 * Cuts bytes into rows, which csv-parse then reads one by one. csv-parse itself would stop at the first row with a stray
 * quote or lose what comes behind a row that is too large.
 *
 * Ends of lines within quotes belong to the row, also where it is too large: what somebody wrote into a note is never
 * read as a row of its own.
 */
export class RowCutter {
  #collector = new Collector();
  #at: 'start' | 'plain' | 'quoted' | 'quote' = 'start';
  #isBad = false;
  #line = 1;
  #rowLine = 1;
  #afterCr = false;
  readonly #delimiters = new Uint8Array(256);

  constructor(delimiters: readonly string[]) {
    this.setDelimiters(delimiters);
  }

  /** From here on only these ASCII characters part cells. */
  setDelimiters(delimiters: readonly string[]): void {
    this.#delimiters.fill(0);
    for (const delimiter of delimiters) this.#delimiters[delimiter.charCodeAt(0)] = 1;
  }

  /** The number of the line that is being read. */
  get line(): number {
    return this.#line;
  }

  /** The rows that end in this chunk. */
  *push(chunk: Buffer): Generator<Row> {
    const { length } = chunk;
    let from = 0;
    for (let index = 0; index < length; index++) {
      const byte = chunk[index];
      if (byte === LF && this.#afterCr) {
        // The second half of an end of line. Between two rows it is none of either.
        this.#afterCr = false;
        if (this.#at === 'start' && this.#collector.length === 0 && from === index) from++;
        continue;
      }
      this.#afterCr = byte === CR;
      if (byte === LF || byte === CR) {
        this.#line++;
        if (this.#at === 'quoted') continue;
        this.#collector.add(chunk.subarray(from, index));
        from = index + 1;
        yield this.#row(false);
      } else this.#step(byte);
    }
    this.#collector.add(chunk.subarray(from));
  }

  /** The last row, where the file does not end with a line. */
  *end(): Generator<Row> {
    if (this.#collector.length > 0) yield this.#row(true);
  }

  #step(byte: number | undefined): void {
    const isDelimiter = this.#delimiters[byte ?? 0] === 1;
    switch (this.#at) {
      case 'start':
        this.#at = byte === QUOTE ? 'quoted' : isDelimiter ? 'start' : 'plain';
        break;
      case 'plain':
        // A quote amid a cell without quotes is a quote, as in 5'10".
        if (isDelimiter) this.#at = 'start';
        break;
      case 'quoted':
        if (byte === QUOTE) this.#at = 'quote';
        break;
      case 'quote':
        if (byte === QUOTE) this.#at = 'quoted';
        else if (isDelimiter) this.#at = 'start';
        else {
          this.#isBad = true;
          this.#at = 'plain';
        }
    }
  }

  #row(isCut: boolean): Row {
    const { isTooLarge } = this.#collector;
    const state: RowState =
      this.#at === 'quoted' ? 'open_quote' : isTooLarge ? 'too_large' : this.#isBad ? 'bad_quote' : 'whole';
    const bytes = this.#collector.take();
    const row: Row = { line: this.#rowLine, state, isCut, bytes: state === 'whole' ? bytes : Buffer.alloc(0) };
    this.#at = 'start';
    this.#isBad = false;
    this.#rowLine = this.#line;
    return row;
  }
}
