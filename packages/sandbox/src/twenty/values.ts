import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js';
import { z } from 'zod';
import { badInput, badPhone, badRequest, Refusal } from './refusal.ts';

export type Row = Record<string, unknown>;

/** Text as Postgres stores it: NUL fails the whole request, a lone surrogate becomes U+FFFD, `null` and `''` are one. */
export function text(value: unknown, field: string): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') throw badInput(field);
  return storable(value);
}

export function storable(value: string): string {
  if (value.includes('\u0000'))
    throw new Refusal(500, { statusCode: 500, error: 'Error', messages: ['Internal server error'] });
  return value.toWellFormed();
}

/** jsonb: keys by length and then bytes, numbers as numbers, `{}` and `null` are one. */
export function jsonb(value: unknown): unknown {
  if (typeof value === 'string') return storable(value);
  if (Array.isArray(value)) return value.map(jsonb);
  if (typeof value !== 'object' || value === null) return value;
  const byKey = ([a]: [string, unknown], [b]: [string, unknown]) =>
    Buffer.byteLength(a) - Buffer.byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b));
  return Object.fromEntries(
    Object.entries(value)
      .sort(byKey)
      .map(([key, item]) => [storable(key), jsonb(item)]),
  );
}

/** The keys of a JSON object. */
export function object(value: unknown, field: string): Row {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badInput(field);
  return Object.fromEntries(Object.entries(value));
}

function list(value: unknown, field: string): readonly unknown[] {
  const items = value ?? [];
  if (!Array.isArray(items)) throw badInput(field);
  return items;
}

/** The keys that the request has of a composite field, each in the spelling of its reader. */
function composite(field: string, readers: Readonly<Record<string, (value: unknown, field: string) => unknown>>) {
  return (input: Row): Row => {
    const stored = Object.entries(input).map(([key, value]) => {
      const reader = readers[key];
      if (reader === undefined) throw badInput(`${field}.${key}`);
      return [key, reader(value, `${field}.${key}`)];
    });
    return Object.fromEntries(stored);
  };
}

export const name = composite('name', { firstName: text, lastName: text });

const mailbox = z.email();

function email(value: unknown, field: string): string {
  const given = text(value, field);
  const stored = given.toLowerCase();
  if (mailbox.safeParse(stored).success) return stored;
  throw badRequest(`Invalid string value '${given}' for email field "${field}"`);
}

export const emails = composite('emails', {
  primaryEmail: (value, field) => (text(value, field) === '' ? '' : email(value, field)),
  additionalEmails: (value, field) => list(value, field).map((item) => email(item, field)),
});

interface Phone {
  readonly number: string;
  readonly callingCode: string;
  readonly countryCode: string;
}

/** A number taken apart, which takes either its international form or a country; what is missing is filled in. */
function takenApart({ number, callingCode, countryCode }: Phone): Phone {
  const whole = number.startsWith('+') ? number : callingCode + number;
  const country = isSupportedCountry(countryCode) ? countryCode : undefined;
  const parsed = parsePhoneNumberFromString(whole, country);
  const found = `+${parsed?.countryCallingCode}`;
  if (parsed === undefined || (callingCode !== '' && callingCode !== found)) throw badPhone(number);
  return { number: parsed.nationalNumber, callingCode: found, countryCode: parsed.country ?? countryCode };
}

const anotherPhone = (value: unknown, field: string): Phone => {
  const given = object(value, field);
  const part = (key: keyof Phone) => text(given[key], `${field}.${key}`);
  return takenApart({ number: part('number'), callingCode: part('callingCode'), countryCode: part('countryCode') });
};

const phoneParts = composite('phones', {
  primaryPhoneNumber: text,
  primaryPhoneCallingCode: text,
  primaryPhoneCountryCode: text,
  additionalPhones: (value, field) => list(value, field).map((item) => anotherPhone(item, field)),
});

export function phones(input: Row): Row {
  const parts = phoneParts(input);
  const part = (key: string) => String(parts[key] ?? '');
  const number = part('primaryPhoneNumber');
  if (number === '') return parts;
  const callingCode = part('primaryPhoneCallingCode');
  const first = takenApart({ number, callingCode, countryCode: part('primaryPhoneCountryCode') });
  return {
    ...parts,
    primaryPhoneNumber: first.number,
    primaryPhoneCallingCode: first.callingCode,
    primaryPhoneCountryCode: first.countryCode,
  };
}

const webAddress = z.httpUrl();

/** Stored with its host in lower case and without the slash at its end; the rest keeps its spelling. */
function url(value: unknown, field: string): string {
  const given = text(value, field);
  if (given === '') return '';
  const whole = given.includes('://') ? given : `https://${given}`;
  if (/\s/.test(given) || !webAddress.safeParse(whole).success) throw badInput(field);
  const { hostname, username } = new URL(whole);
  const end = given.toLowerCase().indexOf(hostname) + hostname.length;
  if (username !== '' || end < hostname.length) throw badInput(field);
  const rest = given.slice(end);
  return given.slice(0, end).toLowerCase() + (rest.endsWith('/') ? rest.slice(0, -1) : rest);
}

const anotherLink = (value: unknown, field: string): Row => {
  const given = object(value, field);
  return { label: text(given.label, `${field}.label`), url: url(given.url, `${field}.url`) };
};

const linkParts = composite('linkedinLink', {
  primaryLinkLabel: text,
  primaryLinkUrl: url,
  secondaryLinks: (value, field) => list(value, field).map((item) => anotherLink(item, field)),
});

/** A link written anew loses the label and the secondary links that the request does not repeat. */
export const links = (input: Row): Row => ({
  primaryLinkLabel: '',
  primaryLinkUrl: '',
  secondaryLinks: [],
  ...linkParts(input),
});
