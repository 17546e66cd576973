/** Models `6-inbox.sql`: edits received, and what nobody has come for. */
import type { ContactId } from '@contact-sync/contact';
import type { Change, HistoryRow, RecordId, System, Target, Unappended } from '@contact-sync/sync';
import { goingTo } from './deliver.ts';
import { type InboxRow, keyOf, type Tables } from './tables.ts';
import { storable } from './text.ts';

export function receive(
  tables: Tables,
  system: System,
  changes: readonly Change[],
  cursor: string | null,
): readonly RecordId[] {
  const records = new Set<RecordId>();
  for (const change of changes) {
    const inbox_id = tables.nextInboxId();
    const key = keyOf(system, storable(change.key));
    if (tables.inbox.has(key)) continue;
    const of = tables.record(system, storable(change.record_id));
    const received = tables.clock();
    const edit: InboxRow = {
      inbox_id,
      system,
      key: storable(change.key),
      of,
      record: change.record,
      received_at: received,
      told_at: received,
      tells: 0,
      done_at: null,
      outcome: null,
      letter: null,
    };
    tables.inbox.set(key, edit);
    tables.inboxById.set(inbox_id, edit);
    tables.undone.add(edit);
    of.undone.add(edit);
    records.add(of.record_id);
  }
  if (cursor !== null) tables.system(system).cursor = cursor;
  return [...records].sort();
}

/** Each telling doubles the wait for the next, up to sixteen times the grace. */
const waited = (tables: Tables, told_at: number, tells: number, grace_ms: number): boolean =>
  told_at < tables.clock() - grace_ms * 1000 * 2 ** Math.min(tells, 4);

export function pendingInbox(tables: Tables, system: System, grace_ms: number, limit: number): readonly RecordId[] {
  const waiting = [...tables.undone]
    .filter(
      (edit) => edit.system === system && edit.letter === null && waited(tables, edit.told_at, edit.tells, grace_ms),
    )
    .sort((a, b) => a.told_at - b.told_at)
    .slice(0, limit);
  for (const edit of waiting) {
    edit.told_at = tables.clock();
    edit.tells += 1;
  }
  return [...new Set(waiting.map(({ of }) => of.record_id))].sort();
}

export function pending(tables: Tables, target: Target, grace_ms: number, limit: number): readonly ContactId[] {
  const waiting = goingTo(tables, target, tables.contacts.values())
    .map(({ delivery }) => delivery)
    .filter(({ emitted_at, emits }) => emitted_at === null || waited(tables, emitted_at, emits, grace_ms))
    .sort((a, b) => (a.emitted_at ?? 0) - (b.emitted_at ?? 0))
    .slice(0, limit);
  for (const delivery of waiting) {
    delivery.emitted_at = tables.clock();
    delivery.emits += 1;
  }
  return waiting.map(({ contact_id }) => contact_id);
}

export function unappended(
  tables: Tables,
  ids: readonly ContactId[] | null,
  grace_ms: number,
  limit: number,
): Unappended {
  const before = tables.clock() - grace_ms * 1000;
  const wanted = ids === null ? null : new Set(ids);
  const rows: HistoryRow[] = [];
  for (const { known, committed_at } of tables.unappended) {
    if (rows.length === limit || committed_at > before) break;
    if (wanted !== null && !wanted.has(known.contact_id)) continue;
    const { appended: _, ...version } = known;
    rows.push({ ...version, change_id: `${known.contact_id}:${known.version}:${known.content_hash}` });
  }
  const events =
    ids === null
      ? [...tables.events.values()]
          .filter(({ appended, committed_at }) => !appended && committed_at <= before)
          .slice(0, limit)
          .map(({ event }) => event)
      : [];
  return { rows, events };
}

export function markAppended(tables: Tables, { rows, events }: Unappended): void {
  for (const { contact_id, version, content_hash } of rows) {
    const contact = tables.contacts.get(contact_id);
    const row = contact?.versions.find(({ known }) => known.version === version && known.content_hash === content_hash);
    if (contact === undefined || row === undefined || row.known.appended) continue;
    row.known = { ...row.known, appended: true };
    tables.unappended.delete(row);
    contact.state = null;
  }
  for (const { event_id } of events) {
    const row = tables.events.get(event_id);
    if (row !== undefined) row.appended = true;
  }
  tables.succeeded('bigquery');
}
