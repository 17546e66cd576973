/** Ledgers as they may stand, for what forgets: made row by row, since the flow makes nothing that is old. */
import { SYSTEMS, TARGETS } from '@contact-sync/sync';
import fc from 'fast-check';
import pg from 'pg';
import type { Rig } from './rig.ts';

/** Days after which something is old. */
export const DAYS = 30;

/** A ledger as it may stand, in the numbers that its rows are made of. Ages are days, `null` for what has not happened. */
export interface World {
  readonly contacts: readonly {
    readonly versions: readonly { readonly age: number; readonly status: boolean; readonly appended: boolean }[];
    readonly held: readonly (number | null)[];
    readonly behind: boolean;
    /** All but the first two and the last lost. */
    readonly lost?: boolean;
    readonly conflict: 'open' | 'closed' | null;
    readonly letter: 'open' | 'replayed' | 'discarded' | null;
    readonly ofRecord: boolean;
    readonly edits: readonly (number | null)[];
    readonly receipts: readonly number[];
    readonly age: number;
  }[];
}
const age = fc.constantFrom(1, DAYS - 1, DAYS + 1, DAYS * 3);
export const world: fc.Arbitrary<World> = fc.record({
  contacts: fc.array(
    fc.record({
      versions: fc.array(
        fc.record({
          age,
          status: fc.boolean(),
          appended: fc.constantFrom(true, true, true, true, true, false),
        }),
        { minLength: 18, maxLength: 34, size: 'max' },
      ),
      held: fc.array(fc.option(fc.nat({ max: 33 })), { minLength: 3, maxLength: 3 }),
      behind: fc.boolean(),
      lost: fc.boolean(),
      conflict: fc.constantFrom(null, null, 'open', 'closed'),
      letter: fc.constantFrom(null, null, 'open', 'replayed', 'discarded'),
      ofRecord: fc.boolean(),
      edits: fc.array(fc.option(age), { maxLength: 6 }),
      receipts: fc.array(age, { maxLength: 6 }),
      age,
    }),
    { minLength: 2, maxLength: 4 },
  ),
});

/** Writes it. The newest accepted version is the head; where none is accepted, the newest. */
export async function make(at: Rig, { contacts }: World): Promise<void> {
  const ago = (days: number | null) => (days === null ? null : new Date(Date.now() - days * 86_400_000));
  const rows: Record<string, (readonly unknown[])[]> = {};
  const add = (table: string, ...row: readonly unknown[]) => {
    rows[table] = [...(rows[table] ?? []), row];
  };
  contacts.forEach((contact, n) => {
    const id = String(n + 1);
    const accepts = (status: boolean, number: number) => (contact.lost ? number < 2 : status);
    const hashOf = (number: number) => `hash-${number % 7}-${number}`;
    const accepted = contact.lost
      ? contact.versions.length - 1
      : contact.versions.findLastIndex(({ status }) => status);
    const head = accepted < 0 ? contact.versions.length - 1 : accepted;
    contact.versions.forEach((one, number) => {
      add(
        'versions',
        id,
        number + 1,
        hashOf(number),
        accepts(one.status, number) || number === head ? 'accepted' : 'superseded',
        '2026-01-01T00:00:00.000000Z',
        'ada',
        '{"canonical_name":"Ada"}',
        'local',
        '2026-01-01T00:00:00.000000Z',
        ago(one.age),
        one.appended ? ago(one.age) : null,
      );
    });
    add('heads', id, 1, head + 1, hashOf(head), '2026-01-01T00:00:00.000000Z', 'ada', false);
    const discarded = contact.letter === 'discarded' && contact.behind;
    if (contact.letter !== null) {
      const queue = contact.ofRecord ? 'ingest' : 'propagate-local';
      const open = contact.letter === 'open';
      add(
        'dead_letters',
        n + 1,
        queue,
        'local',
        contact.ofRecord ? `record-${id}` : id,
        contact.ofRecord ? null : id,
        1,
        'CODE',
        'reason',
        'advice',
        1,
        ago(contact.age),
        contact.letter,
        open ? null : ago(contact.age),
        ago(contact.age + 1),
      );
    }
    TARGETS.forEach((target, place) => {
      const held = contact.held[place] ?? null;
      const number = held === null || held >= contact.versions.length ? null : held;
      const parks =
        target === 'local' && contact.letter !== null && !contact.ofRecord && (contact.letter === 'open' || discarded);
      add(
        'deliveries',
        id,
        target,
        number === null ? null : number + 1,
        number === null ? null : hashOf(number),
        contact.behind,
        contact.behind ? ago(contact.age) : null,
        parks ? n + 1 : null,
      );
    });
    add('links', 'local', `record-${id}`, id);
    if (contact.conflict !== null)
      for (const [place, event] of ['opened', 'closed'].slice(0, contact.conflict === 'open' ? 1 : 2).entries()) {
        if (place === 0)
          add(
            'conflicts',
            `${id}-1`,
            id,
            head + 1,
            '2026-01-01T00:00:00.000000Z',
            '[]',
            1,
            contact.conflict === 'open' ? 'open' : 'resolved',
            contact.conflict === 'open' ? null : ago(contact.age),
          );
        add('conflict_events', `${id}-1:${place}`, JSON.stringify({ event }), contact.behind ? ago(1) : null);
      }
    contact.edits.forEach((done, place) => {
      add('inbox', 'local', `key-${id}-${place}`, `record-${id}`, id, '{"record_id":"r"}', ago(done ?? 1), ago(done));
    });
    contact.receipts.forEach((days, place) => {
      add('receipts', id, 'local', place + 1, `hash-${place}`, ago(days), ago(days), 1);
    });
  });
  const columns: Readonly<Record<string, string>> = {
    heads: 'contact_id, revision, version, content_hash, last_updated, last_updated_by, deleted',
    versions:
      'contact_id, version, content_hash, status, last_updated, last_updated_by, content, source, recorded_at, committed_at, appended_at',
    dead_letters:
      'dead_letter_id, queue, system, key, contact_id, version, code, reason, advice, attempts, created_at, status, closed_at, failed_at',
    deliveries: 'contact_id, target, version, content_hash, behind, behind_since, dead_letter_id',
    links: 'system, record_id, contact_id',
    conflicts: 'conflict_id, contact_id, version, last_updated, candidates, events, status, closed_at',
    conflict_events: 'event_id, event, appended_at',
    inbox: 'system, key, record_id, contact_id, record, received_at, done_at',
    receipts: 'contact_id, target, version, content_hash, at, last_at, times',
  };
  for (const [table, named] of Object.entries(columns)) {
    const values = rows[table] ?? [];
    if (values.length === 0) continue;
    const list = values.map((row) => `(${row.map(literal).join(', ')})`).join(', ');
    await at.sql(`insert into ${table} (${named}) overriding system value values ${list}`);
  }
}

const literal = (value: unknown): string =>
  value === null || value === undefined
    ? 'null'
    : typeof value === 'object' && value instanceof Date
      ? `'${value.toISOString()}'`
      : typeof value === 'number' || typeof value === 'boolean'
        ? String(value)
        : pg.escapeLiteral(String(value));

/** What anybody decides by, delivers, counts or shows as open; the calls that write are undone. */
export async function decisions(at: Rig, count: number): Promise<unknown> {
  const ids = Array.from({ length: count }, (_, n) => String(n + 1));
  const records = ids.map((id) => `record-${id}`);
  return await at.transaction(async (client) => {
    const call = async (text: string, values: readonly unknown[]) => {
      const { rows } = await client.query<{ result: unknown }>(`select contact_sync_ledger.${text} as result`, [
        ...values,
      ]);
      return rows[0]?.result;
    };
    // What both sides of an open conflict began with.
    const bases = await client.query<{ base: unknown }>(
      "select contact_sync_ledger.version_before(contact_id, version) as base from contact_sync_ledger.conflicts where status = 'open'",
    );
    const told: unknown[] = [
      bases.rows,
      await call('contacts($1)', [ids]),
      await call('snapshot($1, $2, $3)', ['local', records, ids]),
      ageless(await call('status($1)', [SYSTEMS])),
      await call('standings($1, null, null, 100)', [ids]).then((page) => Object(page).contacts),
      await call('standing_digests($1)', ['local']),
      await call('conflicts(null)', []),
      await call('dead_letters(null, null, null)', []),
      await call('list_conflicts(true, null, null, 100)', []),
      await call('receipts_of($1, $2)', ['1', TARGETS]),
      await call(`unappended(null, interval '0', 1000)`, []),
    ];
    for (const target of TARGETS) {
      told.push(await call('deliverable($1, $2, 100, null)', [target, ids]));
      told.push(await call(`pending($1, interval '0', 100, null)`, [target]));
    }
    told.push(await call(`pending_inbox('local', interval '0', 100)`, []), await call('close_answered()', []));
    return sorted(told);
  });
}

/** Lists of JSON that the ledger gives in no order. */
const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, sorted(one)]))
      : value;
const ageless = (status: unknown): unknown =>
  JSON.parse(JSON.stringify(status, (key, one: unknown) => (key.startsWith('oldest_') ? one !== null : one)));
