/** Models `7-status.sql` and `8-compare.sql`: numbers for operators, and the comparison of ids. */
import {
  type ContactStanding,
  type LedgerStatus,
  type LinkedRecord,
  type OpenConflict,
  type RecordId,
  type Standings,
  type StandingsQuery,
  SYSTEMS,
  type System,
  type SystemStatus,
  TARGETS,
} from '@contact-sync/sync';
import { type ContactRow, isoOf, keyOf, type Tables } from './tables.ts';
import { byText } from './text.ts';

export function conflicts(tables: Tables, ids?: readonly string[]): readonly OpenConflict[] {
  const wanted = ids && new Set(ids);
  return [...tables.conflicts.values()].flatMap(({ conflict, closed }) =>
    closed === null && (wanted === undefined || wanted.has(conflict.conflict_id)) ? [conflict] : [],
  );
}

export function status(tables: Tables): LedgerStatus {
  const now = tables.clock();
  let living = 0;
  for (const { head } of tables.contacts.values()) if (head !== null && !head.deleted) living += 1;
  return {
    contacts: living,
    conflicts: conflicts(tables).length,
    dead_letters: tables.openLetters.size,
    systems: SYSTEMS.map((system) => statusOf(tables, system, now)),
  };
}

function statusOf(tables: Tables, system: System, now: number): SystemStatus {
  const since = pendingSince(tables, system);
  const oldest = since.reduce((a, b) => Math.min(a, b), now);
  const last = tables.systems.get(system)?.last_success ?? null;
  const undecided = [...tables.undone].filter((edit) => edit.system === system && edit.letter === null);
  const received = undecided.reduce((a, { received_at }) => Math.min(a, received_at), now);
  return {
    system,
    pending: since.length,
    oldest_pending_s: since.length === 0 ? null : (now - oldest) / 1_000_000,
    inbox: undecided.length,
    oldest_inbox_s: undecided.length === 0 ? null : (now - received) / 1_000_000,
    last_success: last === null ? null : isoOf(last),
    dead_letters: [...tables.openLetters.values()].filter(({ letter }) => letter.system === system).length,
  };
}

function pendingSince(tables: Tables, system: System): readonly number[] {
  if (system === 'bigquery') return [...tables.unappended].map(({ committed_at }) => committed_at);
  return [...tables.contacts.values()].flatMap(({ open, deliveries }) => {
    const delivery = deliveries.get(system);
    if (open !== null || delivery === undefined || !delivery.behind || delivery.letter !== null) return [];
    return delivery.behind_since === null ? [] : [delivery.behind_since];
  });
}

export function linked(tables: Tables, system: System, after: RecordId, limit: number): readonly LinkedRecord[] {
  const target = TARGETS.find((name) => name === system);
  const found: LinkedRecord[] = [];
  for (const { contact_id, head, links, deliveries } of tables.contacts.values()) {
    const record_id = links.get(system);
    if (record_id === undefined || head === null || head.deleted || record_id <= after) continue;
    const delivery = target && deliveries.get(target);
    found.push({
      record_id,
      contact_id,
      version: delivery?.held?.version ?? head.version,
      seen_at: isoOf(delivery?.delivered_at ?? head.changed_at),
    });
  }
  return found.sort((a, b) => byText(a.record_id, b.record_id)).slice(0, limit);
}

export function claimComparison(tables: Tables, name: System, every_ms: number): boolean {
  const system = tables.system(name);
  const now = tables.clock();
  if (system.compared_at !== null && system.compared_at >= now - every_ms * 1000) return false;
  system.compared_at = now;
  return true;
}

export function standings(tables: Tables, { contact_ids, since, after, limit }: StandingsQuery): Standings {
  const wanted = contact_ids && new Set(contact_ids);
  const from = since === undefined ? null : Date.parse(since) * 1000;
  const contacts = [...tables.contacts.values()]
    .flatMap((contact): ContactStanding[] => {
      const { contact_id, head, deliveries } = contact;
      if (head === null || wanted?.has(contact_id) === false) return [];
      if (after !== undefined && BigInt(contact_id) <= BigInt(after)) return [];
      const changed_at = [...deliveries.values()].reduce(
        (latest, { written_at }) => Math.max(latest, written_at ?? 0),
        head.changed_at,
      );
      const state = standingOf(tables, contact);
      const left = from === null || changed_at >= from || state !== 'in_step';
      return left ? [{ contact_id, state, changed_at: isoOf(changed_at) }] : [];
    })
    .sort((a, b) => (BigInt(a.contact_id) < BigInt(b.contact_id) ? -1 : 1))
    .slice(0, limit);
  return { now: isoOf(tables.clock()), contacts };
}

function standingOf(tables: Tables, contact: ContactRow): ContactStanding['state'] {
  if (contact.open !== null) return 'conflict';
  const undecided = [...contact.links].some(([system, record_id]) =>
    [...(tables.records.get(keyOf(system, record_id))?.undone ?? [])].some(({ letter }) => letter === null),
  );
  const behind = [...contact.deliveries.values()].some((delivery) => delivery.behind && delivery.letter === null);
  if (undecided || behind || contact.versions.some(({ known }) => !known.appended)) return 'pending';
  const letters = [...tables.openLetters.values()];
  return letters.some(({ letter }) => letter.contact_id === contact.contact_id) ? 'dead_letter' : 'in_step';
}
