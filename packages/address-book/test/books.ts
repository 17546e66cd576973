import { readFileSync } from 'node:fs';
import { type Content, contactId } from '@contact-sync/contact';
import {
  type BookContact,
  type Entry,
  type Format,
  type ReadOptions,
  type Refused,
  readAddressBook,
  type Summary,
  writeAddressBook,
} from '../src/index.ts';

export const ID = contactId('382956481151511909');

export const sample = (name: string): Buffer => readFileSync(new URL(`samples/${name}`, import.meta.url));

/** Everything that a book says, handed over as it is or in pieces of some bytes. */
export async function read(
  book: string | Buffer,
  format: Format,
  options: ReadOptions = {},
  size = Number.POSITIVE_INFINITY,
): Promise<readonly Entry[]> {
  return Array.fromAsync(readAddressBook(pieces(Buffer.from(book), size), format, options));
}

function* pieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let from = 0; from < bytes.length; from += Math.min(size, bytes.length)) yield bytes.subarray(from, from + size);
}

export async function write(contacts: Iterable<BookContact>, format: Format): Promise<string> {
  return (await Array.fromAsync(writeAddressBook(contacts, format))).join('');
}

export const contentsOf = (entries: readonly Entry[]): readonly Content[] =>
  entries.flatMap((entry) => (entry.kind === 'contact' ? [entry.content] : []));

export const refusalsOf = (entries: readonly Entry[]): readonly Refused[] =>
  entries.filter((entry) => entry.kind === 'refused');

/** Where and why something was refused, in short. */
export const reasonsOf = (entries: readonly Entry[]): readonly string[] =>
  refusalsOf(entries).flatMap(({ line, problems }) =>
    problems.map(({ code, field }) => `${line} ${code} ${field}`.trim()),
  );

export function summaryOf(entries: readonly Entry[]): Summary {
  const last = entries.at(-1);
  if (last?.kind !== 'summary') throw new Error('no summary at the end');
  return last;
}

/** What was left out and how often, in the order of the file. */
export const leftOutOf = (entries: readonly Entry[]): readonly string[] =>
  summaryOf(entries).left_out.map(({ name, times }) => `${name} ${times}`);
