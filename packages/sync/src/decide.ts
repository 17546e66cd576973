/**
 * Ingest's decision over one record: pure. State and observations in, a commit out. Every edit that was kept is decided
 * over in rank order, then the record as it stands now; each decision sees the outcome of the one before.
 */
import {
  type ContactId,
  type Content,
  type ContentHash,
  compareRank,
  contentHash,
  type Timestamp,
} from '@contact-sync/contact';
import { candidateOf, closing, conflictEvent, historyRow, openedConflict, type Row } from './history.ts';
import { candidateVersion, judge, nameOf, type Refusal, type Surroundings } from './judge.ts';
import type {
  ClosedConflict,
  ContactCommit,
  ContactState,
  DecidedEdit,
  Held,
  InboxEntry,
  KnownVersion,
} from './ledger-port.ts';
import { type ConflictEvent, type RecordId, type System, type SystemRecord, TARGETS, type Version } from './ports.ts';

/** An edit that cannot become a version, and why. `entry: null`: the record as it stands, whose edit was not kept. */
export interface Refused {
  readonly entry: InboxEntry | null;
  readonly problems: readonly [Refusal, ...Refusal[]];
}

/**
 * What became of one observation of a record: it was no news (`echo`), the new head (`accepted`), history
 * (`superseded`), a candidate (`conflict`), a dead letter (`refused`), or there was nothing to decide over (`ignored`):
 * neither record nor edit, or a deletion of what never was a contact.
 */
export type Outcome = 'echo' | 'accepted' | 'superseded' | 'conflict' | 'refused' | 'ignored';

/** What was decided over one record, before it is written. */
export interface Decision {
  readonly commit: ContactCommit;
  readonly refused: readonly Refused[];
  /** The state as it is once the commit is written. */
  readonly state: ContactState;
  /** What happened, in order. */
  readonly outcomes: readonly Outcome[];
}

/** A contact nobody has seen. */
export const unknownContact = (contact_id: ContactId): ContactState => ({
  contact_id,
  revision: 0,
  head: null,
  versions: [],
  held: {},
  links: {},
  conflict: null,
});

/** The state while one record is being decided over, and what is to be written of it. */
interface Work {
  state: ContactState;
  held: Held | null;
  readonly rows: Row[];
  readonly events: ConflictEvent[];
  readonly closed: ClosedConflict[];
  readonly refused: Refused[];
  readonly outcomes: Outcome[];
  readonly decided: DecidedEdit[];
}

const begin = (state: ContactState): Work => ({
  state,
  held: null,
  rows: [],
  events: [],
  closed: [],
  refused: [],
  outcomes: [],
  decided: [],
});

/**
 * Decides over one record: over its edits by rank, then over the record as it stands.
 *
 * @param edits kept edits of the record, any order
 * @param current the record as it stands now; `null` when it is gone or could not be read
 */
export function decide(
  state: ContactState,
  edits: readonly InboxEntry[],
  current: SystemRecord | null,
  around: Surroundings,
): Decision {
  const work = begin(state);
  const ordered = [...edits].sort((a, b) => compareRank(a.record, b.record));
  for (const entry of ordered) observe(work, entry.record, entry, around);
  if (current !== null) {
    observe(work, current, null, around);
    outrank(work, current, around);
  }

  const record = current ?? ordered.at(-1)?.record;
  const { system } = around;
  // One that is gone, or is not seen to stand, does not take the place of the record that came after it.
  const isTaken = state.links[system] !== undefined && (current === null || current.deleted);
  if (record !== undefined && !isTaken && work.state.head !== null)
    work.state = { ...work.state, links: { ...work.state.links, [system]: record.record_id } };
  const target = TARGETS.find((name) => name === system);
  if (target !== undefined && work.held !== null && work.state.head !== null)
    work.state = { ...work.state, held: { ...work.state.held, [target]: work.held } };
  return finish(work, state, around.system, work.decided);
}

function finish(work: Work, before: ContactState, system: System | null, inbox_done: readonly DecidedEdit[]): Decision {
  const { state } = work;
  const changed = state.head !== before.head || work.events.length > 0;
  const target = TARGETS.find((name) => name === system);
  const held = target && state.held[target];
  const record_id = system && state.links[system];
  return {
    commit: {
      contact_id: before.contact_id,
      expected_revision: before.revision,
      head: state.head === before.head ? null : state.head,
      history: work.rows,
      held: target && held && held !== before.held[target] ? [{ target, ...held }] : [],
      links: system && record_id && record_id !== before.links[system] ? [linkOf(before, system, record_id)] : [],
      conflict: state.conflict === before.conflict ? null : state.conflict,
      closed: work.closed,
      events: work.events,
      inbox_done,
    },
    refused: work.refused,
    outcomes: work.outcomes,
    state: changed ? { ...state, revision: before.revision + 1 } : state,
  };
}

function linkOf(before: ContactState, system: System, record_id: RecordId): ContactCommit['links'][number] {
  const replaces = before.links[system];
  return replaces === undefined ? { system, record_id } : { system, record_id, replaces };
}

function observe(work: Work, record: SystemRecord, entry: InboxEntry | null, around: Surroundings): void {
  const judgement = judge(record, work.state, around);
  const { head } = work.state;
  let { kind }: { kind: Outcome } = judgement;
  switch (judgement.kind) {
    case 'ignored':
      break;
    case 'echo':
      if (entry === null) stands(work, record, judgement.content_hash, around);
      break;
    case 'refused': {
      const version = candidateVersion(record, around.counts_versions);
      // Replayed, and overtaken by now: had it been valid, it would have lost.
      if (entry?.dead_letter_id && head && compareRank({ ...record, version }, head) < 0) kind = 'superseded';
      // The edit that was kept stands for it; the record as it stands would only say the same again.
      else if (entry !== null || !work.refused.some((refused) => refused.entry !== null))
        work.refused.push({ entry, problems: judgement.problems });
      break;
    }
    case 'conflict':
      tie(work, judgement.incoming, record, around);
      break;
    case 'superseded':
      remember(work, historyRow(judgement.incoming, 'superseded', around.system, around.now));
      if (entry === null) stands(work, record, judgement.incoming.content_hash, around);
      break;
    case 'accepted': {
      const version = aboveAll(judgement.incoming.version, work.state, around.system);
      // BigQuery has an analyst's row already, unless it got another number.
      const appended = around.system === 'bigquery' && version === record.version;
      closeConflict(work, { status: 'superseded', by: null, chosen: null }, around.now);
      accept(work, { ...judgement.incoming, version }, around.system, around.now, appended);
      if (entry === null) stands(work, record, judgement.incoming.content_hash, around);
      break;
    }
  }
  work.outcomes.push(kind);
  if (entry !== null && kind !== 'refused') work.decided.push({ inbox_id: entry.inbox_id, outcome: kind });
}

/**
 * Where the system stands. A record that does not carry its contact's id, or lacks fields that it should hold, is sent
 * them, though it holds everything else already: nobody changed anything of the contact.
 */
function stands(work: Work, record: SystemRecord, content_hash: ContentHash, around: Surroundings): void {
  const named = record.contact_id === work.state.contact_id;
  if (named && !record.incomplete) work.held = { version: record.version, content_hash };
  // Where ranks are compared, a record is named whatever its rank.
  else if (named || !around.counts_versions) work.held = { version: 0, content_hash };
}

/**
 * Some system may carry a number above the head's without having edited anything (a person made an edit and took it
 * back). A version below it could never be delivered there.
 */
function aboveAll(version: number, state: ContactState, origin: System): number {
  const others = TARGETS.filter((target) => target !== origin).map((target) => state.held[target]?.version ?? 0);
  const floor = Math.max(0, ...others);
  return version > floor ? version : Math.max(floor, state.head?.version ?? 0) + 1;
}

/**
 * A record that lost, yet stands under a rank that the head does not exceed (its clock ran ahead and was not believed),
 * would refuse the head for ever. The head goes on under a number above it.
 */
function outrank(work: Work, record: SystemRecord, around: Surroundings): void {
  const { head, conflict } = work.state;
  if (head === null || work.held === null || conflict !== null) return;
  if (around.counts_versions) {
    const rank = compareRank(record, head);
    // One that holds the head but lacks fields would refuse what completes it only from above.
    if (work.held.content_hash === head.content_hash ? !record.incomplete || rank <= 0 : rank < 0) return;
    // Elsewhere a higher number is not written over, though it be to name or to complete the record.
  } else if (work.held.version > 0 || record.version <= head.version) return;
  accept(work, { ...head, version: Math.max(record.version, head.version) + 1 }, null, around.now, false);
}

function accept(work: Work, version: Version, source: System | null, now: Timestamp, appended: boolean): void {
  remember(work, historyRow(version, 'accepted', source, now, appended));
  work.state = { ...work.state, head: version };
}

function remember(work: Work, row: Row): void {
  work.rows.push(row);
  const versions: readonly KnownVersion[] = [...work.state.versions, row];
  work.state = { ...work.state, versions };
}

function tie(work: Work, incoming: Version, record: SystemRecord, around: Surroundings): void {
  const { head, conflict, versions } = work.state;
  if (head === null || conflict?.candidates.some(({ content_hash }) => content_hash === incoming.content_hash)) return;
  const source = versions.find(
    ({ version, content_hash }) => version === head.version && content_hash === head.content_hash,
  )?.source;
  const opened = conflict ?? openedConflict(head, source ?? null);
  const grown = {
    ...opened,
    candidates: [...opened.candidates, candidateOf(incoming, around.system, record.record_id)],
    events: opened.events + 1,
  };
  work.events.push(conflictEvent(grown, conflict ? 'candidate_added' : 'opened', around.now));
  work.state = { ...work.state, conflict: grown };
}

function closeConflict(work: Work, how: Omit<ClosedConflict, 'conflict_id'>, now: Timestamp): void {
  const { conflict } = work.state;
  if (conflict === null) return;
  const { rows, event, closed } = closing(conflict, how, now);
  for (const row of rows) remember(work, row);
  work.events.push(event);
  work.closed.push(closed);
  work.state = { ...work.state, conflict: null };
}

/**
 * A new version that a person made in the hub: the choice in a conflict, a restored version, an imported contact, be it
 * its first. It ranks above everything that any system is known to hold.
 *
 * @param by who decided
 */
export function decree(state: ContactState, content: Content | null, by: string, now: Timestamp): Decision {
  const { head, contact_id } = state;
  const work = begin(state);
  const content_hash = contentHash(content);
  const name = nameOf(by);
  closeConflict(work, { status: 'resolved', by: name, chosen: content_hash }, now);
  const held = TARGETS.map((target) => state.held[target]?.version ?? 0);
  const version = Math.max(head?.version ?? 0, ...held) + 1;
  accept(
    work,
    { contact_id, version, last_updated: now, last_updated_by: name, content, content_hash },
    null,
    now,
    false,
  );
  work.outcomes.push('accepted');
  return finish(work, state, null, []);
}
