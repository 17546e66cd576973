import {
  CONTENT_FIELDS,
  type ContactId,
  canonicalJson,
  contactId,
  isTimestamp,
  type Json,
  type Timestamp,
} from '@contact-sync/contact';
import type { ConflictEvent, HistoryRow, SystemRecord } from '@contact-sync/sync';
import { type Edits, historyOf, JSON_FIELDS, type Row, recordOf } from '@contact-sync/system-bigquery/model';
import type { Clock, HubWrite, Observed, Patch, Users } from './model.ts';
import { timeOf } from './time.ts';

/** A row that somebody inserts by hand. */
export interface HandRow {
  readonly contact_id: ContactId;
  readonly version: number;
  readonly last_updated: Timestamp;
  /** `null` for a tombstone. */
  readonly content: Patch | null;
}

/** One dataset. Each method is one query or one request. The record id of a contact is its contact_id. */
export interface BigQueryServer extends Users, Observed {
  /** @param contact_id new, or one of the analyst's choosing if left out */
  create(content: Patch, at?: Timestamp, contact_id?: ContactId): SystemRecord;
  /** `edit_contact`: makes a version of its own even where it changes nothing; `null` where the procedure refuses. */
  edit(contact_id: string, patch: Patch, at?: Timestamp): SystemRecord | null;
  /** `delete_contact` */
  remove(contact_id: string, at?: Timestamp): SystemRecord | null;
  /** Past the procedures. */
  insert(row: HandRow): SystemRecord;
  /** A row that becomes visible when it is committed, recorded at the time at which it was begun. */
  begin(content: Patch): { commit(): SystemRecord };

  /** Every version that was appended, in order. */
  history(): readonly HistoryRow[];
  readonly conflicts: readonly ConflictEvent[];
  readonly store: Tables;
}

/** What the hub may ask: see `Store` of the real adapter. */
export interface Tables {
  heads(ids: readonly string[]): readonly Row[];
  history(ids: readonly string[]): readonly Row[];
  scan(from: string, limit: number): readonly Row[];
  edits(page: { since: Timestamp; after: Timestamp; after_key: string; limit: number }): Edits;
  /** @returns the fields for which rows were refused */
  append(rows: readonly HistoryRow[]): readonly string[];
  appendConflicts(events: readonly ConflictEvent[]): void;
}

/** Ids of analysts, far from all that the hub makes. */
const FIRST_ID = 7_000_000_000;

/** `contact_versions` with its views and procedures, and `sync_conflicts`. */
export function createBigQueryServer({ now }: { readonly now: Clock }): BigQueryServer {
  const rowsOf = new Map<string, Row[]>();
  const headOf = new Map<string, Row>();
  const all: Row[] = [];
  /** The key of an edit is a digest of its row; here every row of an analyst has a change_id of its own. */
  const edits: { readonly key: string; readonly row: Row }[] = [];
  const appended = new Set<string>();
  const conflicts = new Map<string, ConflictEvent>();
  const writes: HubWrite[] = [];
  let ids = FIRST_ID;
  let changes = 0;

  function put(row: Row): Row {
    all.push(row);
    const rows = rowsOf.get(row.contact_id);
    if (rows === undefined) rowsOf.set(row.contact_id, [row]);
    else rows.push(row);
    const head = headOf.get(row.contact_id);
    if (row.row_status === 'accepted' && (head === undefined || isAbove(row, head))) headOf.set(row.contact_id, row);
    return row;
  }

  function insert({ contact_id, version, last_updated, content }: HandRow, recorded = timeOf(now)): SystemRecord {
    changes += 1;
    const change_id = `edit-${String(changes).padStart(8, '0')}`;
    const row = put({
      ...columnsOf(content),
      change_id,
      contact_id,
      version: String(version),
      last_updated_us: last_updated,
      last_updated_by: 'analyst',
      row_status: 'accepted',
      source: 'bigquery',
      is_deleted: content === null,
      by_hub: false,
      recorded_us: recorded,
    });
    edits.push({ key: change_id, row });
    return recordOf(row);
  }

  const newId = (): ContactId => {
    ids += 1;
    return contactId(String(ids));
  };

  const next = (id: string, content: Patch | null, at: Timestamp | undefined): SystemRecord => {
    const version = Number(headOf.get(id)?.version ?? 0) + 1;
    return insert({ contact_id: contactId(id), version, last_updated: at ?? timeOf(now), content });
  };

  /** `null` for one that is deleted or was never there. */
  const contentOf = (id: string): Patch | null => {
    const head = headOf.get(id);
    return head === undefined || head.is_deleted ? null : recordOf(head).fields;
  };

  return {
    writes,
    get conflicts() {
      return [...conflicts.values()];
    },
    records: () => [...headOf.values()].map(recordOf),
    history: () => all.flatMap((row) => historyOf(row) ?? []),

    create: (content, at, id = newId()) => next(id, content, at),
    edit(id, patch, at) {
      if (!headOf.has(id)) return null;
      const { canonical_name = null, ...others } = { ...contentOf(id), ...patch };
      return canonical_name === null || canonical_name === '' ? null : next(id, { canonical_name, ...others }, at);
    },
    remove: (id, at) => (contentOf(id) === null ? null : next(id, null, at)),
    revive(id, at) {
      const last = rowsOf.get(id)?.findLast((row) => !row.is_deleted);
      if (last === undefined || contentOf(id) !== null) return null;
      return next(id, recordOf(last).fields, at);
    },
    insert: (row) => insert(row),
    begin(content) {
      const recorded = timeOf(now);
      const contact_id = newId();
      return { commit: () => insert({ contact_id, version: 1, last_updated: recorded, content }, recorded) };
    },

    store: {
      heads: (wanted) => wanted.flatMap((id) => headOf.get(id) ?? []),
      history: (wanted) => wanted.flatMap((id) => rowsOf.get(id) ?? []),

      scan(from, limit) {
        const least = BigInt(from);
        return [...headOf.values()]
          .map((row) => ({ id: BigInt(row.contact_id), row }))
          .filter(({ id }) => id >= least)
          .sort((a, b) => (a.id < b.id ? -1 : 1))
          .slice(0, limit)
          .map(({ row }) => row);
      },

      edits({ since, after, after_key, limit }) {
        const page = edits
          .filter(({ key, row: { recorded_us } }) =>
            recorded_us < since ? false : recorded_us > after || (recorded_us === after && key > after_key),
          )
          .sort((a, b) => compare(a.row.recorded_us, b.row.recorded_us) || compare(a.key, b.key));
        return { edits: page.slice(0, limit), asked: timeOf(now) };
      },

      append(rows) {
        const refused: string[] = [];
        for (const row of rows) {
          if (!isTimestamp(row.last_updated)) refused.push('last_updated');
          else if (!appended.has(row.change_id)) {
            appended.add(row.change_id);
            const before = headOf.get(row.contact_id);
            const stored = put(rowOf(row));
            const head = headOf.get(row.contact_id);
            const { contact_id, version, last_updated } = row;
            const changed = head === stored && (before === undefined || !isSame(before, stored));
            writes.push({
              contact_id,
              record_id: contact_id,
              version,
              last_updated,
              record: recordOf(stored),
              changed,
            });
          }
        }
        return refused;
      },

      appendConflicts(events) {
        for (const event of events) if (!conflicts.has(event.event_id)) conflicts.set(event.event_id, event);
      },
    },
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The order of head.sql. */
function isAbove(row: Row, head: Row): boolean {
  const order =
    Number(row.version) - Number(head.version) ||
    compare(row.last_updated_us, head.last_updated_us) ||
    compare(head.recorded_us, row.recorded_us) ||
    compare(head.change_id ?? '', row.change_id ?? '');
  return order > 0;
}

/** Text as it is, JSON as text, and `null` for what a content does not have. */
const columnsOf = (content: Patch | null): Readonly<Record<string, string | null>> =>
  Object.fromEntries(CONTENT_FIELDS.map((field) => [field, columnOf(field, content?.[field] ?? null)]));

const columnOf = (field: (typeof CONTENT_FIELDS)[number], value: Json): string | null => {
  if (value === null) return null;
  return JSON_FIELDS.has(field) ? canonicalJson(value) : String(value);
};

const rowOf = (row: HistoryRow): Row => ({
  // Content is JSON by construction.
  ...columnsOf(row.content as Patch | null),
  change_id: row.change_id,
  contact_id: row.contact_id,
  version: String(row.version),
  last_updated_us: row.last_updated,
  last_updated_by: row.last_updated_by,
  row_status: row.status,
  source: row.source,
  is_deleted: row.content === null,
  by_hub: true,
  recorded_us: row.recorded_at,
});

const isSame = (a: Row, b: Row): boolean =>
  a.is_deleted === b.is_deleted && CONTENT_FIELDS.every((field) => a[field] === b[field]);
