import type { SystemRecord, TimelineFact } from '@contact-sync/sync';

type FactOf<Kind extends TimelineFact['kind']> = Omit<Extract<TimelineFact, { kind: Kind }>, 'at' | 'kind'>;

/** What the inbox keeps of an edit, and of its record whatever was told. */
interface Kept
  extends Pick<FactOf<'notification'>, 'system' | 'record_id' | 'outcome' | 'decided_at' | 'dead_letter_id'> {
  readonly record: SystemRecord;
}

/** A fact as `timeline()` tells it. */
export type FactRow = { readonly at: string; readonly id: string } & (
  | { readonly kind: 'notification'; readonly fact: Kept }
  | { readonly kind: 'version'; readonly fact: FactOf<'version'> }
  | { readonly kind: 'receipt'; readonly fact: FactOf<'receipt'> }
  | { readonly kind: 'conflict'; readonly fact: FactOf<'conflict'> }
  | { readonly kind: 'dead_letter'; readonly fact: FactOf<'dead_letter'> }
  | { readonly kind: 'action'; readonly fact: FactOf<'action'> }
);

/** The fact that people are shown: of an edit who made it and when, and not what it says. */
export function factOf(row: FactRow): TimelineFact {
  const { at } = row;
  switch (row.kind) {
    case 'notification': {
      const { record, ...kept } = row.fact;
      const { version, last_updated, last_updated_by, deleted } = record;
      return { at, kind: row.kind, ...kept, version, last_updated, last_updated_by, deleted };
    }
    case 'version':
      return { at, kind: row.kind, ...row.fact };
    case 'receipt':
      return { at, kind: row.kind, ...row.fact };
    case 'conflict':
      return { at, kind: row.kind, ...row.fact };
    case 'dead_letter':
      return { at, kind: row.kind, ...row.fact };
    case 'action':
      return { at, kind: row.kind, ...row.fact };
  }
}
