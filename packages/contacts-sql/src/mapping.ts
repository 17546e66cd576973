import { CONTENT_FIELDS, type ContentField } from '@contact-sync/contact';

/** What the sync keeps of a record beside its content, each in a column. */
export const SYNC_FIELDS = ['contact_id', 'version', 'last_updated', 'last_updated_by', 'deleted_at'] as const;
/** One of {@link SYNC_FIELDS}. */
export type SyncField = (typeof SYNC_FIELDS)[number];

/** Where a content field is kept. */
export interface ColumnMapping {
  readonly column: string;
  /** `first`: a text column with the first of a list (of `emails` or `phones`); the others are not held. */
  readonly holds: 'all' | 'first';
}

/** Which table holds the contacts, and which of its columns what. Names as the database spells them, unquoted. */
export interface TableMapping {
  /** False: the table is contact-sync's own, and one that exists already is refused. */
  readonly adopt: boolean;
  /** `contacts`, or with a schema: `crm.people`. */
  readonly table: string;
  /** The primary key: one column, which the database fills in by itself. */
  readonly id: string;
  /** `null`: the table does not hold the field, it always comes from the other systems. */
  readonly columns: Readonly<Record<ContentField, ColumnMapping | null>>;
  readonly sync: Readonly<Record<SyncField, string>>;
}

const named = <Name extends string, Value>(names: readonly Name[], value: (name: Name) => Value) =>
  // Object.fromEntries forgets which keys it was given.
  Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, Value>;

/** A table of contact-sync's own: every column is called what it holds. */
export const DEFAULT_MAPPING: TableMapping = {
  adopt: false,
  table: 'contacts',
  id: 'id',
  columns: named(CONTENT_FIELDS, (column) => ({ column, holds: 'all' })),
  sync: named(SYNC_FIELDS, (field) => field),
};
