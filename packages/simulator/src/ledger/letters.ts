/** Models `3-letters.sql`: dead letters, and what they park. */
import type { DeadLetter, Ledger, NewDeadLetter } from '@contact-sync/sync';
import { isoOf, type LetterRow, letterKeyOf, type Tables } from './tables.ts';
import { byText, storable } from './text.ts';

export function bury(tables: Tables, letters: readonly NewDeadLetter[]): LetterRow[] {
  const byKey = new Map<string, NewDeadLetter>();
  for (const one of letters) {
    const letter = { ...one, key: storable(one.key) };
    const key = letterKeyOf(letter);
    if (!byKey.has(key)) byKey.set(key, letter);
  }
  const buried: LetterRow[] = [];
  for (const letter of [...byKey.values()].sort(byPlace)) {
    const head = letter.contact_id === null ? null : (tables.contacts.get(letter.contact_id)?.head ?? null);
    const delivery = letter.queue !== 'ingest';
    if (delivery && letter.version !== null && letter.version !== head?.version) continue;
    buried.push(failed(tables, { ...letter, version: letter.version ?? (delivery ? (head?.version ?? null) : null) }));
  }
  for (const row of buried) park(tables, row);
  return buried.sort((a, b) => Number(a.letter.dead_letter_id) - Number(b.letter.dead_letter_id));
}

function failed(tables: Tables, incoming: NewDeadLetter): LetterRow {
  const dead_letter_id = tables.nextLetterId();
  const texts = {
    code: storable(incoming.code),
    field: incoming.field === null ? null : storable(incoming.field),
    reason: storable(incoming.reason),
    advice: storable(incoming.advice),
  };
  const open = tables.openLetters.get(letterKeyOf(incoming));
  if (open !== undefined) {
    open.failed_at = tables.clock();
    open.letter = {
      ...open.letter,
      ...texts,
      contact_id: incoming.contact_id ?? open.letter.contact_id,
      version: incoming.version,
      attempts: open.letter.attempts + incoming.attempts,
    };
    return open;
  }
  const created_at = tables.clock();
  const { queue, system, key, contact_id, version, attempts } = incoming;
  const row: LetterRow = {
    letter: {
      dead_letter_id,
      queue,
      system,
      key,
      contact_id,
      version,
      ...texts,
      attempts,
      created_at: isoOf(created_at),
    },
    failed_at: created_at,
    status: 'open',
    closed_by: null,
    edits: new Set(),
  };
  tables.letters.set(dead_letter_id, row);
  tables.openLetters.set(letterKeyOf(row.letter), row);
  return row;
}

function park(tables: Tables, row: LetterRow): void {
  const { queue, contact_id, system } = row.letter;
  if (queue === 'ingest' || contact_id === null || system === 'bigquery') return;
  const delivery = tables.contacts.get(contact_id)?.deliveries.get(system);
  if (delivery !== undefined) delivery.letter = row;
}

export function deadLetters(tables: Tables, filter: Parameters<Ledger['deadLetters']>[0] = {}): readonly DeadLetter[] {
  const wanted = filter.ids && new Set(filter.ids);
  const contacts = filter.contact_ids && new Set(filter.contact_ids);
  return [...tables.letters.values()].flatMap(({ letter, status }) =>
    status === 'open' &&
    (wanted === undefined || wanted.has(letter.dead_letter_id)) &&
    (filter.queue === undefined || letter.queue === filter.queue) &&
    (contacts === undefined || (letter.contact_id !== null && contacts.has(letter.contact_id)))
      ? [letter]
      : [],
  );
}

export function closeDeadLetters(
  tables: Tables,
  ids: readonly string[],
  status: Exclude<LetterRow['status'], 'open'>,
  by: string,
): void {
  const rows = new Set(ids.flatMap((id) => tables.letters.get(id) ?? []).filter((row) => row.status === 'open'));
  if (rows.size === 0) return;
  // One that was discarded is not sent there any more: until its head moves, or the target is in step.
  if (status !== 'discarded')
    for (const contact of tables.contacts.values())
      for (const delivery of contact.deliveries.values())
        if (delivery.letter !== null && rows.has(delivery.letter)) {
          delivery.letter = null;
          delivery.emitted_at = null;
          delivery.emits = 0;
        }
  for (const row of rows) {
    for (const edit of [...row.edits]) {
      tables.park(edit, null);
      edit.told_at = tables.clock();
      if (status === 'discarded') tables.done(edit, tables.clock(), null);
    }
    tables.close(row, status, by);
  }
}

export function closeAnswered(tables: Tables): number {
  let closed = 0;
  for (const row of [...tables.openLetters.values()]) {
    const { queue, system, key } = row.letter;
    if (queue !== 'ingest' || row.edits.size > 0) continue;
    const last = tables.records.get(`${system}:${key}`)?.last_done_at ?? null;
    if (last === null || last <= row.failed_at) continue;
    tables.close(row, 'superseded', 'hub');
    closed += 1;
  }
  return closed;
}

interface Place {
  readonly queue: string;
  readonly system: string;
  readonly key: string;
}

const byPlace = (a: Place, b: Place): number =>
  byText(a.queue, b.queue) || byText(a.system, b.system) || byText(a.key, b.key);
