import { open, rename, rm } from 'node:fs/promises';
import { type Format, formatOf, writeAddressBook } from '@contact-sync/address-book';
import type { Category, Contact } from '@contact-sync/contact';
import { withServices } from './configuration.ts';
import { interruptible } from './interrupt.ts';
import { printJson } from './print.ts';
import { type Progress, progressOf } from './progress.ts';
import { type ExitCode, type Surroundings, UsageError } from './surroundings.ts';

/** Of `export`. */
export interface ExportCommandOptions {
  readonly format?: Format;
  readonly out?: string;
  readonly category?: readonly Category[];
  readonly json?: true;
}

/** Writes every contact that is not deleted. */
export async function exportFile(around: Surroundings, options: ExportCommandOptions): Promise<ExitCode> {
  const { out, category } = options;
  if (options.json && out === undefined) throw new UsageError('--json needs --out: standard output has the contacts');
  const format = options.format ?? formatOf(out ?? '') ?? 'csv';
  return await withServices(around, async ({ desk, parts }) => {
    const { contacts: total } = await parts.ledger.status();
    const written = await interruptible(async (signal) => {
      using progress = progressOf(around, total, 'contacts');
      const counted = new Counted(desk.exportContacts(), category, progress, signal);
      const pieces = gathered(writeAddressBook(counted.contacts(), format));
      if (out === undefined) for await (const piece of pieces) await print(around, piece);
      else await writeWhole(out, pieces);
      return counted.written;
    });
    if (options.json) printJson(around, { file: out, format, contacts: written });
    else if (out !== undefined) around.err(`${written} contacts are in ${out}`);
    return 0;
  });
}

/** The contacts that are wanted, told as they go by. */
class Counted {
  written = 0;
  readonly #contacts: AsyncIterable<Contact>;
  readonly #wanted: ReadonlySet<string> | null;
  readonly #progress: Progress;
  readonly #signal: AbortSignal;

  constructor(
    contacts: AsyncIterable<Contact>,
    category: readonly Category[] | undefined,
    progress: Progress,
    signal: AbortSignal,
  ) {
    this.#contacts = contacts;
    this.#wanted = category === undefined ? null : new Set(category);
    this.#progress = progress;
    this.#signal = signal;
  }

  async *contacts(): AsyncGenerator<Contact> {
    let seen = 0;
    for await (const contact of this.#contacts) {
      this.#signal.throwIfAborted();
      this.#progress.show(++seen);
      if (this.#wanted !== null && !this.#wanted.has(contact.category_code ?? '')) continue;
      this.written++;
      yield contact;
    }
  }
}

const PIECE = 65_536;

/** A write for each contact would take longer than the contacts. */
async function* gathered(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let held = '';
  for await (const piece of pieces) {
    held += piece;
    if (held.length < PIECE) continue;
    yield held;
    held = '';
  }
  if (held !== '') yield held;
}

async function print({ piece, out }: Surroundings, text: string): Promise<void> {
  if (piece === undefined) out(text.replace(/\r?\n$/, ''));
  else await piece(text);
}

/** Whoever looks finds the file whole or as it was before, and nobody else may read it. @throws {UsageError} */
async function writeWhole(file: string, pieces: AsyncIterable<string>): Promise<void> {
  const unfinished = `${file}.${process.pid}.tmp`;
  const told = (error: unknown): never => {
    if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) throw error;
    throw new UsageError(`--out names a file that cannot be written (${error.code})`);
  };
  const handle = await open(unfinished, 'wx', 0o600).catch(told);
  try {
    for await (const piece of pieces) await handle.write(piece).catch(told);
    await handle.sync();
    await handle.close();
    await rename(unfinished, file).catch(told);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(unfinished, { force: true });
    throw error;
  }
}
