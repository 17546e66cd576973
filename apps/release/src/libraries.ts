import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildError } from './build-error.ts';
import { type Manifest, parseManifest } from './manifest.ts';

/** What only serves to develop and prove the others. Everything else in packages/ is published. */
const DEVELOPMENT: ReadonlySet<string> = new Set(['sandbox', 'simulator', 'testkit']);

/** A package that is published. */
export interface Library {
  /** Of its folder in packages/, as `system-twenty`. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** @returns in the order of their names, the same each time */
export async function findLibraries(root: string): Promise<readonly Library[]> {
  const entries = await readdir(join(root, 'packages'), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory() && !DEVELOPMENT.has(entry.name));
  return Promise.all(
    folders
      .map(({ name }) => name)
      .sort()
      .map(async (folder) => {
        const path = join(root, 'packages', folder, 'package.json');
        return { folder, manifest: parseManifest(await readFile(path, 'utf8'), path) };
      }),
  );
}

/** The least major version of Node: that of the npm package `node` that the repository pins, and is tested on. */
export async function leastNode(root: string): Promise<number> {
  const text = await readFile(join(root, 'package.json'), 'utf8');
  const major = /"node": "(\d+)\.\d+\.\d+"/.exec(text)?.[1];
  if (major === undefined) throw new BuildError('PACKAGE_INVALID', `${root}/package.json does not pin "node"`);
  return Number(major);
}
