import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { type Format, formatOf } from '@contact-sync/address-book';
import { type Surroundings, UsageError } from './surroundings.ts';

/** An address book that is about to be read. */
export interface Book {
  readonly format: Format;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** In bytes; `null` for standard input. */
  readonly size: number | null;
  /** Bytes that were read so far. */
  read(): number;
  /** Ends whoever waits for more of it. */
  stop(reason: Error): void;
}

/**
 * @param file a path, or `-` for standard input
 * @param told the format, where somebody says it
 * @throws {UsageError} when it cannot be read, or nobody can tell what it is
 */
export async function openBook(around: Surroundings, file: string, told: Format | undefined): Promise<Book> {
  const { size, stream } = file === '-' ? { size: null, stream: around.stdin } : await opened(file);
  const source = stream[Symbol.asyncIterator]();
  const next = async (): Promise<Uint8Array | null> => {
    const { value, done } = await source.next();
    if (done) return null;
    return typeof value === 'string' ? Buffer.from(value) : value;
  };
  const first = await next();
  const format = told ?? formatOf(file, first ?? undefined);
  if (format === null) throw new UsageError('neither its name nor its beginning says what it is: give --format');
  let read = 0;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let chunk = first; chunk !== null; chunk = await next()) {
      read += chunk.length;
      yield chunk;
    }
  }
  const stop = (reason: Error) => {
    if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy(reason);
  };
  return { format, chunks: chunks(), size, read: () => read, stop };
}

async function opened(file: string) {
  try {
    const handle = await open(file);
    const found = await handle.stat();
    if (found.isDirectory()) {
      await handle.close();
      throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
    }
    // A pipe has no length.
    return { size: found.isFile() ? found.size : null, stream: createReadStream(file, { fd: handle }) };
  } catch (error) {
    throw new UsageError(
      `the file cannot be read (${error instanceof Error && 'code' in error ? error.code : 'UNKNOWN'})`,
    );
  }
}
