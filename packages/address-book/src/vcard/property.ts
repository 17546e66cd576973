import { isUtf8 } from 'node:buffer';
import ICAL from 'ical.js';
import type { AddressBookCode } from '../entry.ts';
import { cutUnescaped } from '../escapes.ts';
import { MAX_HEAD } from '../limits.ts';
import type { RawProperty } from './cards.ts';

/** A property as somebody meant it. */
export interface Property {
  /** In small letters, without its group. */
  readonly name: string;
  /** Values of its parameters in small letters, by their names in small letters. */
  readonly params: ReadonlyMap<string, readonly string[]>;
  /** Still escaped, with the ends of lines as `\n`. */
  readonly value: string;
}

/** What is wrong with a property. */
export interface BadProperty {
  readonly code: AddressBookCode;
  readonly message: string;
}

/**
 * ical.js reads the parameters: quotes, carets, lists. Values are read here: it takes an escaped backslash before a
 * delimiter for an escaped delimiter, leaves `\;` as it is, and drops every backslash from a phone number of vCard 3.
 */
const HEADS = { ...ICAL.design.vcard, property: Object.create(null), value: Object.create(null) };

/** Reads one property, its encoding and charset included. */
export function propertyOf({ line, name, bytes }: RawProperty): Property | BadProperty {
  const head = headOf(bytes);
  const params = head === null ? null : paramsOf(head);
  if (head === null || !params) return { code: 'BROKEN', message: `line ${line} is no property` };
  const value = textOf(decoded(bytes.subarray(head.length + 1), params), params.get('charset')?.[0]);
  if (value === null) return { code: 'INVALID_ENCODING', message: 'is no text in its encoding' };
  return { name, params, value: value.replaceAll(/\r\n?/g, '\n') };
}

/** All before the first colon that is in no quotes. */
function headOf(bytes: Buffer): string | null {
  const start = bytes.toString('latin1', 0, MAX_HEAD);
  return /^(?:[^":]|"[^"]*")*(?=:)/.exec(start)?.[0] ?? null;
}

function paramsOf(head: string): Property['params'] | null {
  const params = new Map<string, readonly string[]>();
  const [name = '', ...written] = head.match(/(?:[^";]|"[^"]*")+/g) ?? [];
  if (written.length === 0) return params;
  // vCard 2.1 writes the values alone: TEL;HOME;VOICE.
  const named = written.map((one) => (one.includes('=') ? one : `${bareName(one)}=${one}`));
  try {
    const [, parsed]: [string, Readonly<Record<string, unknown>>] = ICAL.parse.property(
      `${name};${named.join(';')}:`,
      HEADS,
    );
    for (const [key, value] of Object.entries(parsed)) params.set(key.trim(), textsOf(value));
    return params;
  } catch {
    return null;
  }
}

const bareName = (value: string): string =>
  /^(?:quoted-printable|base64|b|7bit|8bit)$/i.test(value.trim()) ? 'ENCODING' : 'TYPE';

function textsOf(value: unknown): readonly string[] {
  return [value]
    .flat(3)
    .flatMap((one) => (typeof one === 'string' ? one.split(',') : []))
    .map((one) => one.trim().toLowerCase());
}

function decoded(bytes: Buffer, params: Property['params']): Buffer {
  switch (params.get('encoding')?.[0]) {
    case 'quoted-printable':
      return Buffer.from(
        bytes
          .toString('latin1')
          .replaceAll(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
        'latin1',
      );
    case 'b':
    case 'base64':
      return Buffer.from(bytes.toString('latin1'), 'base64');
    default:
      return bytes;
  }
}

/** @returns `null` when it is no text in that charset, or nobody knows the charset */
function textOf(bytes: Buffer, charset = 'utf-8'): string | null {
  if (charset === 'utf-8') return isUtf8(bytes) ? bytes.toString() : null;
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** A value without its escapes. In vCard 2.1 a backslash escapes delimiters alone: `C:\new` is a folder. */
export function unescaped(value: string, isOld = false): string {
  if (!value.includes('\\')) return value;
  return value.replaceAll(isOld ? /\\([\\,;:])/g : /\\([\\,;:nN])/g, (_, sign: string) =>
    sign === 'n' || sign === 'N' ? '\n' : sign,
  );
}

/** The parts of a structured value, still escaped. A comma within a part is one: few programs escape those of a name. */
export const partsOf = (value: string): readonly string[] => cutUnescaped(value, ';');
