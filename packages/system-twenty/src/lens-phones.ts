import type { Fields, Json, Part } from '@contact-sync/contact';
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { subList, subText, withUnheld } from './text.ts';

/**
 * Twenty takes a number apart with libphonenumber-js and refuses what that cannot read; a number without a country
 * keeps the country of the number before it. Only E.164 numbers that come back whole are sent.
 */
function held(phone: string): boolean {
  const parsed = /^\+\d{5,15}$/.test(phone) ? parsePhoneNumberFromString(phone) : undefined;
  return parsed?.country !== undefined && parsed.number === phone;
}

/** The country is not compared: `+44` may be GB or GG, as the version of the number plan has it. */
function spelled(number: string, callingCode: string): string {
  const digits = number.replace(/[\s().\-/\u00a0\u2010-\u2015]/g, '');
  if (digits.startsWith('+') || callingCode === '' || digits === '') return digits;
  return `+${callingCode.replace(/\D/g, '')}${digits}`;
}

function read({ phones }: Fields): readonly string[] {
  const all = [
    spelled(subText(phones, 'primaryPhoneNumber'), subText(phones, 'primaryPhoneCallingCode')),
    ...subList(phones, 'additionalPhones').map((extra) =>
      spelled(subText(extra, 'number'), subText(extra, 'callingCode')),
    ),
  ];
  return [...new Set(all.filter((phone) => phone !== ''))];
}

const CLEARED = { primaryPhoneNumber: '', primaryPhoneCountryCode: '', primaryPhoneCallingCode: '' };

export const phonesPart: Part = {
  content: ['phones'],
  partial: true,
  read,
  expected: (content) => (content.phones ?? []).filter(held),
  write(content) {
    const [primary, ...others] = (content.phones ?? []).filter(held);
    const additionalPhones: Json = others.map((number) => ({ number }));
    // Twenty finds country and calling code itself when only an international number is given.
    const first = primary === undefined ? CLEARED : { primaryPhoneNumber: primary };
    return { phones: { ...first, additionalPhones } };
  },
  put: (fields, base) => ({ phones: withUnheld(read(fields), base?.phones ?? [], held) }),
};
