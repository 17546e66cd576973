import { z } from 'zod';

const FORM = /^(0|-?[1-9][0-9]{0,18})$/;
const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** A BigQuery INT64 as its canonical decimal string: never a JS number, which rounds beyond 2^53. */
export type ContactId = string & z.BRAND<'ContactId'>;

/** True for `'0'`, `'-5'`, `'9223372036854775807'`; false for `'007'`, `'-0'`, `'1.0'` and anything out of range. */
export function isContactId(text: string): text is ContactId {
  if (!FORM.test(text)) return false;
  const value = BigInt(text);
  return value >= MIN && value <= MAX;
}

const NO_ID = 'not the decimal form of an INT64';

/** A {@link ContactId} at a border: text in its one spelling. Numbers are refused. */
export const contactIdSchema = z
  .string(NO_ID)
  .regex(FORM, NO_ID)
  // One problem for one id: the form is told already.
  .refine((text) => !FORM.test(text) || isContactId(text), NO_ID)
  .brand<'ContactId', 'inout'>();

/**
 * Takes text for a contact id.
 *
 * @throws {RangeError} when `text` is not the canonical decimal form of an INT64
 */
export function contactId(text: string): ContactId {
  if (!isContactId(text)) throw new RangeError('contact_id is not the canonical decimal form of an INT64');
  return text;
}

const EPOCH_MS = 1_704_067_200_000n; // 2024-01-01T00:00:00Z: 41 bits of milliseconds last until 2093

/**
 * A new id for a contact that was born without one: 41 bits of time, 22 random bits, so that ids sort by age and no
 * system has to be asked first. Two hubs, or a hub whose ledger was rebuilt, do not hand out the same id again.
 *
 * @param nowMs milliseconds since the Unix epoch
 * @param random 22 random bits, `0 … 2^22 - 1`
 * @throws {RangeError} when `nowMs` is no whole number, or after 2093
 */
export function newContactId(nowMs: number, random: number): ContactId {
  const age = BigInt(nowMs) - EPOCH_MS;
  return contactId(((age << 22n) | BigInt(random & 0x3f_ffff)).toString());
}
