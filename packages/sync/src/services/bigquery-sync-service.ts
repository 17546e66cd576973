import type { Parts } from '../parts.ts';
import type { ContactOutcome } from './outcome.ts';
import { type SyncAllOptions, type SyncSummary, syncAll } from './sync-all.ts';
import { syncContact } from './sync-contact.ts';
import type { ServiceOptions } from './way.ts';

/** From the canonical store to everywhere. */
export class BigQuerySyncService {
  readonly #parts: Parts;
  readonly #options: ServiceOptions;

  /** @param parts see `openServices` of `@contact-sync/hub` */
  constructor(parts: Parts, options: ServiceOptions = {}) {
    this.#parts = parts;
    this.#options = options;
  }

  /**
   * Brings one contact everywhere: reads it in every system, decides over what is news there, appends to BigQuery, and
   * writes the head to every target that is behind. A system that is away shows as `pending` and stops no other.
   *
   * @param contactId the decimal form of an INT64
   * @throws {PermanentError} `INVALID_CONTACT_ID`, `NO_SUCH_CONTACT`
   * @throws {OutageError} when the ledger is away
   */
  syncContactToAll(contactId: string): Promise<ContactOutcome> {
    return syncContact(this.#parts, contactId, this.#options);
  }

  /**
   * Brings everything everywhere, in batches: what every system tells of since it was last read, whatever is behind, and
   * without `lastSyncTime` every record of every system besides. Twice changes nothing the second time.
   *
   * @throws {RangeError} when `lastSyncTime` is no instant
   * @throws {OutageError} when the ledger is away; any other system's fault is told in `faults`
   */
  syncAllContacts(options: SyncAllOptions = {}): Promise<SyncSummary> {
    return syncAll(this.#parts, options, this.#options);
  }
}
