import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Chance that is decided by a seed. Each purpose has its own, so that one more draw for one does not change the others. */
export interface Chance {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform in 0 … below - 1. */
  below(below: number): number;
  happens(probability: number): boolean;
  pick<T>(items: readonly T[]): T | undefined;
}

/** @param purpose makes another stream of the same seed */
export function chanceOf(seed: number, purpose: string): Chance {
  const generator = xoroshiro128plus(mix(seed, purpose));
  const chance: Chance = {
    next: () => uniformFloat64(generator),
    below: (below) => Math.floor(chance.next() * below),
    happens: (probability) => probability > 0 && chance.next() < probability,
    pick: (items) => items[chance.below(items.length)],
  };
  return chance;
}

/** FNV-1a over the purpose, from the seed on: 32 bits. */
export function mix(seed: number, purpose: string): number {
  let hash = (seed ^ 0x811c9dc5) >>> 0;
  for (const code of new TextEncoder().encode(purpose)) hash = Math.imul(hash ^ code, 0x01000193) >>> 0;
  return hash | 0;
}
