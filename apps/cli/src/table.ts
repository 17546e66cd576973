import { styleText } from 'node:util';
import Table from 'cli-table3';
import { harmless } from './harmless.ts';
import { widths } from './widths.ts';

type Colour = 'red' | 'green' | 'yellow' | 'dim' | 'bold';

/** For a terminal that shows colours; elsewhere, and where NO_COLOR is set, the bare text. */
export const colour = (name: Colour, text: string): string => styleText(name, text, { stream: process.stdout });

/** Columns without lines: easy to read, to cut and to search. */
const PLAIN = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '' },
  middle: '  ',
};

/**
 * Columns that line up. On a terminal long texts are wrapped within it; elsewhere each line of a cell stays one line.
 *
 * @param rows cells; `null` shows as a dash
 */
export function table(head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  const shown = rows.map((row) => row.map((cell) => (cell === null ? '–' : harmless(String(cell)))));
  const fitted = process.stdout.isTTY ? widths([head, ...shown], process.stdout.columns) : null;
  const made = new Table({
    head: head.map((text) => colour('bold', text)),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    chars: PLAIN,
    ...(fitted && { colWidths: fitted, wordWrap: true }),
  });
  for (const row of shown) made.push(row);
  // Cells are filled up with blanks, which nobody needs at the end of a line.
  return made.toString().replace(/ +$/gm, '');
}

/** "12 s", "5 min", "3 h". */
export function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
