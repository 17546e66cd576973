/** What was injected: each kind that was planned, and how often it happened. */
export class Tally {
  readonly #counts = new Map<string, number>();

  /** A kind that never happens is shown with 0. */
  expect(kinds: readonly string[]): void {
    for (const kind of kinds) if (!this.#counts.has(kind)) this.#counts.set(kind, 0);
  }

  add(kind: string, times = 1): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + times);
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
