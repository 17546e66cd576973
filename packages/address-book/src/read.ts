import { readCsv } from './csv/read.ts';
import { recoderOf, utf8Chunks } from './encoding.ts';
import type { Entry, Found, Refused } from './entry.ts';
import type { Format } from './format.ts';
import { Tally } from './tally.ts';
import { readVcard } from './vcard/read.ts';

/** The bytes of a file, cut anywhere: a stream of Node, the body of a request, or a list of pieces. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** What may be known of a file. */
export interface ReadOptions {
  /**
   * The encoding of a file without a byte order mark, as the WHATWG's Encoding Standard names it: `windows-1252` for what
   * Outlook exports in the west of Europe. `utf-8` unless told.
   */
  readonly encoding?: string;
}

/**
 * Reads an address book entry by entry: each row or card is a contact, or refused with everything that is wrong with it;
 * last comes the summary. Memory does not grow with the file, and time grows with its length alone.
 *
 * Never throws for what the file says. What the input itself throws, as a file that is gone, is passed on.
 *
 * @throws {RangeError} at once, for an encoding that nobody knows
 */
export function readAddressBook(input: Chunks, format: Format, options: ReadOptions = {}): AsyncIterable<Entry> {
  const { encoding = 'utf-8' } = options;
  recoderOf(encoding);
  return entries(input, format, encoding);
}

async function* entries(input: Chunks, format: Format, encoding: string): AsyncGenerator<Entry> {
  const leftOut = new Tally();
  const chunks = utf8Chunks(input, encoding);
  const found: AsyncIterable<Found | Refused> =
    format === 'csv' ? readCsv(chunks, leftOut) : readVcard(chunks, leftOut);
  let contacts = 0;
  let refused = 0;
  for await (const entry of found) {
    if (entry.kind === 'contact') contacts++;
    else refused++;
    yield entry;
  }
  yield { kind: 'summary', contacts, refused, left_out: leftOut.list() };
}
