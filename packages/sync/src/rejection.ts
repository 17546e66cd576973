import type { ContactId } from '@contact-sync/contact';
import type { Refused } from './decide.ts';
import type { Refusal } from './judge.ts';
import type { InboxEntry, Rejection } from './ledger-port.ts';
import type { RecordId, System } from './ports.ts';

/** What a person should do about each refusal. */
const ADVICE: Readonly<Record<Refusal['code'] | 'DUPLICATE_RECORD', string>> = {
  REQUIRED: 'Fill the field in, in the system it was edited in.',
  WRONG_TYPE: 'Give the field the form the contact model asks for.',
  INVALID_CATEGORY: 'Choose one of the known categories, in the system it was edited in.',
  INVALID_SUBCATEGORY: 'Choose a subcategory that begins with its category, or clear it.',
  OUT_OF_RANGE: 'Correct the value to lie within its bounds.',
  INVALID_TEXT: 'Remove the control character from the text.',
  TOO_LARGE: 'Shorten the field.',
  VERSION_IMPLAUSIBLE: 'Find what writes the version column by hand. Replay once the record carries a sensible one.',
  DUPLICATE_RECORD: 'Two records of this system say they are one contact: merge them, or clear contact_id on one.',
};

/** The dead letter of one record's refused edits; the problem told is the first of the newest edit. */
export function rejectionOf(
  system: System,
  record_id: RecordId,
  decided: { readonly contact_id: ContactId; readonly known: boolean },
  refused: readonly [Refused, ...Refused[]],
): Rejection {
  const newest = refused.at(-1) ?? refused[0];
  const [problem, ...others] = newest.problems;
  const more =
    others.length > 0
      ? ` (and ${others.length} more: ${others.map((other) => `${other.field} ${other.message}`).join('; ')})`
      : '';
  return {
    contact_id: decided.contact_id,
    inbox_ids: refused.flatMap(({ entry }) => (entry === null ? [] : [entry.inbox_id])),
    letter: {
      queue: 'ingest',
      system,
      key: record_id,
      contact_id: decided.known ? decided.contact_id : null,
      version: null,
      code: problem.code,
      field: problem.field,
      reason: `${problem.field === '' ? 'the contact' : problem.field} ${problem.message}${more}`,
      advice: ADVICE[problem.code],
      attempts: 1,
    },
  };
}

export function duplicateRecord(
  system: System,
  record_id: RecordId,
  contact_id: ContactId,
  edits: readonly InboxEntry[],
): Rejection {
  return {
    contact_id: null,
    inbox_ids: edits.map(({ inbox_id }) => inbox_id),
    letter: {
      queue: 'ingest',
      system,
      key: record_id,
      contact_id,
      version: null,
      code: 'DUPLICATE_RECORD',
      field: 'contact_id',
      reason: 'another record of this system is linked to the contact already',
      advice: ADVICE.DUPLICATE_RECORD,
      attempts: 1,
    },
  };
}
