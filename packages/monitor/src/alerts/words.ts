/** How alerts speak: English, with ids, codes and counts. */
import type { System } from '@contact-sync/sync';

const NAMES: Readonly<Record<System, string>> = {
  bigquery: 'BigQuery',
  supabase: 'Supabase',
  local: 'the local database',
  twenty: 'Twenty',
};

/** As it reads within a sentence. */
export const nameOf = (system: System): string => NAMES[system];

/** As it reads where a sentence begins. */
export const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** `1 conflict`, `2 conflicts`. */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const UNITS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
] as const;

/** A time that lasts, in the largest unit that it fills twice: `90 minutes`, `2 hours`; below a second in milliseconds. */
export function lasting(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  const [size, unit] = UNITS.find(([size]) => whole >= 2 * size) ?? (whole >= 1_000 ? UNITS[3] : [1, 'millisecond']);
  return counted(Math.round(whole / size), unit);
}

/** At most so many characters, an ellipsis among them; never half a character. */
export function shortened(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

const MOST_DETAIL = 300;

/** What a part said of its fault, in brackets. */
export const because = (detail: string | null): string =>
  detail === null || detail === '' ? '' : ` (${shortened(detail, MOST_DETAIL)})`;
