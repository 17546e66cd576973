export interface Percentiles {
  readonly n: number;
  /** Milliseconds from the edit's commit until the hub held the system's receipt. */
  readonly p50: number;
  readonly p99: number;
}

export class Latencies {
  readonly #bySystem = new Map<string, number[]>();

  /** @param ms from the edit to its arrival; a receipt from before the edit's own answer came back counts as 0 */
  add(system: string, ms: number): void {
    const all = this.#bySystem.get(system) ?? [];
    all.push(Math.max(0, ms));
    this.#bySystem.set(system, all);
  }

  of(system: string): Percentiles {
    const sorted = (this.#bySystem.get(system) ?? []).toSorted((a, b) => a - b);
    const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
    return { n: sorted.length, p50: at(0.5), p99: at(0.99) };
  }

  /** Over all systems together. */
  overall(): Percentiles {
    const all = new Latencies();
    for (const values of this.#bySystem.values()) for (const ms of values) all.add('all', ms);
    return all.of('all');
  }
}
