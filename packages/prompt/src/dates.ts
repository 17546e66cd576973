/** A day of the calendar, without any clock or time zone. Of a yearly day `year` is `null`. */
export interface Day {
  readonly year: number | null;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
}

const FORM = /^(?:(\d{4})-|--)?(\d{2})-(\d{2})$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2})(?:T([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?Z)?$/;

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

function daysIn(month: number, year: number | null): number {
  if (month === 2) return year === null || isLeap(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Reads `1990-12-10`, and `12-10` or `--12-10` for every year; `null` for anything else and for days there are not. */
export function parseDay(text: string): Day | null {
  const match = FORM.exec(text);
  if (!match) return null;
  const year = match[1] === undefined ? null : Number(match[1]);
  const [month, day] = [Number(match[2]), Number(match[3])];
  if (year === 0 || month < 1 || month > 12 || day < 1 || day > daysIn(month, year)) return null;
  return { year, month, day };
}

/** The UTC day of `2026-05-01` or `2026-05-01T10:00:00Z`; `null` for anything else, other offsets included. */
export function parseNow(text: string): (Day & { readonly year: number }) | null {
  const match = INSTANT.exec(text);
  const day = match?.[1] === undefined ? null : parseDay(match[1]);
  return day === null || day.year === null ? null : { ...day, year: day.year };
}

/**
 * When a day comes next, today included, as `YYYY-MM-DD`: a day to come is itself, one that has been comes again each
 * year. The 29th of February is the 28th in years without one.
 */
export function nextOccurrence(date: Day, today: Day & { readonly year: number }): string {
  const now = written(today.year, today.month, today.day);
  if (date.year !== null && written(date.year, date.month, date.day) >= now)
    return written(date.year, date.month, date.day);
  const inYear = (year: number) => written(year, date.month, Math.min(date.day, daysIn(date.month, year)));
  const thisYear = inYear(today.year);
  return thisYear >= now ? thisYear : inYear(today.year + 1);
}

const two = (number: number): string => String(number).padStart(2, '0');
/** Compares as text within the years 0001 to 9999. */
const written = (year: number, month: number, day: number): string =>
  `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
