/** What was injected: each kind that was planned, and how often it happened. */
export class Tally {
  readonly #counts = new Map<string, number>();

  #expected = new Set<string>();

  /** A run begins: of what it is expected to inject nothing is known yet. */
  begin(): void {
    this.#expected = new Set();
  }

  /** A kind that never happens is shown with 0. */
  expect(kinds: readonly string[]): void {
    for (const kind of kinds) {
      this.#expected.add(kind);
      if (!this.#counts.has(kind)) this.#counts.set(kind, 0);
    }
  }

  /** Whether it has never happened yet, in this run or one before. */
  lacks = (kind: string): boolean => (this.#counts.get(kind) ?? 0) === 0;

  /** Whether everything that this run can inject has happened once, in this run or one before. */
  complete = (): boolean => ![...this.#expected].some(this.lacks);

  add(kind: string, times = 1): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + times);
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
