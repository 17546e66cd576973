/** The real ledger and the model side by side: whatever one is asked the other is asked, and the answers are compared. */
import { isDeepStrictEqual } from 'node:util';
import { type Ledger, SyncError } from '@contact-sync/sync';
import { expect } from 'vitest';
import type { Rig } from '../../ledger/test/rig.ts';
import { createModelLedger, type ModelLedger } from '../src/ledger/index.ts';

const HOUR_MS = 3_600_000;
/** Only for the model: the real one has its own clock. Seconds apart, so that calls are told from each other. */
const START = Date.parse('2026-11-22T11:00:00Z');

/** So many versions within a minute brake a contact: few enough to be reached. A course of commands takes less than one. */
export const STORM = 6;

export interface Pair {
  /** Asks both. Answers as the model does, so that what follows does not depend on an order that SQL leaves open. */
  readonly ledger: Ledger;
  readonly model: ModelLedger;
  /** Milliseconds since the epoch. */
  now(): number;
  /** A second passes for the model: what is done now is not told from what was done before by a limit, but by time. */
  step(): void;
  /** So many hours pass for both: what the real one did so far is older by them. */
  lapse(hours: number): Promise<void>;
  /** Compares everything that their tables hold. */
  compareTables(): Promise<void>;
}

export async function pairOf(at: Rig, real: Ledger): Promise<Pair> {
  await at.sql(FORGET);
  let now = START;
  const model = createModelLedger(() => now, STORM);
  const ask = async (name: string | symbol, args: readonly unknown[]) => {
    const expected = await outcomeOf(async () => Reflect.apply(Reflect.get(model, name), model, args));
    const numbers = expected.error === null ? [] : await at.sql<{ next: string }>(NUMBERS);
    const found = await outcomeOf(async () => Reflect.apply(Reflect.get(real, name), real, args));
    // What is undone has spent its numbers all the same; the model's has not.
    for (const { next } of numbers) await at.sql(next);
    compare(String(name), shown(name, found, Date.now(), model), shown(name, expected, now, model));
    if (expected.error !== null) throw expected.error;
    return expected.value;
  };
  return {
    model,
    ledger: new Proxy(real, {
      get:
        (_, name) =>
        (...args: readonly unknown[]) =>
          ask(name, args),
    }),
    now: () => now,
    step() {
      now += 1000;
    },
    async lapse(hours) {
      now += hours * HOUR_MS;
      await at.sql(elder(hours));
    },
    async compareTables() {
      const [row] = await at.sql<{ tables: object }>(TABLES);
      compare('tables', row?.tables, tablesOf(model, now));
    },
  };
}

interface Outcome {
  readonly value: unknown;
  readonly error: unknown;
}

async function outcomeOf(run: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await run(), error: null };
  } catch (error) {
    return { value: null, error };
  }
}

function compare(what: string, found: unknown, expected: unknown): void {
  if (isDeepStrictEqual(found, expected)) return;
  expect(found, `${what}: received is the real ledger, expected the model`).toEqual(expected);
}

/** Answers whose order is left open. */
const UNORDERED = new Set<string | symbol>(['deliverable', 'pending', 'delivered', 'overtaken', 'versions']);
const INSTANTS = new Set(['created_at', 'seen_at', 'last_success', 'changed_at', 'now']);
const AGES = new Set<string | symbol>(['oldest_pending_s', 'oldest_inbox_s']);

function shown(name: string | symbol, { value, error }: Outcome, now: number, model: ModelLedger): unknown {
  if (error !== null) {
    if (!(error instanceof SyncError)) throw error;
    return { class: error.name, code: error.code };
  }
  return plain(name, value, now, crowded(model));
}

/** In one order, and instants as the hours that have passed since: the clocks differ, and lapses are the same. */
function plain(name: string | symbol, value: unknown, now: number, unsure: ReadonlySet<string>): unknown {
  if (value instanceof Map) value = Object.fromEntries([...value].sort());
  if (value instanceof Set) value = [...value].sort();
  if (AGES.has(name) && typeof value === 'number') return Math.round((value * 1000) / HOUR_MS);
  if (typeof value === 'string' && INSTANTS.has(String(name))) return Math.round((now - Date.parse(value)) / HOUR_MS);
  if (Array.isArray(value)) {
    const items = value.map((item) => plain('', item, now, unsure));
    if (!UNORDERED.has(name)) return items;
    const kept = name === 'versions' ? items.filter((item) => !unsure.has(numberOf(item))) : items;
    return kept.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(key, item, now, unsure)]));
}

const numberOf = (item: unknown): string =>
  typeof item === 'object' && item !== null && 'version' in item && 'contact_id' in item
    ? `${item.contact_id}:${item.version}`
    : '';

/** Of three or more versions of one number, the real ledger keeps any two once ten newer ones are there. */
function crowded(model: ModelLedger): ReadonlySet<string> {
  const unsure = new Set<string>();
  for (const versions of Map.groupBy(model.view.versions(), ({ contact_id }) => contact_id).values()) {
    if (versions.length <= 10) continue;
    for (const [number, { length }] of Map.groupBy(versions, numberOf)) if (length > 2) unsure.add(number);
  }
  return unsure;
}

/** Lists by their keys: the tables have no order. */
function tablesOf({ view }: ModelLedger, now: number): object {
  const ago = (ms: number | null) => (ms === null ? null : Math.round((now - ms) / HOUR_MS));
  const by = <Row>(rows: readonly Row[], key: (row: Row) => string) =>
    Object.fromEntries(rows.map((row) => [key(row), row]));
  return JSON.parse(
    JSON.stringify({
      heads: by(view.heads(), ({ contact_id }) => contact_id),
      versions: by(view.versions(), (row) => `${row.contact_id}:${row.version}:${row.content_hash}`),
      links: by(view.links(), ({ system, record_id }) => `${system}:${record_id}`),
      deliveries: by(
        view.deliveries().map(({ behind_since, emitted_at, ...row }) => ({
          ...row,
          behind_h: ago(behind_since),
          emitted_h: ago(emitted_at),
        })),
        ({ contact_id, target }) => `${contact_id}:${target}`,
      ),
      inbox: by(
        view.inbox().map(({ told_at, ...row }) => ({ ...row, told_h: ago(told_at) })),
        ({ inbox_id }) => inbox_id,
      ),
      letters: by(
        view.deadLetters().map(({ created_at: _, ...row }) => row),
        ({ dead_letter_id }) => dead_letter_id,
      ),
      conflicts: by(view.conflicts(), ({ conflict_id }) => conflict_id),
      events: by(view.events(), ({ event }) => event.event_id),
    }),
  );
}

/** Whole hours. */
const agoOf = (column: string) => `round(extract(epoch from clock_timestamp() - ${column}) / 3600)`;

const TABLES = `
  select json_build_object(
    'heads', (select coalesce(json_object_agg(contact_id, to_jsonb(h)
      - '{changed_at,name,name_key,organization,category,search}'::text[]
      || jsonb_build_object('contact_id', contact_id::text)), '{}') from heads h),
    'versions', (select coalesce(json_object_agg(contact_id || ':' || version || ':' || content_hash, to_jsonb(v)
      - '{committed_at,appended_at,heard_at}'::text[] || jsonb_build_object('contact_id', contact_id::text,
      'content', content::json, 'appended', appended_at is not null)), '{}') from versions v),
    'links', (select coalesce(json_object_agg(system || ':' || record_id, to_jsonb(l)
      || jsonb_build_object('contact_id', contact_id::text)), '{}') from links l),
    'deliveries', (select coalesce(json_object_agg(contact_id || ':' || target, json_build_object(
      'contact_id', contact_id::text, 'target', target,
      'held', case when version is not null then json_build_object('version', version, 'content_hash', content_hash) end,
      'behind', behind, 'behind_h', ${agoOf('behind_since')}, 'emitted_h', ${agoOf('emitted_at')}, 'emits', emits,
      'dead_letter_id', dead_letter_id::text)), '{}') from deliveries),
    'inbox', (select coalesce(json_object_agg(inbox_id, json_build_object('inbox_id', inbox_id::text, 'system', system,
      'key', key, 'record_id', record_id, 'record', record::json, 'told_h', ${agoOf('told_at')}, 'tells', tells, 'done', done_at is not null, 'outcome', outcome,
      'dead_letter_id', dead_letter_id::text)), '{}') from inbox),
    'letters', (select coalesce(json_object_agg(dead_letter_id, to_jsonb(d) - '{created_at,failed_at,closed_at}'::text[]
      || jsonb_build_object('dead_letter_id', dead_letter_id::text, 'contact_id', contact_id::text)), '{}')
      from dead_letters d),
    'conflicts', (select coalesce(json_object_agg(conflict_id, json_build_object('conflict_id', conflict_id,
      'contact_id', contact_id::text, 'version', version, 'last_updated', last_updated, 'candidates', candidates::json,
      'events', events, 'closed', case when status <> 'open' then json_build_object(
      'status', status, 'by', closed_by, 'chosen', chosen) end)), '{}') from conflicts),
    'events', (select coalesce(json_object_agg(event_id, json_build_object(
      'event', event::json, 'appended', appended_at is not null)), '{}') from conflict_events)
  ) as tables`;

/** Everything that was done so far was done so many hours earlier. */
const ELDER = Object.entries({
  heads: ['changed_at'],
  versions: ['committed_at', 'appended_at', 'heard_at'],
  dead_letters: ['created_at', 'failed_at', 'closed_at'],
  deliveries: ['delivered_at', 'written_at', 'behind_since', 'emitted_at'],
  conflicts: ['opened_at', 'closed_at'],
  conflict_events: ['committed_at', 'appended_at'],
  inbox: ['received_at', 'told_at', 'done_at'],
  systems: ['last_success', 'compared_at'],
})
  .map(([table, columns]) => `update ${table} set ${columns.map((name) => `${name} = ${name} - interval '$hours'`)};`)
  .join('\n');
const elder = (hours: number) => ELDER.replaceAll('$hours', `${hours} hours`);

/** A statement for each that sets it to where it is now. */
const NUMBERS = `
  select format('select setval(%L, %s, %L)', n.name, s.last_value, s.is_called) as next
  from (values ('contact_sync_ledger.dead_letters_dead_letter_id_seq')) n(name)
  cross join contact_sync_ledger.dead_letters_dead_letter_id_seq s`;

/** Quicker than truncating, which makes new files. The numbers begin anew as the model's do. */
const FORGET = [
  'deliveries',
  'inbox',
  'dead_letters',
  'heads',
  'versions',
  'links',
  'conflicts',
  'conflict_events',
  'systems',
  'receipts',
]
  .map((table) => `delete from ${table};`)
  .concat(
    ['dead_letters.dead_letter_id', 'inbox.inbox_id'].map((name) => {
      const [table, column] = name.split('.');
      return `select setval(pg_get_serial_sequence('${table}', '${column}'), 1, false);`;
    }),
  )
  .join('\n');
