/** From one record of a system to BigQuery, and from there to all the others. */
import type { Parts } from '../parts.ts';
import type { RecordId, System } from '../ports.ts';
import type { ContactOutcome } from './outcome.ts';
import { syncRecord } from './sync-contact.ts';
import type { ServiceOptions } from './way.ts';

/**
 * What the three have in common. Each method reads the record as it stands, decides over it and over its edits that wait,
 * and awaits what follows. It throws
 *
 * - {@link PermanentError} `NO_SUCH_RECORD`; or the code of what is wrong with a record that cannot become a contact
 *   (`REQUIRED`, `DUPLICATE_RECORD` …), which lies in a dead letter then. An edit of a contact that is refused does not
 *   throw: it shows as `rejected`.
 * - {@link OutageError}, {@link ThrottledError}, {@link TransientError} when this system or the ledger cannot be read;
 *   another that is away shows as `pending`.
 */
abstract class SourceSyncService {
  readonly #parts: Parts;
  readonly #options: ServiceOptions;

  /** @param parts see `openServices` of `@contact-sync/hub` */
  constructor(parts: Parts, options: ServiceOptions = {}) {
    this.#parts = parts;
    this.#options = options;
  }

  protected sync(system: System, recordId: RecordId): Promise<ContactOutcome> {
    return syncRecord(this.#parts, system, recordId, this.#options);
  }
}

/** From a row of Supabase to everywhere. */
export class SupabaseSyncService extends SourceSyncService {
  /** @param recordId the row's `id` */
  syncFromSupabaseToBigQuery(recordId: RecordId): Promise<ContactOutcome> {
    return this.sync('supabase', recordId);
  }
}

/** From a person of Twenty to everywhere. */
export class CrmTwentySyncService extends SourceSyncService {
  /** @param recordId the person's UUID */
  syncFromCrmToBigQuery(recordId: RecordId): Promise<ContactOutcome> {
    return this.sync('twenty', recordId);
  }
}

/** From a row of the local database to everywhere. */
export class LocalSyncService extends SourceSyncService {
  /** @param recordId the row's `id` */
  syncFromLocalToBigQuery(recordId: RecordId): Promise<ContactOutcome> {
    return this.sync('local', recordId);
  }
}
