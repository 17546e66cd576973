const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const LOCAL = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const CLOCK = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const MINUTE = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' });

const UNITS = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** How long ago, in words: `3 minutes ago`, `now`. What is no instant comes back as it is. */
export function ago(instant: string, now: number): string {
  const then = Date.parse(instant);
  if (Number.isNaN(then)) return instant;
  const seconds = Math.round((then - now) / 1_000);
  // Clocks differ a little: what has just happened is not in the future.
  if (seconds > -3 && seconds < 10) return 'now';
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS[5];
  return RELATIVE.format(Math.trunc(seconds / size), unit);
}

/** A length of time in at most two units: `2 h 5 min`, `40 s`. */
export function lasting(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return parts(whole, 60, 'min', 's');
  if (whole < 86_400) return parts(Math.floor(whole / 60), 60, 'h', 'min');
  return parts(Math.floor(whole / 3_600), 24, 'd', 'h');
}

function parts(count: number, size: number, large: string, small: string): string {
  const rest = count % size;
  return `${Math.floor(count / size)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

/** Milliseconds as people read them: `840 ms`, `2.4 s`, `3 min 5 s`. */
export function milliseconds(value: number): string {
  if (value < 1_000) return `${Math.round(value)} ms`;
  if (value < 60_000) return `${(value / 1_000).toFixed(1)} s`;
  return lasting(value / 1_000);
}

/** Day and time where the reader is. */
export const localTime = (instant: string): string => format(LOCAL, instant);
/** The time of day where the reader is, with seconds. */
export const clock = (instant: string | number): string => format(CLOCK, instant);
/** Hour and minute where the reader is. */
export const minute = (instant: string | number): string => format(MINUTE, instant);

/** The instant in UTC, to the second: `2026-11-28 02:24:23 UTC`. */
export function utc(instant: string): string {
  const then = Date.parse(instant);
  if (Number.isNaN(then)) return instant;
  return `${new Date(then).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function format(how: Intl.DateTimeFormat, instant: string | number): string {
  const then = new Date(instant);
  return Number.isNaN(then.getTime()) ? String(instant) : how.format(then);
}
