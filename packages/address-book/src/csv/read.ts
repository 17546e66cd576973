import { isUtf8 } from 'node:buffer';
import { parse } from 'csv-parse/sync';
import { Draft } from '../draft.ts';
import { type Found, type Refused, refused } from '../entry.ts';
import { isLinkedin } from '../linkedin.ts';
import type { Tally } from '../tally.ts';
import { split, unguarded } from './cells.ts';
import { type Column, columnsOf } from './columns.ts';
import { type Row, RowCutter, type RowState } from './rows.ts';

const DELIMITERS = [',', ';', '\t'] as const;

/**
 * Reads CSV: the first row that is not empty is the header, each other one a contact. Empty rows are passed over.
 *
 * @param chunks UTF-8
 * @param leftOut takes what columns hold that no contact has
 */
export async function* readCsv(chunks: AsyncIterable<Buffer>, leftOut: Tally): AsyncGenerator<Found | Refused> {
  const cutter = new RowCutter(DELIMITERS);
  let table: Table | null = null;
  for await (const row of rowsOf(chunks, cutter)) {
    if (row.state === 'open_quote') {
      const lines = `lines ${row.line} to ${cutter.line}`;
      yield refused(row.line, 'UNREAD', `${lines} were not read: a quote that opens there is never closed`);
    } else if (table) {
      const entry = entryOf(row, table, leftOut);
      if (entry) yield entry;
    } else if (row.state !== 'whole' || row.bytes.length > 0) {
      const header = headerOf(row);
      if ('kind' in header) {
        yield header;
        return;
      }
      table = header;
      cutter.setDelimiters([header.delimiter]);
    }
  }
}

interface Table {
  readonly delimiter: string;
  readonly columns: readonly Column[];
}

async function* rowsOf(chunks: AsyncIterable<Buffer>, cutter: RowCutter): AsyncGenerator<Row> {
  for await (const chunk of chunks) yield* cutter.push(chunk);
  yield* cutter.end();
}

function headerOf(row: Row): Table | Refused {
  const unread = (why: string) => refused(row.line, 'UNREAD', `the file was not read: its header ${why}`);
  if (row.state === 'too_large') return unread('is too large');
  if (row.state !== 'whole') return unread('has something behind a closing quote');
  if (!isUtf8(row.bytes)) return unread('is no text in the encoding of the file');
  const plain = row.bytes.toString('latin1').replaceAll(/"[^"]*"/g, '');
  const [delimiter] = DELIMITERS.toSorted((one, other) => plain.split(other).length - plain.split(one).length);
  const cells = cellsOf(row.bytes, delimiter ?? ',');
  const columns = cells && columnsOf(cells.map(unguarded));
  return columns ? { delimiter: delimiter ?? ',', columns } : unread('has no column that is known');
}

const MESSAGES: Readonly<Record<Exclude<RowState, 'whole' | 'open_quote'>, string>> = {
  too_large: 'the row is too large',
  bad_quote: 'something stands behind a closing quote: quotes within quotes are written twice',
};

/** @returns `null` for a row without any value */
function entryOf(
  { line, state, isCut, bytes }: Row,
  { delimiter, columns }: Table,
  leftOut: Tally,
): Found | Refused | null {
  if (state === 'too_large') return refused(line, 'TOO_LARGE', MESSAGES[state]);
  if (state === 'bad_quote') return refused(line, 'BROKEN', MESSAGES[state]);
  if (bytes.length === 0) return null;
  if (!isUtf8(bytes)) return refused(line, 'INVALID_ENCODING', 'is no text in the encoding of the file');
  const cells = cellsOf(bytes, delimiter);
  if (!cells) return refused(line, 'BROKEN', 'is no row');
  if (cells.every((cell) => cell.trim() === '')) return null;
  const draft = new Draft(line);
  // Spreadsheets leave out empty cells at the end of a row. They end the last line, though: this one may say half of it.
  if (isCut && cells.length < columns.length) draft.tell('BROKEN', '', 'the file ends within the row');
  for (const [index, cell] of cells.entries()) {
    const value = unguarded(cell).trim();
    if (value === '') continue;
    const column = columns[index];
    if (column) take(draft, column, value);
    else draft.tell('BROKEN', '', 'has more cells than the header');
  }
  const entry = draft.finish();
  if (entry.kind === 'contact') leftOut.addAll(draft.leftOut);
  return entry;
}

/** @returns `null` when csv-parse sees another number of rows in it, which nobody knows how to write */
function cellsOf(row: Buffer, delimiter: string): readonly string[] | null {
  try {
    const rows: readonly string[][] = parse(row, {
      delimiter,
      max_record_size: 0,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      relax_quotes: true,
    });
    return rows.length === 1 && rows[0] ? rows[0] : null;
  } catch {
    return null;
  }
}

function take(draft: Draft, { name, meaning }: Column, value: string): void {
  switch (meaning) {
    case null:
      draft.leftOut.add(name);
      break;
    case 'emails':
    case 'phones':
      for (const item of split(value)) draft.add(meaning, item);
      break;
    case 'email':
    case 'phone':
      for (const item of several(meaning, value)) draft.add(`${meaning}s`, item);
      break;
    case 'page':
      if (isLinkedin(value)) draft.set('linkedin_url', value, name);
      else draft.leftOut.add(name);
      break;
    case 'birthday':
    case 'anniversary':
      // Outlook's way to write that there is none.
      if (!/^0+\/0+\/0+$/.test(value)) draft.set(meaning, value, name);
      break;
    default:
      draft.set(meaning, value, name);
  }
}

/** Google Contacts puts several of a kind into one cell, people too. What is no list of addresses is one item. */
function several(meaning: 'email' | 'phone', value: string): readonly string[] {
  const addresses = meaning === 'email' ? value.split(/:::|[;,\s]/).filter((item) => item !== '') : [];
  const isList = addresses.length > 1 && addresses.every((item) => /^[^@]+@[^@]+$/.test(item));
  return isList ? addresses : value.split(/ ::: |[\r\n]/);
}
