import type { LlmContext } from '@contact-sync/contact';

/** Invisible characters at which some programs begin a new line. */
const INVISIBLE = /[\u007f-\u009f\u2028\u2029]/g;

/** JSON in one line, for every program that cuts text into lines. */
export function jsonText(value: LlmContext | Readonly<Record<string, unknown>>): string {
  return JSON.stringify(value).replace(INVISIBLE, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** @returns `undefined` for what is no JSON */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
