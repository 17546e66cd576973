import { styleText } from 'node:util';

/** Says what is going on: a line a step, and what is happening within it where a terminal can show that. */
export class Progress {
  readonly #out: NodeJS.WriteStream;
  readonly #began = performance.now();

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  async step<T>(what: string, run: () => Promise<T>): Promise<T> {
    const began = performance.now();
    if (this.#out.isTTY) this.#out.write(`  … ${what}\n`);
    try {
      const result = await run();
      this.#line(styleText('green', '✓'), what, began);
      return result;
    } catch (error) {
      this.#line(styleText('red', '✗'), what, began);
      throw error;
    }
  }

  /** What is happening just now: replaced by the next. */
  readonly detail = (text: string): void => {
    if (this.#out.isTTY) this.#out.write(`\r\u001b[K    ${styleText('dim', text.slice(0, this.#out.columns - 6))}`);
  };

  seconds(): number {
    return Math.round((performance.now() - this.#began) / 100) / 10;
  }

  #line(mark: string, what: string, began: number): void {
    const took = `${((performance.now() - began) / 1000).toFixed(1)} s`;
    if (this.#out.isTTY) this.#out.write('\r\u001b[K\u001b[1A\u001b[K');
    this.#out.write(`  ${mark} ${what} ${styleText('dim', took)}\n`);
  }
}
