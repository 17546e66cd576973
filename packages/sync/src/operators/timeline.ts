import { compareContacts, type FieldDifference } from '@contact-sync/contact';
import type { System } from '../ports.ts';
import type { TimelineFact } from './port.ts';

/** What happened to a contact, as people read it: of a version what it changed, and no content beside. */
export type TimelineItem =
  | Exclude<TimelineFact, { readonly kind: 'version' | 'conflict' }>
  | (Omit<Extract<TimelineFact, { readonly kind: 'version' }>, 'version' | 'before'> & {
      readonly version: number;
      readonly content_hash: string;
      readonly status: 'accepted' | 'superseded';
      readonly source: System | null;
      readonly last_updated: string;
      readonly last_updated_by: string;
      readonly deleted: boolean;
      /** `a` before, `b` after. */
      readonly differences: readonly FieldDifference[];
    })
  | {
      readonly kind: 'conflict';
      readonly at: string;
      readonly conflict_id: string;
      readonly event: 'opened' | 'candidate_added' | 'resolved' | 'superseded';
      readonly version: number;
      readonly candidates: number;
      readonly by: string | null;
    };

/** @param fact as the ledger keeps it */
export function timelineItem(fact: TimelineFact): TimelineItem {
  if (fact.kind === 'version') {
    const { at, kind, version, before, appended_at } = fact;
    const { content, content_hash, status, source, last_updated, last_updated_by } = version;
    const { differences } = compareContacts(before?.content ?? null, content);
    const told = { version: version.version, content_hash, status, source, last_updated, last_updated_by };
    return { at, kind, ...told, deleted: content === null, appended_at, differences };
  }
  if (fact.kind !== 'conflict') return fact;
  const { at, kind, event } = fact;
  const { conflict_id, version, by } = event;
  return { at, kind, conflict_id, event: event.event, version, candidates: event.candidates.length, by };
}
