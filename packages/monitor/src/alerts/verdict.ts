/** What a rule says of one thing at one moment. */
import type { Alert, AlertCode } from '@contact-sync/sync';

/** What people are told when it is wrong. */
export type Saying = Pick<Alert, 'severity' | 'message' | 'advice' | 'value'>;

/**
 * - `wrong`: it is.
 * - `lingers`: not wrong enough to begin, and not right enough to be over: a number a little below its threshold, or what
 *   something else explains now.
 * - `right`: it is not.
 * - `unknown`: nobody could see. It neither begins nor ends anything.
 */
export type Verdict = { readonly code: AlertCode; readonly subject: string } & (
  | { readonly is: 'wrong' | 'lingers'; readonly says: Saying }
  | { readonly is: 'right' | 'unknown' }
);

/** A number is right again only once it is below so much of its threshold: else it would flutter about it. */
const RIGHT_AGAIN = 0.8;

/** How a number stands against its threshold. */
export const degreeOf = (value: number, threshold: number): 'wrong' | 'lingers' | 'right' => {
  if (value > threshold) return 'wrong';
  return value > threshold * RIGHT_AGAIN ? 'lingers' : 'right';
};

/** A verdict on a matter of degree, or `says` only where there is something to say. */
export const verdict = (code: AlertCode, subject: string, is: Verdict['is'], says: () => Saying): Verdict =>
  is === 'wrong' || is === 'lingers' ? { code, subject, is, says: says() } : { code, subject, is };
