import { styleText } from 'node:util';
import Table from 'cli-table3';

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

/** Contacts come from anywhere: what would move the cursor, name the window or turn the text around shows as U+FFFD. */
const harmless = (text: string): string =>
  text.replace(/\p{Cc}(?:\[(?:1|2|22|3[1-3]|39)m)?|[\u202a-\u202e\u2066-\u2069]/gu, (found) => {
    const [first = ''] = found;
    const isColour = first === '\u001b' && found.length > 1;
    return first === '\n' || isColour ? found : `\ufffd${found.slice(1)}`;
  });

/** @param rows cells; `null` shows as a dash */
export function table(head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  const made = new Table({
    head: head.map((text) => colour('bold', text)),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    chars: PLAIN,
  });
  for (const row of rows) made.push(row.map((cell) => (cell === null ? '–' : harmless(String(cell)))));
  return made.toString();
}

/** "12 s", "5 min", "3 h". */
export function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3_600)} h`;
}
