import { type ContactId, isContactId } from '@contact-sync/contact';
import { PermanentError } from '../errors.ts';

/** A contact's id as a program gives it. @throws {PermanentError} `INVALID_CONTACT_ID` */
export function givenId(text: string): ContactId {
  if (isContactId(text)) return text;
  throw new PermanentError('INVALID_CONTACT_ID', 'not the decimal form of an INT64', {
    field: 'contact_id',
    advice: 'Give the contact_id as a decimal string: a number rounds beyond 2^53.',
  });
}
