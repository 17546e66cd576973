import { MAX_RECORD_BYTES } from './limits.ts';

const NOTHING = Buffer.alloc(0);

/** Puts together what chunks hold piece by piece, up to the largest record; beyond that only the length is known. */
export class Collector {
  #space: Buffer = NOTHING;
  #length = 0;

  add(piece: Buffer): void {
    const from = this.#length;
    this.#length += piece.length;
    if (this.isTooLarge) this.#space = NOTHING;
    else if (from === 0)
      // Most are in one piece, and need no copy. Nothing is written there: it has no room for more.
      this.#space = piece;
    else {
      if (this.#space.length < this.#length) this.#grow(from);
      piece.copy(this.#space, from);
    }
  }

  get length(): number {
    return this.#length;
  }

  get isTooLarge(): boolean {
    return this.#length > MAX_RECORD_BYTES;
  }

  /** All of it, and begins anew. Empty when it is too large. */
  take(): Buffer {
    const all = this.isTooLarge ? NOTHING : this.#space.subarray(0, this.#length);
    this.#space = NOTHING;
    this.#length = 0;
    return all;
  }

  /** To twice what is needed: the smallest pieces take no more time for it. */
  #grow(held: number): void {
    const larger = Buffer.allocUnsafe(2 * this.#length);
    this.#space.copy(larger, 0, 0, held);
    this.#space = larger;
  }
}
