import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Library } from './libraries.ts';
import { stage } from './stage.ts';

/** Where a built package lies. */
export const distOf = (root: string, { folder }: Library): string => join(root, 'packages', folder, 'dist');

/**
 * Builds every library to `packages/<folder>/dist`. What was there before is gone first, whatever comes of it, and each
 * package appears whole, by one rename.
 *
 * @throws {BuildError} COMPILE_FAILED, IMPORT_UNDECLARED or PACKAGE_INVALID: nothing is built then
 */
export async function build(root: string): Promise<readonly Library[]> {
  for (const folder of await readdir(join(root, 'packages')))
    await rm(join(root, 'packages', folder, 'dist'), { recursive: true, force: true });
  // On the same disk as the packages, or nothing could be renamed.
  const caches = join(root, 'node_modules/.cache');
  await mkdir(caches, { recursive: true });
  const scratch = await mkdtemp(join(caches, 'contact-sync-build-'));
  try {
    const libraries = await stage(root, scratch);
    for (const library of libraries) await rename(join(scratch, library.folder), distOf(root, library));
    return libraries;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
