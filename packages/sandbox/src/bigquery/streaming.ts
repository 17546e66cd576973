import { type DuckDBAppender, DuckDBDateValue, DuckDBTimestampTZValue } from '@duckdb/node-api';
import type { TableEntry } from './catalog.ts';
import type { Engine } from './engine.ts';
import { invalid } from './errors.ts';
import { keyOf } from './names.ts';
import type { ColumnDefinition } from './statements.ts';

/** For so long BigQuery refuses to UPDATE or DELETE in a table that rows were streamed to. */
export const STREAMING_BUFFER_MS = 30 * 60_000;
/** For about so long BigQuery remembers an insertId. */
const REMEMBER_MS = 60_000;

export interface StreamedRow {
  readonly insertId?: string;
  readonly json: Readonly<Record<string, unknown>>;
}

export interface InsertError {
  readonly index: number;
  readonly errors: readonly { reason: string; location: string; debugInfo: string; message: string }[];
}

/** What was streamed lately. */
export class StreamingBuffer {
  readonly #seen = new Map<string, number>();
  readonly #last = new Map<string, number>();

  holds(table: string): boolean {
    return Date.now() - (this.#last.get(table) ?? Number.NEGATIVE_INFINITY) < STREAMING_BUFFER_MS;
  }

  knows(table: string, insertId: string | undefined): boolean {
    return insertId !== undefined && Date.now() - (this.#seen.get(`${table} ${insertId}`) ?? 0) < REMEMBER_MS;
  }

  streamed(table: string, rows: readonly StreamedRow[]): void {
    const now = Date.now();
    this.#last.set(table, now);
    for (const [key, at] of this.#seen) {
      if (now - at < REMEMBER_MS) break;
      this.#seen.delete(key);
    }
    for (const { insertId } of rows)
      if (insertId !== undefined) {
        this.#seen.delete(`${table} ${insertId}`);
        this.#seen.set(`${table} ${insertId}`, now);
      }
  }
}

type Value = bigint | number | string | boolean | DuckDBDateValue | DuckDBTimestampTZValue | null;
type Read = { readonly value: Value } | { readonly problem: string };

/** tabledata.insertAll: all rows, or with `skipInvalid` the valid ones. Visible to the next query. */
export async function insertAll(
  engine: Engine,
  buffer: StreamingBuffer,
  table: TableEntry,
  rows: readonly StreamedRow[],
  skipInvalid: boolean,
): Promise<readonly InsertError[]> {
  const key = keyOf(table);
  const defaults = await defaultsOf(engine, table, rows);
  const read = rows.map((row) => readRow(table.columns, row.json, defaults));
  const errors = read.flatMap((row, index) =>
    'location' in row ? [errorOf(index, 'invalid', row.location, row.problem)] : [],
  );
  if (errors.length > 0 && !skipInvalid)
    return [
      ...errors,
      ...read.flatMap((row, index) => ('location' in row ? [] : [errorOf(index, 'stopped', '', '')])),
    ].sort((a, b) => a.index - b.index);
  const fresh: StreamedRow[] = [];
  const ids = new Set<string>();
  const appender = await engine.database.appender(table.dataset, table.name);
  try {
    for (const [index, row] of rows.entries()) {
      const values = read[index];
      if (values === undefined || 'location' in values) continue;
      if (buffer.knows(key, row.insertId) || ids.has(row.insertId ?? '')) continue;
      if (row.insertId) ids.add(row.insertId);
      for (const [at, value] of values.values.entries()) append(appender, table.columns[at]?.type ?? '', value);
      appender.endRow();
      fresh.push(row);
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
  if (fresh.length > 0) buffer.streamed(key, fresh);
  return errors;
}

const errorOf = (index: number, reason: string, location: string, message: string): InsertError => ({
  index,
  errors: [{ reason, location, debugInfo: '', message }],
});

/** A default holds for a column that is not mentioned; one given as null stays null. */
async function defaultsOf(
  engine: Engine,
  table: TableEntry,
  rows: readonly StreamedRow[],
): Promise<ReadonlyMap<string, unknown>> {
  const needed = table.columns.filter(
    (column) => column.default !== undefined && rows.some((row) => !mentions(row.json, column.name)),
  );
  if (needed.length === 0) return new Map();
  const select = needed.map((column) => `CAST(${engine.expression(column.default ?? 'NULL')} AS VARCHAR)`);
  const result = await engine.database.run(`SELECT ${select.join(', ')}`);
  return new Map(needed.map((column, index) => [column.name, result.rows[0]?.[index] ?? null]));
}

const mentions = (json: Readonly<Record<string, unknown>>, name: string): boolean =>
  Object.hasOwn(json, name) || Object.keys(json).some((key) => key.toLowerCase() === name.toLowerCase());

function readRow(
  columns: readonly ColumnDefinition[],
  json: Readonly<Record<string, unknown>>,
  defaults: ReadonlyMap<string, unknown>,
): { readonly values: readonly Value[] } | { readonly location: string; readonly problem: string } {
  const given = new Map(Object.entries(json).map(([key, value]) => [key.toLowerCase(), value]));
  for (const key of Object.keys(json))
    if (!columns.some((column) => column.name.toLowerCase() === key.toLowerCase()))
      return { location: key, problem: `no such field: ${key}.` };
  const values: Value[] = [];
  for (const column of columns) {
    const name = column.name.toLowerCase();
    const raw = given.has(name) ? given.get(name) : defaults.get(column.name);
    if (raw === undefined || raw === null) {
      if (column.required) return { location: column.name, problem: `Missing required field: ${column.name}.` };
      values.push(null);
      continue;
    }
    const read = readValue(column, raw);
    if ('problem' in read) return { location: column.name, problem: read.problem };
    values.push(read.value);
  }
  return { values };
}

function readValue(column: ColumnDefinition, raw: unknown): Read {
  if (column.repeated) throw invalid('Streaming of ARRAY columns is not known to this sandbox');
  const text =
    typeof raw === 'string' ? raw : typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : undefined;
  if (text === undefined)
    return { problem: Array.isArray(raw) ? 'Array specified for non-repeated field.' : 'This field is not a record.' };
  switch (column.type) {
    case 'STRING':
      return { value: text };
    case 'INT64':
    case 'INTEGER':
    case 'INT':
    case 'BIGINT': {
      const value = /^[+-]?\d{1,19}$/.test(text) ? BigInt(text) : undefined;
      return value !== undefined && BigInt.asIntN(64, value) === value
        ? { value }
        : { problem: 'Cannot convert value to integer (bad value).' };
    }
    case 'FLOAT64':
    case 'FLOAT':
      return Number.isNaN(Number(text))
        ? { problem: 'Cannot convert value to floating point (bad value).' }
        : { value: Number(text) };
    case 'BOOL':
    case 'BOOLEAN':
      return /^(true|false)$/i.test(text)
        ? { value: text.toLowerCase() === 'true' }
        : { problem: 'Cannot convert value to boolean (bad value).' };
    case 'JSON':
      return isJson(text) ? { value: text } : { problem: 'Invalid JSON text.' };
    case 'TIMESTAMP': {
      const micros = microsOf(text);
      return micros === undefined
        ? { problem: 'Could not parse as a timestamp.' }
        : { value: new DuckDBTimestampTZValue(micros) };
    }
    case 'DATE':
      return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))
        ? { value: new DuckDBDateValue(Date.parse(text) / 86_400_000) }
        : { problem: 'Invalid date.' };
    default:
      throw invalid(`Streaming of ${column.type} columns is not known to this sandbox`);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** `2024-05-01T10:34:56.123456Z`, `2024-05-01 10:34:56+02` or, without a zone, UTC. Never through a double. */
function microsOf(text: string): bigint | undefined {
  const zoned = /(?:Z|[+-]\d\d(?::?\d\d)?)$/i.test(text.slice(10)) ? text : `${text.replace(/ UTC$/, '')}Z`;
  try {
    const instant = Temporal.Instant.from(zoned);
    const micros = instant.epochNanoseconds / 1000n;
    return /\.\d{7,}/.test(text) ? undefined : micros;
  } catch {
    return undefined;
  }
}

function append(appender: DuckDBAppender, type: string, value: Value): void {
  if (value === null) appender.appendNull();
  else if (typeof value === 'bigint') appender.appendBigInt(value);
  else if (typeof value === 'number') appender.appendDouble(value);
  else if (typeof value === 'boolean') appender.appendBoolean(value);
  else if (typeof value === 'string') appender.appendVarchar(value);
  else if (value instanceof DuckDBTimestampTZValue) appender.appendTimestampTZ(value);
  else if (value instanceof DuckDBDateValue) appender.appendDate(value);
  else throw invalid(`Streaming of ${type} columns is not known to this sandbox`);
}
