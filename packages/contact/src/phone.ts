import { parsePhoneNumberFromString } from 'libphonenumber-js';

/**
 * True for E.164, `+14155552671`: a plus sign and up to 15 digits, of a length that the numbers of that country have.
 * Whether somebody has been given the number is not asked: number plans change more often than this library.
 */
export function isE164(text: string): boolean {
  if (!/^\+[1-9][0-9]{1,14}$/.test(text)) return false;
  const parsed = parsePhoneNumberFromString(text);
  return parsed?.number === text && parsed.isPossible();
}
