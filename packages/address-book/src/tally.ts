import type { LeftOut } from './entry.ts';
import { MAX_NAMES } from './limits.ts';

/** Counts by name what no contact takes. Bounded, however many names there are. */
export class Tally {
  #times = new Map<string, number>();

  add(name: string, times = 1): void {
    const short = name.slice(0, MAX_NAMES).toWellFormed();
    const key = this.#times.has(short) || this.#times.size < MAX_NAMES ? short : '*';
    this.#times.set(key, (this.#times.get(key) ?? 0) + times);
  }

  addAll(other: Tally): void {
    for (const [name, times] of other.#times) this.add(name, times);
  }

  list(): readonly LeftOut[] {
    return [...this.#times].map(([name, times]) => ({ name, times }));
  }
}
