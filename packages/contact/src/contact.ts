import { z } from 'zod';
import { type ContactId, contactIdSchema } from './contact-id.ts';
import {
  CONTENT_FIELDS,
  type Content,
  contactReading,
  contentSchema,
  MAX_PROBLEMS,
  NO_OBJECT,
  normalContent,
  requiredText,
  SUBCATEGORY_MISFIT,
  sizeProblem,
  subcategoryFits,
  TOO_LARGE,
} from './content.ts';
import type { Json } from './json.ts';
import { type ContactIssue, contentProblem, judge, type NormalFields } from './judge.ts';
import { isFull, isRecord, normalField, ownValue, type Reading, tell } from './normal-form.ts';
import type { ContactProblemCode, Problem } from './problem.ts';
import { type Rank, versionSchema } from './rank.ts';
import { timestamp, timestampSchema } from './timestamp.ts';

/** Which version a contact is at, and whose: `version` 1 and up, `last_updated` in UTC with six digits of fraction. */
export interface SyncMetadata extends Rank {
  /** The person or program that made this version: 1 to 1,000 UTF-16 code units. */
  readonly last_updated_by: string;
}

/** A contact as programs handle it, whole: its content, whose it is, and which version. */
export type Contact = Content & {
  readonly contact_id: ContactId;
  readonly sync_metadata: SyncMetadata;
};

const syncMetadataSchema = z.object({
  version: versionSchema.describe('Raised by one with each edit.'),
  last_updated: timestampSchema.describe('UTC with six digits of fraction, as 2024-05-01T10:34:56.123456Z.'),
  last_updated_by: requiredText.describe('The person or program that made this version.'),
});

/** A whole contact in normal form. What is not in normal form yet is read by {@link parseContact}. */
export const contactSchema = z
  .object({
    contact_id: contactIdSchema.describe('An INT64 in decimal: text, because many JSON parsers round beyond 2^53.'),
    ...contentSchema.shape,
    sync_metadata: syncMetadataSchema.describe(
      'Decides between two versions: the higher version, then the later time.',
    ),
  })
  .refine(subcategoryFits, SUBCATEGORY_MISFIT) satisfies z.ZodType<Contact>;

/** The names in {@link SyncMetadata}. */
export const SYNC_FIELDS = Object.keys(syncMetadataSchema.shape);

/** One thing that is wrong with one field of a whole contact, its id and its sync metadata included. */
export type ContactProblem = Problem<ContactProblemCode>;

/** `ok` with the contact in normal form, or what is wrong with it, as in `ContentResult`. */
export type ContactResult =
  | { readonly ok: true; readonly contact: Contact }
  | { readonly ok: false; readonly problems: readonly [ContactProblem, ...ContactProblem[]] };

/**
 * Reads a whole contact from anything, its content as `parseContent` does. `last_updated` may be any ISO 8601 instant
 * with an offset. All problems at once, never the values they are about. Never throws: what throws when it is read is a
 * problem of its field.
 */
export function parseContact(input: unknown): ContactResult {
  const { value, problems } = readContact(input, MAX_PROBLEMS);
  const [first, ...rest] = problems.slice(0, MAX_PROBLEMS);
  if (first) return { ok: false, problems: [first, ...rest] };
  if (value === undefined) throw new Error('a failed parse names at least one problem');
  return { ok: true, contact: value };
}

/** One reading of something as a contact. */
export interface ContactReading {
  /** `undefined` when a rule of the contact model is broken; valid only where there are no problems. */
  readonly value: Contact | undefined;
  readonly problems: readonly ContactProblem[];
  /** How many more problems there are. */
  readonly more: number;
  /** What there is of the contact, valid or not. */
  readonly normal: NormalFields;
  readonly reading: Reading;
}

/** @param most how many problems of a kind are kept; the others are counted */
export function readContact(input: unknown, most: number): ContactReading {
  const reading = contactReading(most);
  const failed = (problem: Problem) => ({ value: undefined, problems: [problem], more: 0, normal: {}, reading });
  if (!isRecord(input)) return failed(NO_OBJECT);
  const id = normalId(input, reading);
  const content = normalContent(input, reading);
  const sync_metadata = normalMetadata(input, reading);
  if (isFull(reading)) return failed(TOO_LARGE);
  const normal = { ...(id === undefined ? {} : { contact_id: id }), ...content, sync_metadata };
  const { value, problems, more } = judge(contactSchema, normal, reading, contactProblem);
  return { value, problems: [...problems, ...sizeProblem(content, problems)], more, normal, reading };
}

/** Blanks around an id are not taken off: it is a number that has one spelling. */
function normalId(input: object, reading: Reading): string | undefined {
  const field = 'contact_id';
  const id = ownValue(input, field, field, reading)?.value ?? '';
  if (typeof id === 'string') return id.trim() === '' ? undefined : id;
  const message = 'must be a text with the decimal form of an INT64: a number rounds beyond 2^53';
  tell(reading, { code: 'WRONG_TYPE', field, message });
  return undefined;
}

function normalMetadata(input: object, reading: Reading): Json {
  const field = 'sync_metadata';
  const found = ownValue(input, field, field, reading);
  if (found === null) return null;
  const metadata = found.value ?? {};
  if (!isRecord(metadata)) {
    tell(reading, { code: 'WRONG_TYPE', field, message: 'must be an object' });
    return null;
  }
  const normal: Record<string, Json> = {};
  for (const name of SYNC_FIELDS) {
    const value = normalField(metadata, name, `${field}.${name}`, reading);
    if (value !== undefined) normal[name] = name === 'last_updated' ? normalTime(value) : value;
  }
  return normal;
}

function normalTime(value: Json): Json {
  try {
    return typeof value === 'string' ? timestamp(value) : value;
  } catch {
    return value; // for the schema to refuse
  }
}

function contactProblem(issue: ContactIssue, field: string, normal: NormalFields): ContactProblem {
  if (issue.code === 'invalid_format' || issue.code === 'custom') {
    if (field === 'contact_id') return { code: 'INVALID_ID', field, message: 'is not the decimal form of an INT64' };
    if (field === 'sync_metadata.last_updated') return { code: 'INVALID_TIMESTAMP', field, message: NO_INSTANT };
  }
  return contentProblem(issue, field, normal);
}

const NO_INSTANT = 'is not an ISO 8601 instant with an offset, in the years 0001 to 9999';

/** A version of a living contact as a contact. */
export function contactOf(
  version: { readonly contact_id: ContactId; readonly content: Content } & SyncMetadata,
): Contact {
  const { contact_id, content, version: number, last_updated, last_updated_by } = version;
  return { contact_id, ...content, sync_metadata: { version: number, last_updated, last_updated_by } };
}

/** What of a contact is content: everything but its id and its sync metadata. */
export function contentOfContact(contact: Contact): Content {
  // Content has these fields and no others, and `contact` holds a valid one.
  return Object.fromEntries(
    CONTENT_FIELDS.flatMap((field) => (field in contact ? [[field, contact[field]]] : [])),
  ) as Content;
}
