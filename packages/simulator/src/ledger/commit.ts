/** Models `4-commit.sql`: a batch of decisions, each contact all or nothing, by compare-and-set on its revision. */
import type { ContactId } from '@contact-sync/contact';
import {
  type CommitResult,
  type ContactCommit,
  type KnownVersion,
  type NewDeadLetter,
  type Rejection,
  TARGETS,
  type Target,
  type Version,
} from '@contact-sync/sync';
import { bury } from './letters.ts';
import { busy, type Linking, linking } from './linking.ts';
import {
  type ContactRow,
  type DeliveryRow,
  type HeadRow,
  type Instant,
  type LetterRow,
  letterKeyOf,
  type Tables,
} from './tables.ts';
import { storable } from './text.ts';

/** @throws {TransientError} `LEDGER_BUSY` where a unique key refuses the batch; nothing of it is written then */
export function commit(
  tables: Tables,
  commits: readonly ContactCommit[],
  rejections: readonly Rejection[],
): CommitResult {
  if (new Set(commits.map(({ contact_id }) => contact_id)).size < commits.length)
    throw new Error('a batch has one commit a contact');
  const begun = tables.clock();
  const lost = new Set<ContactId>();
  for (const { contact_id, expected_revision } of commits)
    if ((tables.contacts.get(contact_id)?.head?.revision ?? 0) !== expected_revision) lost.add(contact_id);
  const links = linking(tables, won(commits, lost));
  for (const contact_id of links.stolen) lost.add(contact_id);
  const written = won(commits, lost);
  oneOpenConflict(tables, written);

  writeLinks(tables, links);
  for (const one of written) writeHead(tables, one);
  for (const one of written) writeHistory(tables, one);
  const rejected = rejections.filter(({ contact_id }) => contact_id === null || !lost.has(contact_id));
  const buried = bury(
    tables,
    rejected.map(({ letter }) => letter),
  );
  const overtaken = overtake(tables, written);
  for (const one of written) writeDeliveries(tables, one);
  writeConflicts(tables, written);
  const kept = writeInbox(tables, begun, written, rejected, buried);
  return { lost, letters: kept.map(({ letter }) => letter), overtaken };
}

const won = (commits: readonly ContactCommit[], lost: ReadonlySet<ContactId>): readonly ContactCommit[] =>
  lost.size === 0 ? commits : commits.filter(({ contact_id }) => !lost.has(contact_id));

function oneOpenConflict(tables: Tables, commits: readonly ContactCommit[]): void {
  const closed = new Set(commits.flatMap(({ closed: ids }) => ids.map(({ conflict_id }) => conflict_id)));
  for (const { contact_id, conflict } of commits) {
    const open = tables.contacts.get(contact_id)?.open?.conflict.conflict_id;
    if (conflict === null || open === undefined || tables.conflicts.has(conflict.conflict_id)) continue;
    if (!closed.has(open)) throw busy();
  }
}

function writeLinks(tables: Tables, { removed, added }: Linking): void {
  for (const { system, record_id, contact_id } of removed) tables.unlink(system, record_id, contact_id);
  for (const { system, record_id, contact_id } of added) tables.link(system, record_id, contact_id);
}

function writeHead(tables: Tables, { contact_id, head, events, expected_revision }: ContactCommit): void {
  if (head === null && events.length === 0) return;
  const contact = tables.contact(contact_id);
  const revision = expected_revision + 1;
  if (head !== null) contact.head = headOf(head, revision, tables.clock());
  else if (contact.head !== null) contact.head = { ...contact.head, revision };
  contact.state = null;
}

const headOf = (head: Version, revision: number, changed_at: number): HeadRow => ({
  revision,
  version: head.version,
  content_hash: head.content_hash,
  last_updated: head.last_updated,
  last_updated_by: storable(head.last_updated_by),
  deleted: head.content === null,
  changed_at,
});

/** What is there stays as it is, its status and whether BigQuery has it. */
function writeHistory(tables: Tables, { contact_id, history }: ContactCommit): void {
  if (history.length === 0) return;
  const contact = tables.contact(contact_id);
  for (const row of history) {
    const { version, content_hash } = row;
    if (contact.versions.some(({ known }) => known.version === version && known.content_hash === content_hash))
      continue;
    const known: KnownVersion = {
      contact_id,
      version,
      content_hash,
      status: row.status,
      last_updated: row.last_updated,
      last_updated_by: storable(row.last_updated_by),
      content: row.content,
      source: row.source,
      recorded_at: row.recorded_at,
      appended: row.appended,
    };
    const stored = { known, committed_at: tables.clock() };
    contact.versions.push(stored);
    if (!row.appended) tables.unappended.add(stored);
    contact.state = null;
  }
}

/** A new head is a new chance for what could not be delivered before. */
function overtake(tables: Tables, commits: readonly ContactCommit[]): CommitResult['overtaken'] {
  const moved = new Set(commits.flatMap(({ contact_id, head }) => (head === null ? [] : [contact_id])));
  if (moved.size === 0) return [];
  const overtaken: { queue: NewDeadLetter['queue']; dead_letter_id: string }[] = [];
  for (const row of [...tables.openLetters.values()]) {
    const { queue, dead_letter_id, contact_id } = row.letter;
    if (queue === 'ingest' || contact_id === null || !moved.has(contact_id)) continue;
    tables.close(row, 'superseded', 'hub');
    overtaken.push({ queue, dead_letter_id });
  }
  return overtaken;
}

function writeDeliveries(tables: Tables, { contact_id, head: moved, held }: ContactCommit): void {
  if (moved === null && held.length === 0) return;
  const contact = tables.contact(contact_id);
  const { head } = contact;
  if (head === null) return;
  for (const target of TARGETS) {
    const learnt = held.find((one) => one.target === target);
    if (moved === null && learnt === undefined) continue;
    const delivery = deliveryOf(contact, target);
    if (learnt !== undefined) {
      delivery.held = { version: learnt.version, content_hash: learnt.content_hash };
      delivery.delivered_at = tables.clock();
    }
    settle(tables, delivery, head);
    // A moved head is told at once by whoever commits.
    if (moved !== null) Object.assign(delivery, { emitted_at: tables.clock(), emits: 0, letter: null });
  }
  contact.state = null;
}

function deliveryOf({ contact_id, deliveries }: ContactRow, target: Target): DeliveryRow {
  const known = deliveries.get(target);
  if (known !== undefined) return known;
  const row: DeliveryRow = {
    contact_id,
    target,
    held: null,
    delivered_at: null,
    written_at: null,
    behind: false,
    behind_since: null,
    emitted_at: null,
    emits: 0,
    letter: null,
  };
  deliveries.set(target, row);
  return row;
}

/** Whether the target must be sent the head, and since when. In step, nothing is left that a discarded letter holds back. */
export function settle(tables: Tables, delivery: DeliveryRow, head: HeadRow): void {
  const { held } = delivery;
  delivery.behind = held === null || held.content_hash !== head.content_hash || held.version < head.version;
  delivery.behind_since = delivery.behind ? (delivery.behind_since ?? tables.clock()) : null;
  if (!delivery.behind && delivery.letter?.status !== 'open') delivery.letter = null;
}

function writeConflicts(tables: Tables, commits: readonly ContactCommit[]): void {
  for (const { conflict_id, ...how } of commits.flatMap(({ closed }) => closed)) {
    const row = tables.conflicts.get(conflict_id);
    if (row === undefined) continue;
    row.closed = { ...how, by: how.by === null ? null : storable(how.by) };
    const contact = tables.contact(row.conflict.contact_id);
    if (contact.open === row) contact.open = null;
    contact.state = null;
  }
  for (const { contact_id, conflict } of commits) {
    if (conflict === null) continue;
    const { conflict_id, candidates, events } = conflict;
    const known = tables.conflicts.get(conflict_id);
    const contact = tables.contact(known?.conflict.contact_id ?? contact_id);
    if (known !== undefined) known.conflict = { ...known.conflict, candidates, events };
    else {
      const { version, last_updated } = conflict;
      contact.open = { conflict: { conflict_id, contact_id, version, last_updated, candidates, events }, closed: null };
      tables.conflicts.set(conflict_id, contact.open);
    }
    contact.state = null;
  }
  for (const event of commits.flatMap(({ events }) => events))
    if (!tables.events.has(event.event_id))
      tables.events.set(event.event_id, { event, committed_at: tables.clock(), appended: false });
}

/**
 * Edits that were decided over are done; rejected ones lie under their letter, unless somebody decided over them
 * meanwhile. @returns the letters but those about nothing else
 */
function writeInbox(
  tables: Tables,
  begun: Instant,
  commits: readonly ContactCommit[],
  rejected: readonly Rejection[],
  buried: readonly LetterRow[],
): readonly LetterRow[] {
  const letters = new Map(buried.map((row) => [letterKeyOf(row.letter), row]));
  for (const { inbox_id, outcome } of commits.flatMap(({ inbox_done }) => inbox_done)) {
    const edit = tables.inboxById.get(inbox_id);
    if (edit !== undefined) tables.done(edit, begun, outcome);
  }
  const needless = new Set<LetterRow>();
  for (const { inbox_ids, letter } of rejected) {
    const under = letters.get(letterKeyOf({ ...letter, key: storable(letter.key) }));
    if (under === undefined) continue;
    for (const inbox_id of inbox_ids) {
      const edit = tables.inboxById.get(inbox_id);
      if (edit !== undefined && edit.done_at === null) tables.park(edit, under);
    }
    const isNew = under.letter.attempts === letter.attempts;
    if (letter.queue === 'ingest' && inbox_ids.length > 0 && isNew && under.edits.size === 0) needless.add(under);
  }
  for (const row of needless) tables.forget(row);
  return buried.filter((row) => !needless.has(row));
}
