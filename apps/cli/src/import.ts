import { writeFile } from 'node:fs/promises';
import { readAddressBook, type Summary } from '@contact-sync/address-book';
import { type ImportEntry, type ImportSummary, TransientError } from '@contact-sync/sync';
import { type Book, openBook } from './book.ts';
import { asker, withHub } from './configuration.ts';
import { interruptible } from './interrupt.ts';
import { printJson } from './print.ts';
import { type Progress, progressOf } from './progress.ts';
import { Refusals } from './refusals.ts';
import { type ExitCode, type Surroundings, UsageError } from './surroundings.ts';
import { table } from './table.ts';

/** Of `import`. */
export interface ImportCommandOptions {
  readonly format?: 'csv' | 'vcard';
  readonly encoding: string;
  readonly update?: true;
  readonly dryRun?: true;
  readonly report?: string;
  readonly by: string;
  readonly json?: true;
}

/** What came of an import. `imported: null`: it was a dry run. */
interface Outcome {
  readonly file: Summary;
  readonly imported: ImportSummary | null;
}

/** Brings the contacts of a file in. Exits with 1 when some were refused. */
export async function importFile(around: Surroundings, file: string, options: ImportCommandOptions): Promise<ExitCode> {
  const book = await openBook(around, file, options.format);
  const refusals = new Refusals(options.report === undefined);
  const outcome = options.dryRun
    ? await interruptible((signal) => dryRun(around, book, options, refusals, signal))
    : await importInto(around, book, options, refusals);
  const { refusals: _, ...counts } = outcome.imported ?? { refusals: [] };
  const imported = outcome.imported === null ? null : counts;
  const all = { file: outcome.file, imported, refused: refusals.all(outcome.imported) };
  if (options.report !== undefined) await written(options.report, all);
  if (options.json) printJson(around, all);
  else around.out(shown(outcome, refusals));
  return outcome.file.refused + (outcome.imported?.refused ?? 0) > 0 ? 1 : 0;
}

/** Needs no hub: what it would make of a contact that is known is not looked at. */
async function dryRun(
  around: Surroundings,
  book: Book,
  options: ImportCommandOptions,
  refusals: Refusals,
  signal: AbortSignal,
): Promise<Outcome> {
  using progress = progressOf(around, book.size, 'bytes');
  const reading = new Reading(book, options, refusals, progress, signal);
  for await (const _ of reading.entries()) progress.show(book.read());
  return { file: reading.summary(), imported: null };
}

async function importInto(
  around: Surroundings,
  book: Book,
  options: ImportCommandOptions,
  refusals: Refusals,
): Promise<Outcome> {
  let outcome: Outcome | null = null;
  await withHub(around, async ({ desk }) => {
    outcome = await interruptible(async (signal) => {
      using progress = progressOf(around, book.size, 'bytes');
      const reading = new Reading(book, options, refusals, progress, signal);
      const how = { update: options.update ?? false };
      const imported = await desk.importContacts(reading.entries(), how, asker(options.by), ({ seen }) =>
        progress.show(book.read(), `${seen} contacts`),
      );
      return { file: reading.summary(), imported };
    });
    return 0;
  });
  if (outcome === null) throw new Error('an import without a result');
  return outcome;
}

/** The contacts of a file, with what is refused of it beside. */
class Reading {
  readonly #book: Book;
  readonly #encoding: string;
  readonly #refusals: Refusals;
  readonly #progress: Progress;
  #summary: Summary | null = null;

  constructor(
    book: Book,
    { encoding }: ImportCommandOptions,
    refusals: Refusals,
    progress: Progress,
    signal: AbortSignal,
  ) {
    this.#book = book;
    this.#encoding = encoding;
    this.#refusals = refusals;
    this.#progress = progress;
    // Whoever types into standard input may keep it waiting.
    signal.addEventListener('abort', () => book.stop(new TransientError('INTERRUPTED', 'who asked for it stopped it')));
  }

  async *entries(): AsyncGenerator<ImportEntry> {
    for await (const entry of this.#read()) {
      if (entry.kind === 'summary') this.#summary = entry;
      else if (entry.kind === 'refused') {
        this.#refusals.add(entry);
        this.#progress.show(this.#book.read());
      } else yield entry;
    }
  }

  #read() {
    const { chunks, format } = this.#book;
    try {
      return readAddressBook(chunks, format, { encoding: this.#encoding });
    } catch (error) {
      if (error instanceof RangeError) throw new UsageError('--encoding names no encoding, as utf-8 or windows-1252');
      throw error;
    }
  }

  summary(): Summary {
    if (this.#summary === null) throw new Error('a file that was not read to its end');
    return this.#summary;
  }
}

async function written(file: string, report: object): Promise<void> {
  // Lines and codes, and nothing of a contact; but whose address book it was is nobody else's business.
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`, { mode: 0o600 }).catch((error: { code?: string }) => {
    throw new UsageError(`--report names a file that cannot be written (${error.code})`);
  });
}

function shown({ file, imported }: Outcome, refusals: Refusals): string {
  const parts: string[] = [];
  const refused = refusals.shown(file, imported);
  if (refused !== null) parts.push(refused);
  if (file.left_out.length > 0)
    parts.push(
      table(
        ['what no contact has', 'times'],
        file.left_out.map(({ name, times }) => [name, times]),
      ),
    );
  const counts =
    imported === null
      ? `${file.contacts} contacts would be looked at`
      : `${imported.created} created, ${imported.updated} updated, ${imported.unchanged} unchanged` +
        (imported.kept > 0 ? `, ${imported.kept} known and left as they are (--update changes them)` : '');
  parts.push(`${counts}, ${file.refused + (imported?.refused ?? 0)} refused`);
  return parts.join('\n\n');
}
