/** How far a system's clock is from ours, as one small question found it. */

/** Of the whole seconds that a `Date` header tells, half a second is missing on average. */
const HALF_A_SECOND_MS = 500;

/**
 * Milliseconds that their clock is ahead of ours, whole; negative: behind. The answer is taken to have been written
 * halfway between question and answer, so that this is wrong by up to half the time between.
 *
 * @param told their time, in milliseconds since the Unix epoch; `null`: they told none
 * @param asked when the question went out by our clock, in the same unit
 * @param answered when the answer was there by our clock
 * @returns `null` where they told no time, or none that is a number
 */
export const skewOf = (told: number | null, asked: number, answered: number): number | null =>
  told === null || !Number.isFinite(told) ? null : Math.round(told - (asked + answered) / 2);

/**
 * As {@link skewOf}, of the `Date` header of an HTTP answer: wrong by half a second more, for it tells whole seconds.
 *
 * @param header as it came; `null` or no date: they told none
 */
export const skewOfDate = (header: string | null | undefined, asked: number, answered: number): number | null =>
  skewOf(Date.parse(header ?? '') + HALF_A_SECOND_MS, asked, answered);
