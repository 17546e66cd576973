/** How the hub writes to a database: `contact_sync.write` of contacts-sql, for one delivery at a time. */
import { compareRank, type Fields } from '@contact-sync/contact';
import type { ApplyOutcome, Delivery, SystemRecord } from '@contact-sync/sync';
import type { HubWrite } from './model.ts';
import { sameColumns, type Table } from './sql-table.ts';

/** One delivery with its columns; `null` for a tombstone. */
export interface Given {
  readonly delivery: Delivery;
  readonly columns: Fields | null;
}

type Written = Exclude<ApplyOutcome, { outcome: 'rejected' }>;

/** @see 07-write.sql, whose invariants A1 to A5 these are */
export function write(table: Table, given: Given, log: (write: HubWrite) => void): Written {
  const { delivery } = given;
  const { contact_id } = delivery;
  const named = name(table, delivery);
  const row = table.rowOf(contact_id);
  const grave = table.graveOf(contact_id);
  const standing = row ?? grave;
  const outcome = (kind: Written['outcome'], { record_id }: SystemRecord): Written => ({
    contact_id,
    outcome: kind,
    record_id,
  });
  if (standing === undefined || compareRank(standing, delivery) < 0) {
    const next = apply(table, given, row, grave);
    const changed =
      (standing?.deleted ?? true) !== next.deleted ||
      (!next.deleted && (row === undefined || !sameColumns(row.fields, next.fields)));
    log(writeOf(next, delivery, changed));
    return outcome('applied', next);
  }
  if (named) log(writeOf(standing, standing, false));
  return outcome(isSame(standing, given) ? 'unchanged' : 'ahead', standing);
}

/** What was born here gets its name, whether or not it outranks what came (A3). */
function name(table: Table, delivery: Delivery): boolean {
  const { contact_id, record_id } = delivery;
  if (record_id === null || table.rowOf(contact_id) !== undefined) return false;
  const row = table.row(record_id);
  const grave = table.graveOf(contact_id);
  if (row !== undefined) {
    if (row.contact_id !== null || (grave !== undefined && compareRank(grave, delivery) >= 0)) return false;
    table.put({ ...row, contact_id });
    return true;
  }
  const nameless = table.grave(record_id);
  if (nameless === undefined || nameless.contact_id !== null || grave !== undefined) return false;
  table.bury({ ...nameless, contact_id });
  return true;
}

/** Over what ranks lower, or where nothing is. */
function apply(
  table: Table,
  { delivery, columns }: Given,
  row: SystemRecord | undefined,
  grave: SystemRecord | undefined,
): SystemRecord {
  const { contact_id, version, last_updated, last_updated_by } = delivery;
  const rank = { version, last_updated, last_updated_by };
  // Whoever clears deleted_at has the contact back (A4).
  if (row !== undefined)
    return table.put({ ...row, ...rank, deleted: columns === null, fields: columns ?? row.fields });
  const record_id = grave?.record_id ?? table.newId();
  const record = { record_id, contact_id, ...rank };
  return columns === null
    ? table.bury({ ...record, deleted: true, fields: {} })
    : table.put({ ...record, deleted: false, fields: columns });
}

/** A2 */
const isSame = (standing: SystemRecord, { delivery, columns }: Given): boolean =>
  compareRank(standing, delivery) === 0 &&
  standing.deleted === (columns === null) &&
  (columns === null || sameColumns(standing.fields, columns));

const writeOf = (
  record: SystemRecord,
  { version, last_updated }: Pick<HubWrite, 'version' | 'last_updated'>,
  changed: boolean,
): HubWrite => ({
  contact_id: record.contact_id,
  record_id: record.record_id,
  version,
  last_updated,
  record,
  changed,
});
