/** What an alert becomes by what is seen of it, as a total table: each episode is told once, and ended once. */

/** `none`: it is not there. `recovering`: it fires, and is right again, though not for long enough. */
export const STANDINGS = ['none', 'pending', 'firing', 'recovering'] as const;
/** One of {@link STANDINGS}. */
export type Standing = (typeof STANDINGS)[number];

/** What is seen. `wrong_long`, `right_long`: and has been for so long that people are told. */
export const SIGHTS = ['wrong', 'wrong_long', 'lingers', 'right', 'right_long', 'unknown'] as const;
/** One of {@link SIGHTS}. */
export type Sight = (typeof SIGHTS)[number];

/** What follows, and whether people hear of it. */
export interface Cell {
  readonly to: Standing;
  readonly tells?: 'firing' | 'resolved';
}

const none: Cell = { to: 'none' };
const pending: Cell = { to: 'pending' };
const firing: Cell = { to: 'firing' };
const recovering: Cell = { to: 'recovering' };
const fires: Cell = { to: 'firing', tells: 'firing' };
const resolves: Cell = { to: 'none', tells: 'resolved' };

/** Every standing and every sight. */
export const TABLE: Readonly<Record<Standing, Readonly<Record<Sight, Cell>>>> = {
  none: { wrong: pending, wrong_long: fires, lingers: none, right: none, right_long: none, unknown: none },
  pending: { wrong: pending, wrong_long: fires, lingers: none, right: none, right_long: none, unknown: pending },
  firing: {
    wrong: firing,
    wrong_long: firing,
    lingers: firing,
    right: recovering,
    right_long: resolves,
    unknown: firing,
  },
  // A relapse is the same episode: nobody hears of it.
  recovering: {
    wrong: firing,
    wrong_long: firing,
    lingers: firing,
    right: recovering,
    right_long: resolves,
    unknown: recovering,
  },
};
