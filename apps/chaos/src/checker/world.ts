/** What the checker sees of a world that has come to rest: read from outside, judged by the promises. */
import type { Content } from '@contact-sync/contact';
import type { Edit, System } from '../edits.ts';

/** A row of BigQuery's contact_versions, each change_id once. */
export interface HistoryRow {
  readonly change_id: string | null;
  readonly contact_id: string;
  readonly version: number;
  readonly last_updated: string;
  readonly last_updated_by: string | null;
  readonly status: 'accepted' | 'superseded';
  readonly source: string | null;
  readonly deleted: boolean;
  readonly job_title: string | null;
  /** False for an analyst's own row: an edit, not a decision. */
  readonly by_hub: boolean;
}

/** A row of the ledger's versions, in the order in which they were decided. */
export interface LedgerVersion {
  readonly contact_id: string;
  readonly version: number;
  readonly content_hash: string;
  readonly status: 'accepted' | 'superseded';
  readonly last_updated: string;
  readonly last_updated_by: string;
  readonly source: string | null;
  readonly deleted: boolean;
  readonly job_title: string | null;
  /** Each field of the content, as JSON text; none of a deletion. */
  readonly fields: Readonly<Record<string, string>>;
  readonly committed_at: number;
}

export interface Candidate {
  readonly job_title: string | null;
  readonly last_updated_by: string;
}

export interface Conflict {
  readonly conflict_id: string;
  readonly contact_id: string;
  readonly version: number;
  readonly last_updated: string;
  readonly status: 'open' | 'resolved' | 'superseded';
  readonly candidates: readonly Candidate[];
  readonly closed_at: number | null;
}

export interface Letter {
  readonly dead_letter_id: string;
  readonly queue: string;
  readonly system: string;
  readonly key: string;
  /** Also where the letter itself does not say: by the record's link. */
  readonly contact_id: string | null;
  readonly code: string;
  readonly status: 'open' | 'replayed' | 'superseded' | 'discarded';
}

/** An edit that the ledger has received. */
export interface Kept {
  readonly system: string;
  readonly record_id: string;
  readonly contact_id: string | null;
  readonly job_title: string | null;
  readonly last_updated: string;
  readonly last_updated_by: string | null;
  /** It was decided over. */
  readonly done: boolean;
  readonly dead_letter_id: string | null;
  /** There is or was a dead letter about its record. */
  readonly lettered: boolean;
}

/** Where one row of a SQL system stands, tombstones among them. */
export interface Standing {
  readonly version: number;
  readonly last_updated: string;
  readonly deleted: boolean;
}

export interface World {
  readonly edits: readonly Edit[];
  readonly shown: Readonly<Record<System, ReadonlyMap<string, Content>>>;
  /** Whether a system shows of a contact what BigQuery shows (or, where that is excused, what the local database shows). */
  readonly equal: (system: System, contactId: string, reference: 'bigquery' | 'local') => boolean;
  readonly history: readonly HistoryRow[];
  /** conflict_id of every conflict that BigQuery was told of, and whether it is open there. */
  readonly told: ReadonlyMap<string, boolean>;
  readonly versions: readonly LedgerVersion[];
  readonly conflicts: readonly Conflict[];
  readonly letters: readonly Letter[];
  readonly kept: readonly Kept[];
  /** Contacts that the ledger says are alive. */
  readonly living: ReadonlySet<string>;
  /** The version that each system is known to have been brought. */
  readonly delivered: ReadonlyMap<string, number>;
  readonly standing: Readonly<Record<'local' | 'supabase', ReadonlyMap<string, Standing>>>;
  /** Work that is left, by what it is. */
  readonly pending: Readonly<Record<string, number>>;
  /** Tokens of the edits in Twenty whose webhook the hub has acknowledged. */
  readonly heard: ReadonlySet<string>;
  /** Ranks that were seen to fall while the faults went on. */
  readonly falls: readonly {
    readonly system: string;
    readonly contact_id: string;
    readonly from: string;
    readonly to: string;
  }[];
  /** Personal data where none may be: the place, and what was found. */
  readonly leaks: readonly { readonly where: string; readonly found: string }[];
}

export type PromiseName = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I9' | 'I10' | 'I11' | 'I12';

export interface Breach {
  readonly promise: PromiseName;
  readonly contact_id: string | null;
  readonly token: string | null;
  /** What was expected where, and what was found. */
  readonly what: string;
}

/** What was checked, by what it is. */
export type Checked = Record<string, number>;

export interface Verdict {
  readonly breaches: readonly Breach[];
  readonly checked: Checked;
  /** Nothing to blame, and worth telling. */
  readonly remarks: Readonly<Record<string, number>>;
}

export const deliveredKey = (system: string, contactId: string): string => `${system} ${contactId}`;
