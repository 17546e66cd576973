import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { BuildError } from './build-error.ts';

const run = promisify(execFile);

export interface Tarball {
  readonly path: string;
  /** Its size, compressed. */
  readonly bytes: number;
}

/**
 * Packs built packages with npm, as it would publish them. The same package gives the same bytes.
 *
 * @param folders of built packages
 * @param into where the tarballs come to; those of the same names are replaced
 * @returns in the order of their names
 * @throws {BuildError} PACK_FAILED; nothing is there then that was not before
 */
export async function pack(folders: readonly string[], into: string): Promise<readonly Tarball[]> {
  await mkdir(into, { recursive: true });
  const scratch = await mkdtemp(join(into, '.packing-'));
  try {
    const args = ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', resolve(scratch)];
    // Started there, npm takes nothing from a workspace that the caller may be in.
    await run('npm', [...args, ...folders.map((folder) => resolve(folder))], { cwd: scratch });
    const tarballs: Tarball[] = [];
    for (const name of (await readdir(scratch)).sort()) {
      const path = join(resolve(into), name);
      await rename(join(scratch, name), path);
      tarballs.push({ path, bytes: (await stat(path)).size });
    }
    return tarballs;
  } catch (error) {
    throw new BuildError('PACK_FAILED', error instanceof Error ? error.message : String(error));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
