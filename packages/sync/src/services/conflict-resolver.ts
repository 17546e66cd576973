import { type Contact, contentHash, contentOfContact, type Reason, resolve } from '@contact-sync/contact';
import { PermanentError } from '../errors.ts';
import { type Choice, resolveConflict } from '../operate.ts';
import type { Parts } from '../parts.ts';
import { connected } from './connected.ts';
import { type ContactOutcome, outcomeOf } from './outcome.ts';
import { type ServiceOptions, wayOf } from './way.ts';

/** Which of two forms of a contact wins, and by what. */
export interface Resolution {
  /** `null`: nobody wins, be it that both say the same or that a person has to decide. */
  readonly winner: 'source' | 'target' | null;
  readonly reason: Exclude<Reason, 'no_head'>;
}

/** The rule, and what a person decides where it cannot. */
export class ConflictResolver {
  readonly #parts: Parts | null;
  readonly #options: ServiceOptions;

  /** @param parts see `openServices` of `@contact-sync/hub`; without them it decides over what it is given */
  constructor(parts: Parts | null = null, options: ServiceOptions = {}) {
    this.#parts = parts;
    this.#options = options;
  }

  /**
   * Decides between two forms of one contact, as the hub would if `source` came in while `target` is its head: the same
   * content needs no winner; the higher version wins; of one version the later `last_updated`; an exact tie is a person's.
   *
   * @param source valid and in normal form, as `parseContact` gives it; `target` likewise
   * @throws {PermanentError} `NOT_ONE_CONTACT` when their ids differ
   */
  resolveConflict(source: Contact, target: Contact): Resolution {
    if (source.contact_id !== target.contact_id)
      throw new PermanentError('NOT_ONE_CONTACT', 'the two have different contact_ids', {
        field: 'contact_id',
        advice: 'Compare two forms of the same contact.',
      });
    const verdict = resolve(candidateOf(source), candidateOf(target));
    const reason: Reason = verdict.reason;
    if (reason === 'no_head') throw new Error('there is a head: the target');
    const winners = { accepted: 'source', superseded: 'target', echo: null, conflict: null } as const;
    return { winner: winners[verdict.kind], reason };
  }

  /**
   * Makes a person's choice the new version, everywhere: one of the conflict's candidates, or a content of their own.
   * The other candidates stay in the history.
   *
   * @param by who decided, for the record
   * @throws {PermanentError} `CONFLICT_CLOSED`, `NO_SUCH_CANDIDATE`, `INVALID_CONTENT`, `NOT_CONNECTED`
   * @throws {TransientError} `CONTENDED` when the contact kept changing meanwhile
   * @throws {OutageError} when the ledger or BigQuery is away
   */
  async resolve(conflictId: string, choice: Choice, by = 'a program'): Promise<ContactOutcome> {
    const { via = 'direct', timeout_ms = 30_000 } = this.#options;
    const parts = connected(this.#parts);
    using way = wayOf(via, parts, { timeout_ms });
    const [conflict] = await parts.ledger.conflicts([conflictId]);
    const known = conflict && (await parts.ledger.contacts([conflict.contact_id])).get(conflict.contact_id);
    const contact_id = await resolveConflict(way.parts, conflictId, choice, by);
    const outcome = await outcomeOf(parts, contact_id, known, await way.settled());
    if (outcome === null) throw new Error('a contact that was in conflict has a head');
    return outcome;
  }
}

const candidateOf = (contact: Contact) => ({
  ...contact.sync_metadata,
  content_hash: contentHash(contentOfContact(contact)),
});
