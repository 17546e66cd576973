import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildInto } from './build.ts';
import { digestOf, keptDigest } from './digest.ts';

/** Where the console's files are looked for. */
export interface ConsoleOptions {
  /** The package's folder. Default: this package's. */
  readonly root?: string;
}

/**
 * The folder with the console's files, ready to be served as they are. In a source checkout it is built first when it is
 * missing or older than what it is made of, which takes a few seconds; several processes may do so at once.
 *
 * @throws when there are neither built files nor sources
 */
export async function consoleFolder({ root = OWN }: ConsoleOptions = {}): Promise<string> {
  const folder = join(root, 'dist');
  if (!existsSync(join(root, 'web', 'index.html'))) {
    if (existsSync(join(folder, 'index.html'))) return folder;
    throw new Error(`the console is not there: neither ${folder} nor its sources`);
  }
  const digest = digestOf(root);
  if (keptDigest(folder) !== digest) await buildInto(root, folder, digest);
  return folder;
}

const OWN = fileURLToPath(new URL('..', import.meta.url));
