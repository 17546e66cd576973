import { z } from 'zod';

/** UTC with six digits of fraction, `2024-05-01T10:34:56.123456Z`: compares as text, keeps BigQuery's microseconds. */
export type Timestamp = string & z.BRAND<'Timestamp'>;

const FORM = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$/;
const MICRO = 1000n;

/** True only for the one spelling described at {@link Timestamp}. */
export const isTimestamp = (text: string): text is Timestamp => FORM.test(text);

/** Of the right spelling, and a day and an hour that there are. */
const isInstant = (text: string): boolean => {
  try {
    return timestamp(text) === text;
  } catch {
    return false;
  }
};

const NO_TIMESTAMP = 'not a UTC timestamp with six digits of fraction';

/**
 * A {@link Timestamp} at a border, of a day and an hour that there are. Other spellings go through {@link timestamp}.
 */
export const timestampSchema = z
  .string(NO_TIMESTAMP)
  .regex(FORM, NO_TIMESTAMP)
  // One problem for one time: the form is told already.
  .refine((text) => !FORM.test(text) || isInstant(text), NO_TIMESTAMP)
  .brand<'Timestamp', 'inout'>();

/**
 * Reads any ISO 8601 instant with an offset, as Postgres, BigQuery, PostgREST and Twenty write them (`T` or a blank,
 * `Z`, `+00` or `+00:00`, 0 to 9 digits). Digits beyond microseconds are cut off. Never goes through `Date`, which
 * would cut at milliseconds.
 *
 * @throws {RangeError} when the text is no instant, or outside the years 0001 to 9999 that every system can store
 */
export function timestamp(text: string): Timestamp {
  let instant: Temporal.Instant;
  try {
    instant = Temporal.Instant.from(text);
  } catch (cause) {
    throw new RangeError('not an ISO 8601 instant with an offset', { cause });
  }
  const utc = instant.toString({ fractionalSecondDigits: 6, roundingMode: 'trunc' });
  if (!isTimestamp(utc) || utc.startsWith('0000')) throw new RangeError('outside the years 0001 to 9999');
  return utc;
}

/** Microseconds since the Unix epoch. */
export const toMicros = (time: Timestamp): bigint => Temporal.Instant.from(time).epochNanoseconds / MICRO;

/**
 * The inverse of {@link toMicros}.
 *
 * @param micros microseconds since the Unix epoch
 * @throws {RangeError} outside the years 0001 to 9999
 */
export const fromMicros = (micros: bigint): Timestamp =>
  timestamp(Temporal.Instant.fromEpochNanoseconds(micros * MICRO).toString());

/**
 * A time by a clock of JavaScript.
 *
 * @param ms milliseconds since the Unix epoch, as `Date.now()` gives them; fractions are cut off
 * @throws {RangeError} outside the years 0001 to 9999
 */
export const fromMillis = (ms: number): Timestamp => fromMicros(BigInt(Math.trunc(ms)) * 1000n);
