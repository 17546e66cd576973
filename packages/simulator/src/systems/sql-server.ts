import type { ContactId, Fields, Timestamp } from '@contact-sync/contact';
import type { ApplyOutcome, Changes, RecordId, SystemRecord } from '@contact-sync/sync';
import type { Clock, Destroyers, HubWrite, Observed, Patch } from './model.ts';
import { type Given, write } from './sql-apply.ts';
import { columns, sameColumns, Table } from './sql-table.ts';
import { timeOf } from './time.ts';

export interface SqlServerOptions {
  readonly now: Clock;
  /** As `NOTIFY` and Supabase's Database Webhooks: there is something in the outbox. */
  readonly onEdit?: () => void;
}

/** Not written, and never will be: what `contact_sync_apply` says of such a row. */
export interface FailedRow {
  readonly contact_id: ContactId;
  readonly outcome: 'failed';
  readonly sqlstate: string;
  readonly constraint: string;
  readonly column: string;
}

/** A database with the triggers and functions of contacts-sql. Each method is one transaction. */
export interface SqlServer extends Destroyers, Observed {
  /** @param contact_id of a contact that the user names: one that was buried comes back under its old record id */
  create(content: Patch, at?: Timestamp, contact_id?: ContactId): SystemRecord;
  /** Hard, as by `DELETE`: leaves a tombstone. */
  destroy(record_id: RecordId): SystemRecord | null;
  /** A row that nobody sees before it is committed, with the place in the outbox that it has had since it was begun. */
  begin(content: Patch): { commit(): SystemRecord };
  /** A constraint or trigger of the owner, which refuses rows of the hub; `null` for none. */
  refuse(rule: ((fields: Fields) => boolean) | null): void;

  fetch(ids: readonly RecordId[]): readonly SystemRecord[];
  changes(limit: number): Changes;
  ack(keys: readonly string[]): void;
  scan(after: RecordId | null, limit: number): { records: readonly SystemRecord[]; cursor: string | null };
  apply(batch: readonly Given[]): readonly (ApplyOutcome | FailedRow)[];
}

/** The most that one call returns. */
const MAX_PAGE = 10_000;

/** The same for a local Postgres, for SQLite and for Supabase. */
export function createSqlServer({ now, onEdit = () => {} }: SqlServerOptions): SqlServer {
  const table = new Table();
  const writes: HubWrite[] = [];
  let refuses: ((fields: Fields) => boolean) | null = null;

  const told = (record: SystemRecord, entry?: number): SystemRecord => {
    table.tell(record, entry);
    onEdit();
    return record;
  };

  /** What `stamp_update` makes of an edit (E1). */
  const edited = (row: SystemRecord, change: Partial<SystemRecord>, at: Timestamp | undefined): SystemRecord =>
    told(
      table.put({
        ...row,
        ...change,
        version: row.version + 1,
        last_updated: at === undefined || at === row.last_updated ? timeOf(now) : at,
        last_updated_by: USER,
      }),
    );

  /** What `stamp_insert` makes of a row. */
  const born = (content: Patch, at: Timestamp, contact_id: ContactId | null): SystemRecord => {
    const buried = contact_id === null ? undefined : table.graveOf(contact_id);
    return {
      record_id: buried?.record_id ?? table.newId(),
      contact_id,
      version: (buried?.version ?? 0) + 1,
      last_updated: at,
      last_updated_by: USER,
      deleted: false,
      fields: columns(content),
    };
  };

  const setDeleted = (id: RecordId, deleted: boolean, at: Timestamp | undefined): SystemRecord | null => {
    const row = table.row(id);
    return row === undefined || row.deleted === deleted ? null : edited(row, { deleted }, at);
  };

  return {
    writes,
    records: () => table.all(),

    create(content, at = timeOf(now), contact_id) {
      if (contact_id !== undefined && table.rowOf(contact_id)) throw new Error('contact_id is unique');
      return told(table.put(born(content, at, contact_id ?? null)));
    },

    edit(id, patch, at) {
      const row = table.row(id);
      if (row === undefined) return null;
      const fields = columns({ ...row.fields, ...patch });
      return sameColumns(row.fields, fields) ? null : edited(row, { fields }, at);
    },

    remove: (id, at) => setDeleted(id, true, at),
    revive: (id, at) => setDeleted(id, false, at),

    destroy(id) {
      const row = table.row(id);
      if (row === undefined) return null;
      // One that was soft-deleted before is no news: it keeps the rank it has.
      const rank = row.deleted
        ? row
        : { ...row, version: row.version + 1, last_updated: timeOf(now), last_updated_by: USER, deleted: true };
      table.bury({ ...rank, fields: {} });
      return row.deleted ? null : told(rank);
    },

    begin(content) {
      const row = born(content, timeOf(now), null);
      const entry = table.reserve();
      return { commit: () => told(table.put(row), entry) };
    },

    refuse(rule) {
      refuses = rule;
    },

    fetch: (ids) => [...new Set(ids)].flatMap((id) => table.find(id) ?? []),

    changes(limit) {
      const page = table.outbox.slice(0, Math.min(Math.max(limit, 1), MAX_PAGE));
      const changes = page.map(({ id, record }) => ({ key: String(id), record_id: record.record_id, record }));
      return { changes, cursor: null, more: page.length < table.outbox.length };
    },

    ack: (keys) => table.acknowledge(keys),

    scan(after, limit) {
      const from = after === null ? Number.NEGATIVE_INFINITY : Number(after);
      const rest = table.all().filter(({ record_id }) => Number(record_id) > from);
      const records = rest.slice(0, Math.min(Math.max(limit, 1), MAX_PAGE));
      return { records, cursor: records.length < rest.length ? (records.at(-1)?.record_id ?? null) : null };
    },

    apply: (batch) =>
      batch.map((given) => {
        const { columns: fields, delivery } = given;
        return fields !== null && refuses?.(fields)
          ? { ...REFUSED, contact_id: delivery.contact_id }
          : write(table, given, (one) => writes.push(one));
      }),
  };
}

const USER = 'user';

/** A check that fails: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const REFUSED = { outcome: 'failed', sqlstate: '23514', constraint: 'owners_rule', column: '' } as const;
