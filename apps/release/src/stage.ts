import { cp, glob, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { BuildError } from './build-error.ts';
import { compile } from './compile.ts';
import { packagesOf } from './imports.ts';
import { findLibraries, type Library, leastNode } from './libraries.ts';
import { filesOf, publishedManifest } from './manifest.ts';

/** What a package consists of: its code, and the SQL that the code reads beside itself. */
const PARTS = ['src', 'sql'];

/**
 * Makes every library a complete package that could be published, at `<into>/<folder>`. What a package holds depends on
 * the sources alone, to the byte.
 *
 * @param root of the repository
 * @param into an empty folder
 * @throws {BuildError} COMPILE_FAILED, IMPORT_UNDECLARED or PACKAGE_INVALID: what lies in the folder then is no package
 */
export async function stage(root: string, into: string): Promise<readonly Library[]> {
  const libraries = await findLibraries(root);
  const node = await leastNode(root);
  await mkdir(into, { recursive: true });
  await compile(root, libraries, into);
  const undeclared = await Promise.all(libraries.map((library) => undeclaredIn(into, library)));
  if (undeclared.flat().length > 0) throw new BuildError('IMPORT_UNDECLARED', undeclared.flat().join('\n'));
  const parts = await Promise.all(libraries.map((library) => addData(root, library, into)));
  const missing = await Promise.all(libraries.map((library) => missingIn(into, library)));
  if (missing.flat().length > 0) throw new BuildError('PACKAGE_INVALID', missing.flat().join('\n'));
  // Last: a folder without it is no package.
  for (const [index, { folder, manifest }] of libraries.entries())
    await writeFile(join(into, folder, 'package.json'), publishedManifest(manifest, node, parts[index] ?? []));
  await rm(join(into, 'tsconfig.json'));
  return libraries;
}

/** Found in the repository, where everything is installed side by side, and missed by whoever installs the package alone. */
async function undeclaredIn(into: string, { folder, manifest }: Library): Promise<readonly string[]> {
  const undeclared: string[] = [];
  for await (const file of glob('**/*.{js,d.ts}', { cwd: join(into, folder) }))
    for (const name of packagesOf(await readFile(join(into, folder, file), 'utf8')))
      if (!Object.hasOwn(manifest.dependencies, name))
        undeclared.push(`packages/${folder}: ${file} imports ${name}, which is not among the dependencies`);
  return undeclared.sort();
}

/** @returns the folders and files that the package consists of */
async function addData(root: string, { folder, manifest }: Library, into: string): Promise<readonly string[]> {
  const from = join(root, 'packages', folder);
  const to = join(into, folder);
  const parts: string[] = [];
  for (const part of PARTS) {
    if (!(await exists(join(from, part)))) continue;
    parts.push(part);
    await cp(join(from, part), join(to, part), { recursive: true, filter: (path) => extname(path) !== '.ts' });
  }
  if (await exists(join(from, 'README.md'))) await cp(join(from, 'README.md'), join(to, 'README.md'));
  // What is exported as it is, and lies beside these folders.
  for (const path of Object.values(manifest.exports)) {
    if (path.endsWith('.ts') || (await exists(join(to, path))) || !(await exists(join(from, path)))) continue;
    parts.push(normalize(path));
    await cp(join(from, path), join(to, path));
  }
  return parts;
}

async function missingIn(into: string, { folder, manifest }: Library): Promise<readonly string[]> {
  const wanted = ['README.md', ...filesOf(manifest)];
  const found = await Promise.all(wanted.map((file) => exists(join(into, folder, file))));
  return wanted.filter((_, index) => !found[index]).map((file) => `packages/${folder} has no ${file}`);
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
