import type { ContentHash, Timestamp } from '@contact-sync/contact';
import type { ClosedConflict, OpenConflict } from './ledger-port.ts';
import type { ConflictCandidate, ConflictEvent, HistoryRow, System, Version } from './ports.ts';

/** A row of history, and whether BigQuery has it already. */
export type Row = HistoryRow & { readonly appended: boolean };

/** Names a version for ever: appending it twice is the same as once. */
export const changeIdOf = ({ contact_id, version, content_hash }: Version): string =>
  `${contact_id}:${version}:${content_hash}`;

export function historyRow(
  version: Version,
  status: Row['status'],
  source: System | null,
  recorded_at: Timestamp,
  appended = false,
): Row {
  return { ...version, change_id: changeIdOf(version), status, source, recorded_at, appended };
}

/** The conflict of a head with its first rival; the head's own candidate comes first. */
export const openedConflict = (head: Version, source: System | null): OpenConflict => ({
  conflict_id: `${head.contact_id}-${head.version}`,
  contact_id: head.contact_id,
  version: head.version,
  last_updated: head.last_updated,
  candidates: [candidateOf(head, source, null)],
  events: 0,
});

export const candidateOf = (version: Version, system: System | null, record_id: string | null): ConflictCandidate => ({
  system,
  record_id,
  content: version.content,
  content_hash: version.content_hash,
  last_updated_by: version.last_updated_by,
});

export const conflictEvent = (
  conflict: OpenConflict,
  event: ConflictEvent['event'],
  recorded_at: Timestamp,
  chosen: ContentHash | null = null,
  by: string | null = null,
): ConflictEvent => ({
  event_id: `${conflict.conflict_id}:${conflict.events}`,
  conflict_id: conflict.conflict_id,
  contact_id: conflict.contact_id,
  event,
  version: conflict.version,
  last_updated: conflict.last_updated,
  candidates: conflict.candidates,
  chosen,
  by,
  recorded_at,
});

/** What closing a conflict leaves behind: its candidates become history, so that none of them is lost. */
export function closing(
  conflict: OpenConflict,
  how: Omit<ClosedConflict, 'conflict_id'>,
  now: Timestamp,
): { readonly rows: readonly Row[]; readonly event: ConflictEvent; readonly closed: ClosedConflict } {
  const { contact_id, version, last_updated, conflict_id } = conflict;
  return {
    rows: conflict.candidates
      .slice(1)
      .map((candidate) =>
        historyRow({ ...candidate, contact_id, version, last_updated }, 'superseded', candidate.system, now),
      ),
    event: conflictEvent({ ...conflict, events: conflict.events + 1 }, how.status, now, how.chosen, how.by),
    closed: { conflict_id, ...how },
  };
}
