import { type ContactId, type Content, contentHash } from '@contact-sync/contact';
import { PermanentError, TransientError } from '../errors.ts';
import { commitDecree } from '../operate.ts';
import type { Parts } from '../parts.ts';
import type { HistoryRow } from '../ports.ts';
import type { OperatorLedger } from './port.ts';

/** Which version: its number, and its hash where more than one has the number. */
export interface VersionName {
  readonly version: number;
  readonly content_hash?: string | undefined;
}

/** What a restore came to. `unchanged`: the head says the same already. */
export interface Restored {
  readonly contact_id: ContactId;
  /** Of the head now. */
  readonly version: number;
  readonly result: 'restored' | 'unchanged';
}

/**
 * Makes a past version the new one, everywhere; also one that lost.
 *
 * @param by who asked for it
 * @throws {PermanentError} `NO_SUCH_CONTACT`, `NO_SUCH_VERSION`, `VERSION_AMBIGUOUS`, `VERSION_DELETED`,
 *   `CONTACT_IN_CONFLICT`
 * @throws {TransientError} `CONTENDED` when the contact kept changing meanwhile
 */
export async function restore(
  parts: Parts,
  records: OperatorLedger,
  contactId: ContactId,
  name: VersionName,
  by: string,
): Promise<Restored> {
  let content: Content | null = null;
  for (let round = 0; round < 5; round++) {
    const state = (await parts.ledger.contacts([contactId])).get(contactId);
    if (state === undefined || state.head === null) throw noSuchContact();
    content ??= await contentOf(parts, records, contactId, name);
    if (state.conflict !== null)
      throw new PermanentError('CONTACT_IN_CONFLICT', 'the contact has an open conflict', {
        advice: 'Decide the conflict: its candidates are all there, and one may be written by hand.',
      });
    const { version, content_hash } = state.head;
    if (content_hash === contentHash(content)) return { contact_id: contactId, version, result: 'unchanged' };
    if (!(await commitDecree(parts, state, content, by))) continue;
    const head = (await parts.ledger.contacts([contactId])).get(contactId)?.head;
    return { contact_id: contactId, version: head?.version ?? version + 1, result: 'restored' };
  }
  throw new TransientError('CONTENDED', 'the contact kept changing meanwhile');
}

/** Of the ledger, or, where it was built anew, of BigQuery. */
async function contentOf(
  parts: Parts,
  records: OperatorLedger,
  contactId: ContactId,
  name: VersionName,
): Promise<Content> {
  const known = await records.versions(contactId, name.version);
  const rows = known.length > 0 ? known : await inBigQuery(parts, contactId, name.version);
  const named = rows.filter(
    ({ content_hash }) => name.content_hash === undefined || content_hash === name.content_hash,
  );
  const [found] = named;
  if (found === undefined)
    throw new PermanentError('NO_SUCH_VERSION', 'the contact has no such version', {
      advice: 'Look at its timeline: every version is there.',
    });
  const contents = new Set(named.map(({ content_hash }) => content_hash));
  const accepted = named.find(({ status }) => status === 'accepted');
  if (contents.size > 1 && accepted === undefined)
    throw new PermanentError('VERSION_AMBIGUOUS', 'several versions that lost have this number', {
      advice: 'Give the content_hash as well.',
    });
  const { content } = accepted ?? found;
  if (content === null)
    throw new PermanentError('VERSION_DELETED', 'this version is a deletion', {
      advice: 'Restore the version before it; to delete a contact, delete it in one of the systems.',
    });
  return content;
}

const inBigQuery = async (parts: Parts, id: ContactId, version: number): Promise<readonly HistoryRow[]> =>
  (await parts.canonical.history([id])).filter((row) => row.version === version);

/** The ledger has no contact of this id. */
export const noSuchContact = (): PermanentError =>
  new PermanentError('NO_SUCH_CONTACT', 'the ledger knows no such contact', { advice: 'Check the id.' });
