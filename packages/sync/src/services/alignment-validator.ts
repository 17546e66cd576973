import {
  type ContactId,
  type Content,
  compareContacts,
  type FieldDifference,
  type Finding,
  validateContact,
} from '@contact-sync/contact';
import { PermanentError, SyncError } from '../errors.ts';
import { isBehind } from '../following.ts';
import type { DeadLetter } from '../ledger-port.ts';
import { adapterOf, type Parts } from '../parts.ts';
import { SYSTEMS, type System, type SystemRecord } from '../ports.ts';
import { connected } from './connected.ts';
import { givenId } from './given.ts';
import type { Headed } from './outcome.ts';

/** What one system shows of a contact, beside the head. */
export interface SystemAlignment {
  /**
   * `equal` in all that the system can hold; `different`; `absent`: it has no record of the contact; `unreadable`: it could
   * not be asked. A deleted contact is `equal` where it is absent.
   */
  readonly state: 'equal' | 'different' | 'absent' | 'unreadable';
  /** Field by field: `a` is the head's, `b` the system's. Empty for a `different` record that has no normal form. */
  readonly differences: readonly FieldDifference[];
  /** Why it need not be equal now; `null` for `equal`, and where nothing explains it. */
  readonly explained: 'pending' | 'conflict' | 'dead_letter' | null;
  /** Of the dead letter, or of why it is unreadable. */
  readonly code: string | null;
}

/** How one contact stands in every system. */
export interface ContactAlignment {
  readonly contact_id: ContactId;
  /** Of the head. */
  readonly version: number;
  /** Equal everywhere. */
  readonly aligned: boolean;
  readonly systems: Readonly<Record<System, SystemAlignment>>;
}

/** Whether a contact is what it should be, alone and in every system. */
export class AlignmentValidator {
  readonly #parts: Parts | null;

  /** @param parts see `openServices` of `@contact-sync/hub`; without them it looks at what it is given, and at no system */
  constructor(parts: Parts | null = null) {
    this.#parts = parts;
  }

  /** Every problem of a contact, by field, code and message; none: it is valid. Takes anything and never throws. */
  validateContact(contact: unknown): readonly Finding[] {
    return validateContact(contact);
  }

  /** Where two contacts differ, field by field, under normal form. Their sync metadata does not count. */
  compareContacts(a: Content | null, b: Content | null): ReturnType<typeof compareContacts> {
    return compareContacts(a, b);
  }

  /**
   * Reads one contact in every system as it stands, and compares it with the head. Changes nothing.
   *
   * @throws {PermanentError} `INVALID_CONTACT_ID`, `NO_SUCH_CONTACT`, `NOT_CONNECTED`
   */
  async compareSystems(given: string): Promise<ContactAlignment> {
    const parts = connected(this.#parts);
    const { ledger } = parts;
    const contactId = givenId(given);
    const state = (await ledger.contacts([contactId])).get(contactId);
    if (state === undefined || state.head === null)
      throw new PermanentError('NO_SUCH_CONTACT', 'the ledger knows no such contact', { advice: 'Check the id.' });
    const { head } = state;
    const letters = await ledger.deadLetters({ contact_ids: [contactId] });
    const entries = await Promise.all(
      SYSTEMS.map(async (system) => [system, await look(parts, { ...state, head }, system, letters)] as const),
    );
    return {
      contact_id: contactId,
      version: head.version,
      aligned: entries.every(([, { state: found }]) => found === 'equal'),
      // One entry for each of SYSTEMS.
      systems: Object.fromEntries(entries) as Record<System, SystemAlignment>,
    };
  }
}

async function look(
  parts: Parts,
  state: Headed,
  system: System,
  letters: readonly DeadLetter[],
): Promise<SystemAlignment> {
  const record_id = system === 'bigquery' ? state.contact_id : state.links[system];
  let record: SystemRecord | undefined;
  try {
    if (record_id !== undefined) [record] = await adapterOf(parts, system).fetch([record_id]);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return { state: 'unreadable', differences: [], explained: null, code: error.code };
  }
  const shown = record === undefined || record.deleted ? null : contentOf(parts, record, state, system);
  const differences = differencesOf(state.head.content, shown);
  if (differences?.length === 0) return { state: 'equal', differences, explained: null, code: null };
  const found = { state: shown === null ? 'absent' : 'different', differences: differences ?? [] } as const;
  const letter = letters.find((one) => one.system === system);
  if (state.conflict !== null) return { ...found, explained: 'conflict', code: null };
  if (letter !== undefined) return { ...found, explained: 'dead_letter', code: letter.code };
  return { ...found, explained: isPending(state, system) ? 'pending' : null, code: null };
}

/** `null`: the system's record has no normal form (NUL, beyond all bounds), so that nobody can say where it differs. */
function differencesOf(head: Content | null, shown: Content | null): readonly FieldDifference[] | null {
  try {
    return compareContacts(head, shown).differences;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** What the system says, over the head in all that it cannot hold. Compared as it stands: nobody asks whether it is valid. */
const contentOf = (parts: Parts, { fields }: SystemRecord, { head }: Headed, system: System): Content =>
  adapterOf(parts, system).lens.fromRecord(fields, head.content) as Content;

const isPending = ({ head, held, versions }: Headed, system: System): boolean =>
  system === 'bigquery' ? versions.some(({ appended }) => !appended) : isBehind(head, held[system]);
