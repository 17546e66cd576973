import { canonicalJson, type Json } from '@contact-sync/contact';
import type { Surroundings } from './surroundings.ts';

/** The result of a command as its one JSON document; what a terminal would obey is escaped. */
export const printJson = (around: Surroundings, value: unknown): void => around.out(jsonDocument(value));

/** As {@link printJson} prints it. */
export const jsonDocument = (value: unknown): string =>
  JSON.stringify(value, null, 2).replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** A value of a contact for people: texts as they are, lists of texts a line each. */
export function shownValue(value: Json | null | undefined): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (Array.isArray(value))
    return value.map((item) => (typeof item === 'string' ? item : canonicalJson(item))).join('\n');
  return canonicalJson(value);
}

/** An instant to the second, in UTC. */
export const shownTime = (instant: string): string => instant.replace('T', ' ').replace(/(?:\.\d+)?(?:Z|\+00:00)$/, '');

/** Enough of a hash to tell versions apart. */
export const shortHash = (hash: string): string => hash.slice(0, 12);

/** Tells people that there is more than was asked for; programs see it by the number. */
export function tellMore(around: Surroundings, next: string | null): void {
  if (next !== null) around.err('There are more: raise --limit.');
}
