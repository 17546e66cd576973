import { type ContactId, isContactId } from '@contact-sync/contact';
import { type Day, parseNow } from './dates.ts';
import { PromptOptionError } from './errors.ts';
import type { SourceName } from './fetcher.ts';
import type { Format } from './format.ts';
import { json } from './format-json.ts';
import { markdown } from './format-markdown.ts';
import { xml } from './format-xml.ts';
import { REDACTABLE_FIELDS, type RedactableField } from './redactable.ts';

/** The forms that data is written in. */
export const FORMATS = ['xml', 'json', 'markdown'] as const;
/** One of {@link FORMATS}. */
export type FormatName = (typeof FORMATS)[number];

/** What every prompt is told: how much room there is, which day it is, and what is not to be shown. */
export interface ContextOptions {
  /** Tokens that the whole may have at most, 1 or more. */
  readonly budget: number;
  /** Which day it is, for the next dates: `2026-05-01`, or an instant in UTC as `2026-05-01T10:34:56.123456Z`. */
  readonly now: string;
  /** Default `xml`. */
  readonly format?: FormatName | undefined;
  /** Fields to hide, wherever their values stand. Default: none. */
  readonly redact?: readonly RedactableField[] | undefined;
  /** Whether contacts without a category are shown. Default `exclude`: who was not classified may be one to leave out. */
  readonly uncategorized?: 'exclude' | 'include' | undefined;
}

/** For a prompt about one contact of a source. */
export interface PromptOptions extends ContextOptions {
  readonly source: SourceName;
  /** The decimal form of an INT64. */
  readonly contactId: string;
  /** Instructions, trusted and kept as they are; their tokens count. */
  readonly basePrompt: string;
  /** What is asked of the model, trusted and kept as it is, before the data and outside its fence; its tokens count. */
  readonly question?: string | undefined;
}

/** For data of many contacts of a source. */
export interface MultiContactOptions extends ContextOptions {
  readonly source: SourceName;
  /** Decimal forms of INT64s, the more important first. One that comes twice is told once. */
  readonly contactIds: readonly string[];
}

/** Options that were checked. */
export interface Settings {
  readonly budget: number;
  readonly today: Day & { readonly year: number };
  readonly formatName: FormatName;
  readonly format: Format;
  readonly redact: readonly RedactableField[];
  readonly uncategorized: boolean;
}

const BY_NAME: Readonly<Record<FormatName, Format>> = { xml, json, markdown };

/**
 * Checked here whatever the types say: a field to hide that is misspelt by a program without types would be shown.
 *
 * @throws {PromptOptionError}
 */
export function settingsOf(options: ContextOptions): Settings {
  const { budget, now, format: formatName = 'xml', redact = [], uncategorized = 'exclude' } = options;
  if (!Number.isSafeInteger(budget) || budget < 1)
    throw new PromptOptionError(
      'INVALID_BUDGET',
      'budget is no whole number above 0',
      'Pass the number of tokens allowed.',
    );
  const today = typeof now === 'string' ? parseNow(now) : null;
  if (today === null)
    throw new PromptOptionError(
      'INVALID_NOW',
      'now is neither a day nor an instant in UTC',
      'Pass new Date().toISOString(), or a day as 2026-05-01.',
    );
  if (!FORMATS.includes(formatName))
    throw new PromptOptionError('INVALID_FORMAT', 'there is no such format', `Formats are ${FORMATS.join(', ')}.`);
  if (!Array.isArray(redact) || !redact.every((field) => REDACTABLE_FIELDS.includes(field)))
    throw new PromptOptionError(
      'INVALID_REDACTION',
      'redact names something that is no field',
      `Fields are ${REDACTABLE_FIELDS.join(', ')}.`,
    );
  if (uncategorized !== 'exclude' && uncategorized !== 'include')
    throw new PromptOptionError(
      'INVALID_OPTION',
      'uncategorized is neither exclude nor include',
      'Leave it out, or pass one.',
    );
  return { budget, today, formatName, format: BY_NAME[formatName], redact, uncategorized: uncategorized === 'include' };
}

/**
 * Each id once, in the order given.
 *
 * @throws {PromptOptionError} `INVALID_CONTACT_ID`
 */
export function contactIdsOf(ids: readonly string[]): readonly ContactId[] {
  const valid = Array.isArray(ids)
    ? ids.filter((id): id is ContactId => typeof id === 'string' && isContactId(id))
    : [];
  if (!Array.isArray(ids) || valid.length < ids.length)
    throw new PromptOptionError(
      'INVALID_CONTACT_ID',
      'an id is not the decimal form of an INT64',
      'Pass contact ids as strings, as they stand in contact_id: never as numbers, which round.',
    );
  return [...new Set(valid)];
}

/** @throws {PromptOptionError} `INVALID_PROMPT` */
export function trustedText(text: string, name: string): string {
  if (typeof text === 'string') return text;
  throw new PromptOptionError('INVALID_PROMPT', `${name} is no text`, 'Pass a string.');
}
