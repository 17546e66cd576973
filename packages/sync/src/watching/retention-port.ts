/** What the ledger may forget. BigQuery keeps every version; what is deleted here was only of use for a while. */

/** How many rows were forgotten, by kind. */
export interface Forgotten {
  /** Edits that were decided over. */
  readonly inbox: number;
  /** Versions that BigQuery has, of which no head, no delivery, no conflict and no recent history knows. */
  readonly versions: number;
  readonly receipts: number;
  /** Closed ones. */
  readonly dead_letters: number;
  readonly conflicts: number;
  readonly actions: number;
  /** Resolved ones. */
  readonly alerts: number;
}

/** The ledger's part in retention. */
export interface RetentionLedger {
  /**
   * Forgets what is older than so many days and not needed any more, at most so many rows of each kind: called again until
   * nothing is left. Running twice, or half, does no harm.
   */
  forget(older_than_days: number, limit: number): Promise<Forgotten>;
}
