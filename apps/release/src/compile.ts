import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { BuildError } from './build-error.ts';
import type { Library } from './libraries.ts';

const run = promisify(execFile);
const TYPESCRIPT = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));

/** What TypeScript says of a project, `null` when it is content. */
export async function complaintsOf(project: string): Promise<string | null> {
  try {
    await run(process.execPath, [join(TYPESCRIPT, 'bin/tsc'), '-p', project], { maxBuffer: 64 << 20 });
    return null;
  } catch (error) {
    if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string')
      return error.stdout.trim() || error.message;
    throw error;
  }
}

/**
 * Compiles the sources of all libraries as one program: they share most of what has to be read. JavaScript and types of
 * each come to `<into>/<folder>/src`.
 *
 * @throws {BuildError} COMPILE_FAILED; nothing is written then
 */
export async function compile(root: string, libraries: readonly Library[], into: string): Promise<void> {
  const project = join(into, 'tsconfig.json');
  const packages = join(root, 'packages');
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      noEmitOnError: true,
      declaration: true,
      rewriteRelativeImportExtensions: true,
      rootDir: packages,
      outDir: into,
      // They are looked for above this file, which may lie outside of the repository.
      typeRoots: [join(root, 'node_modules/@types')],
    },
    include: libraries.map(({ folder }) => join(packages, folder, 'src')),
  };
  await writeFile(project, JSON.stringify(config));
  const complaints = await complaintsOf(project);
  if (complaints !== null) throw new BuildError('COMPILE_FAILED', complaints);
}
