import { type Contact, type ContactId, contactOf } from '@contact-sync/contact';
import type { Parts } from '../parts.ts';

const PAGE = 500;

/** Every contact that is not deleted, as its head stands, in the order of their ids, read a page at a time. */
export async function* exportContacts(parts: Parts): AsyncGenerator<Contact> {
  let after: ContactId | undefined;
  for (;;) {
    const { contacts } = await parts.ledger.standings({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    const ids = contacts.map(({ contact_id }) => contact_id);
    after = ids.at(-1);
    if (after === undefined) return;
    const states = await parts.ledger.contacts(ids);
    for (const id of ids) {
      const head = states.get(id)?.head;
      if (head != null && head.content !== null) yield contactOf({ ...head, content: head.content });
    }
  }
}
