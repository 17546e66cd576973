import { stripVTControlCharacters } from 'node:util';

const GAP = 2;
/** Narrower than this no column gets, so that a table too wide for its terminal stays a table. */
const LEAST = 8;

/**
 * How wide the columns may be to stay within a terminal: the widest give way first.
 *
 * @returns `null` where all fits as it is
 */
export function widths(rows: readonly (readonly string[])[], columns: number): number[] | null {
  const natural: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries()) natural[column] = Math.max(natural[column] ?? 0, widthOf(cell));
  let over = natural.reduce((sum, width) => sum + width + GAP, -GAP) - columns;
  if (over <= 0) return null;
  for (; over > 0; over--) {
    const widest = natural.indexOf(Math.max(...natural));
    if ((natural[widest] ?? 0) <= LEAST) break;
    natural[widest] = (natural[widest] ?? 0) - 1;
  }
  return natural;
}

/** Roughly: some characters take two places, and are wrapped all the same. */
const widthOf = (cell: string): number =>
  Math.max(
    ...stripVTControlCharacters(cell)
      .split('\n')
      .map((line) => line.length),
  );
