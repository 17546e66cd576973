import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListType,
  DuckDBListValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';
import { invalidQuery } from './errors.ts';

export interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode: 'NULLABLE' | 'REPEATED';
}

/** How timestamps travel: whole microseconds when asked for, else seconds with a fraction. */
export interface Format {
  readonly int64Timestamps: boolean;
}

interface Cell {
  readonly v: string | null | readonly Cell[];
}
export interface WireRow {
  readonly f: readonly Cell[];
}

const TYPE_NAMES: ReadonlyMap<DuckDBTypeId, string> = new Map([
  [DuckDBTypeId.BOOLEAN, 'BOOLEAN'],
  [DuckDBTypeId.TINYINT, 'INTEGER'],
  [DuckDBTypeId.SMALLINT, 'INTEGER'],
  [DuckDBTypeId.INTEGER, 'INTEGER'],
  [DuckDBTypeId.BIGINT, 'INTEGER'],
  [DuckDBTypeId.HUGEINT, 'INTEGER'],
  [DuckDBTypeId.UBIGINT, 'INTEGER'],
  [DuckDBTypeId.FLOAT, 'FLOAT'],
  [DuckDBTypeId.DOUBLE, 'FLOAT'],
  [DuckDBTypeId.DECIMAL, 'NUMERIC'],
  [DuckDBTypeId.VARCHAR, 'STRING'],
  [DuckDBTypeId.BLOB, 'BYTES'],
  [DuckDBTypeId.DATE, 'DATE'],
  [DuckDBTypeId.TIMESTAMP, 'DATETIME'],
  [DuckDBTypeId.TIMESTAMP_TZ, 'TIMESTAMP'],
  [DuckDBTypeId.SQLNULL, 'INTEGER'],
]);

export function fieldOf(name: string, type: DuckDBType): Field {
  if (type instanceof DuckDBListType) return { ...fieldOf(name, type.valueType), mode: 'REPEATED' };
  const known = type.alias === 'JSON' ? 'JSON' : TYPE_NAMES.get(type.typeId);
  if (known === undefined) throw invalidQuery(`Result type ${String(type)} is not known to this sandbox`);
  return { name, type: known, mode: 'NULLABLE' };
}

/** @throws {ApiError} for a value that BigQuery could not return either */
export function cellOf(value: DuckDBValue, format: Format): Cell {
  if (value === null) return { v: null };
  if (value instanceof DuckDBListValue) {
    if (value.items.includes(null)) throw invalidQuery('Array cannot have a null element; error in writing field');
    return { v: value.items.map((item) => cellOf(item, format)) };
  }
  if (typeof value === 'boolean') return { v: String(value) };
  if (typeof value === 'bigint') {
    if (BigInt.asIntN(64, value) !== value) throw invalidQuery('int64 overflow');
    return { v: value.toString() };
  }
  if (typeof value === 'number') return { v: Number.isInteger(value) ? `${value}` : String(value) };
  if (typeof value === 'string') return { v: value };
  if (value instanceof DuckDBTimestampTZValue) return { v: timestampText(value.micros, format) };
  if (value instanceof DuckDBTimestampValue) return { v: value.toString().replace(' ', 'T') };
  if (value instanceof DuckDBDateValue || value instanceof DuckDBDecimalValue) return { v: value.toString() };
  if (value instanceof DuckDBBlobValue) return { v: Buffer.from(value.bytes).toString('base64') };
  throw invalidQuery('Result value is not known to this sandbox');
}

/** Six digits of fraction are exact: a double would round them for years far from 1970. */
function timestampText(micros: bigint, format: Format): string {
  if (format.int64Timestamps) return micros.toString();
  const sign = micros < 0n ? '-' : '';
  const digits = (micros < 0n ? -micros : micros).toString().padStart(7, '0');
  return `${sign}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}
