/** What the adapter and its thread tell each other. */
import type { TableMapping } from '@contact-sync/contacts-sql';

export interface ThreadOptions {
  readonly path: string;
  readonly mapping: TableMapping;
  /** Milliseconds to wait for another writer before a call fails as busy. */
  readonly busy_ms: number;
  /** Milliseconds between looks for edits while somebody watches. */
  readonly watch_ms: number;
}

/** One delivery as JSON, and the record that an equal rank met. */
export interface WrittenRow {
  readonly contact_id: string;
  readonly record_id: string;
  /** `tie`: equal ranks, whether the contents are equal too is for the lens to say. */
  readonly outcome: 'applied' | 'unchanged' | 'ahead' | 'tie';
  readonly record: string | null;
}

export interface FailedRow {
  readonly contact_id: string;
  readonly outcome: 'failed';
  /** Extended result code. */
  readonly errcode: number;
  /** As `people.email`, where SQLite named it: no value of a row. */
  readonly constraint: string | null;
}

export type RowOutcome = WrittenRow | FailedRow;

export interface State {
  readonly wal: boolean;
}

/** What can be called, with the answers. JSON text goes through as it is: the caller parses it. */
export interface Calls {
  install: { args: { dry_run: boolean }; answer: readonly string[] };
  apply: { args: { rows: readonly string[] }; answer: readonly RowOutcome[] };
  changes: { args: { limit: number }; answer: string };
  ack: { args: { keys: string }; answer: null };
  fetch: { args: { ids: string }; answer: string };
  scan: { args: { cursor: string | null; limit: number }; answer: string };
  digests: { args: Record<string, never>; answer: string };
  scanBuckets: { args: { buckets: readonly number[]; cursor: string | null; limit: number }; answer: string };
  watch: { args: { on: boolean }; answer: null };
  state: { args: Record<string, never>; answer: State };
  close: { args: Record<string, never>; answer: null };
}
export type CallName = keyof Calls;

export interface Call<Name extends CallName = CallName> {
  readonly id: number;
  readonly name: Name;
  readonly args: Calls[Name]['args'];
}

/** Why a call failed: a result code of SQLite, or a code of the adapter's own with what to do. */
export type Fault =
  | { readonly kind: 'sqlite'; readonly errcode: number }
  | { readonly kind: 'outage'; readonly code: string; readonly message: string; readonly advice: string }
  | { readonly kind: 'bug'; readonly message: string };

export type Reply =
  | { readonly id: number; readonly answer: Calls[CallName]['answer'] }
  | { readonly id: number; readonly fault: Fault }
  | { readonly woken: true };
