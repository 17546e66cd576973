import { describe, expect, it } from 'vitest';
import { wanted } from '../src/arguments.ts';
import { Deck, seeded } from '../src/seeded.ts';

describe('the arguments', () => {
  it('have defaults, and a seed that is told', () => {
    expect(wanted([], () => 7)).toMatchObject({ minutes: 2, seed: 7, backends: ['redis', 'postgres'] });
    expect(wanted(['--minutes', '0.5', '--seed', '3', '--backend', 'redis'], () => 7)).toMatchObject({
      minutes: 0.5,
      seed: 3,
      backends: ['redis'],
    });
  });

  it.each([
    ['--minutes', 'soon'],
    ['--minutes', '0'],
    ['--minutes', '-1'],
    ['--minutes', ''],
    ['--seed', '1.5'],
    ['--seed', 'x'],
    ['--backend', 'sqs'],
    ['--local', 'mysql'],
    ['--unknown'],
    ['stray'],
  ])('%s %s is refused', (...args) => {
    expect(() => wanted(args, () => 7)).toThrow(TypeError);
  });
});

describe('chance', () => {
  it('is the same for the same seed, and another for another part', () => {
    const draws = (seed: number, part: string) => {
      const chance = seeded(seed).of(part);
      return Array.from({ length: 5 }, () => chance.next());
    };
    expect(draws(1, 'deaths')).toEqual(draws(1, 'deaths'));
    expect(draws(1, 'deaths')).not.toEqual(draws(2, 'deaths'));
    expect(draws(1, 'deaths')).not.toEqual(draws(1, 'networks'));
  });

  it('deals every card before any comes again, but for those put back', () => {
    const deck = new Deck([1, 2, 3, 4], seeded(1));
    expect([1, 2, 3, 4].map(() => deck.deal()).sort()).toEqual([1, 2, 3, 4]);
    const first = deck.deal();
    deck.putBack(first);
    expect([1, 2, 3, 4].map(() => deck.deal()).sort()).toEqual([1, 2, 3, 4]);
    expect(deck.dealFitting((card) => card === 3)).toBe(3);
    expect(deck.dealFitting((card) => card === 5)).toBeNull();
    expect(deck.dealFitting((card) => card === 3)).toBe(3);
  });
});
