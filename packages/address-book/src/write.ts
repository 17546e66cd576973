import { type Contact, type ContactId, type Content, contentOfContact } from '@contact-sync/contact';
import { CSV_HEADER, csvRow } from './csv/write.ts';
import type { Format } from './format.ts';
import { vcardOf } from './vcard/write.ts';

/** A contact to be written: a whole one, or its id and content. */
export type BookContact = Contact | { readonly contact_id: ContactId; readonly content: Content };

/**
 * Writes contacts as an address book, piece by piece: a piece for each contact, and for CSV the header before. What
 * `readAddressBook` reads of it are the same contacts, every field of their content and every key of their
 * `llm_context`; not their sync metadata. What the input throws is passed on.
 */
export async function* writeAddressBook(
  contacts: AsyncIterable<BookContact> | Iterable<BookContact>,
  format: Format,
): AsyncIterable<string> {
  if (format === 'csv') yield CSV_HEADER;
  for await (const contact of contacts) {
    const content = 'content' in contact ? contact.content : contentOfContact(contact);
    yield (format === 'csv' ? csvRow : vcardOf)(contact.contact_id, content);
  }
}
