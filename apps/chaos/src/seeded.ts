/** Chance from a seed: the same seed gives the same plan. */
export interface Chance {
  /** Uniform in [0, 1). */
  next(): number;
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number;
  pick<T>(from: readonly T[]): T;
  /** True with this probability. */
  is(probability: number): boolean;
  shuffled<T>(items: readonly T[]): T[];
  /** Chance of its own, for a part whose draws must not depend on what other parts draw. */
  of(part: string): Chance;
}

/** mulberry32: small, seeded, good enough to plan faults with. */
export function seeded(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    between,
    pick(from) {
      const picked = from[between(0, from.length - 1)];
      if (picked === undefined) throw new RangeError('nothing to pick from');
      return picked;
    },
    is: (probability) => next() < probability,
    shuffled<T>(items: readonly T[]) {
      const left = [...items];
      return items.flatMap(() => left.splice(between(0, left.length - 1), 1));
    },
    of(part) {
      let mixed = seed >>> 0;
      for (const letter of part) mixed = (Math.imul(mixed, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
      return seeded(mixed);
    },
  };
}

/** Deals cards in a seeded order, all of them before any comes again. */
export class Deck<T> {
  readonly #cards: readonly T[];
  readonly #chance: Chance;
  #left: T[];

  /** @param urgent these come first of all, in an order of chance as well */
  constructor(cards: readonly T[], chance: Chance, urgent: (card: T) => boolean = () => false) {
    this.#cards = cards;
    this.#chance = chance;
    const all = chance.shuffled(cards);
    this.#left = [...all.filter(urgent), ...all.filter((card) => !urgent(card))];
  }

  deal(): T {
    if (this.#left.length === 0) this.#left = this.#chance.shuffled(this.#cards);
    const card = this.#left.shift();
    if (card === undefined) throw new RangeError('an empty deck');
    return card;
  }

  /** The next card that fits now; `null` when none does. */
  dealFitting(fits: (card: T) => boolean): T | null {
    if (!this.#left.some(fits))
      this.#left.push(...this.#chance.shuffled(this.#cards.filter((card) => !this.#left.includes(card))));
    const index = this.#left.findIndex(fits);
    return this.#left.splice(index, index < 0 ? 0 : 1)[0] ?? null;
  }

  /** It did not come to anything: again, after all others of this round. */
  putBack(card: T): void {
    this.#left.push(card);
  }
}
