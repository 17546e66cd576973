import type { ContactId, ContactProblemCode, Content } from '@contact-sync/contact';

/** Why something in a file is no contact: what `@contact-sync/contact` says of contacts, and what only files have. */
export type AddressBookCode =
  | ContactProblemCode
  | 'BROKEN' // no row or card: a stray quote, a card without its end, a line that is no property
  | 'UNREAD' // the rest of the file was not read: nobody can tell what it says
  | 'UNSUPPORTED' // well written, but no contact: a group, a version of vCard that nobody knows, no known column
  | 'INVALID_ENCODING' // bytes that are no text in the encoding of the file or of the property
  | 'INVALID_JSON'; // llm_context is not what was exported

/** One thing that is wrong. Never holds a value: it travels into logs and answers. */
export interface AddressBookProblem {
  readonly code: AddressBookCode;
  /** As `emails.1` or `llm_context.key_interests`; the vCard property as `NOTE`; empty for the record as a whole. */
  readonly field: string;
  /** English, for the person who mends the file. */
  readonly message: string;
}

/** A contact that a file holds. */
export interface Found {
  readonly kind: 'contact';
  /** Where its row or card begins; the first line of the file is 1. */
  readonly line: number;
  /** `null` unless the file says it: it was exported from here. */
  readonly contact_id: ContactId | null;
  /** The UID of a vCard, as it is written there; `null` without one, and in CSV. */
  readonly uid: string | null;
  /** In normal form. What the file does not speak of is absent, as is what it says to be empty. */
  readonly content: Content;
}

/** A row or card that is no contact, with everything that is wrong with it; or the rest of a file that cannot be read. */
export interface Refused {
  readonly kind: 'refused';
  /** Where the row or card begins; the first line of the file is 1. */
  readonly line: number;
  readonly problems: readonly [AddressBookProblem, ...AddressBookProblem[]];
}

/** Something that the file says of contacts and that no field of a contact takes. */
export interface LeftOut {
  /**
   * The column as its header has it, or the vCard property; `ORG units`; `name_prefix`, `middle_name` and `name_suffix`
   * that the whole name does not have; `birthday` and `anniversary` beside an `llm_context`; `*` beyond the first hundred.
   */
  readonly name: string;
  /** How many values there were in the contacts that were found; empty ones are not counted. */
  readonly times: number;
}

/** What came of the file: always the last entry, and there is always one. */
export interface Summary {
  readonly kind: 'summary';
  readonly contacts: number;
  readonly refused: number;
  readonly left_out: readonly LeftOut[];
}

/** One thing that was read, in the order of the file. */
export type Entry = Found | Refused | Summary;

/** A refusal for one reason. */
export const refused = (line: number, code: AddressBookCode, message: string, field = ''): Refused => ({
  kind: 'refused',
  line,
  problems: [{ code, field, message }],
});
