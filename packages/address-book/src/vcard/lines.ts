import { Collector } from '../collector.ts';

const LF = 0x0a;
const CR = 0x0d;

/** A line of the file as it stands there, still folded, without its end. */
export interface Line {
  readonly line: number;
  /** Empty when it is longer than any record may be. */
  readonly bytes: Buffer;
  readonly isTooLarge: boolean;
  /** What it begins with, also when it is too large. */
  readonly start: Buffer;
}

const START = 256;

/** Cuts bytes into lines. Only a line feed ends one, with a carriage return before it or not. */
export class LineCutter {
  #collector = new Collector();
  #start: Buffer = Buffer.alloc(0);
  #line = 1;

  /** The lines that end in this chunk. */
  *push(chunk: Buffer): Generator<Line> {
    let from = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, from)) {
      this.#add(chunk.subarray(from, end));
      from = end + 1;
      yield this.#take();
    }
    this.#add(chunk.subarray(from));
  }

  /** The last line, where no line feed ends it. */
  *end(): Generator<Line> {
    if (this.#collector.length > 0) yield this.#take();
  }

  #add(piece: Buffer): void {
    if (this.#collector.length === 0) this.#start = piece.subarray(0, START);
    else if (this.#start.length < START)
      this.#start = Buffer.concat([this.#start, piece.subarray(0, START - this.#start.length)]);
    this.#collector.add(piece);
  }

  #take(): Line {
    const { isTooLarge } = this.#collector;
    const all = this.#collector.take();
    const bytes = all.at(-1) === CR ? all.subarray(0, -1) : all;
    return { line: this.#line++, bytes, isTooLarge, start: isTooLarge ? this.#start : bytes.subarray(0, START) };
  }
}
