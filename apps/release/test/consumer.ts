import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pack, stage, type Tarball } from '../src/index.ts';

const run = promisify(execFile);
const WITHIN_MS = 120_000;

/** A project of somebody's that has installed every package, far from the repository: nothing is found by accident. */
export interface Consumer {
  readonly folder: string;
  /** Its own, for whatever its programs leave behind. */
  readonly temporary: string;
  readonly tarballs: readonly Tarball[];
  close(): Promise<void>;
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly link?: boolean }>>;
}

/** @throws {Error} with what npm says, as where the registry cannot be reached */
export async function openConsumer(root: string): Promise<Consumer> {
  const scratch = await mkdtemp(join(await realpath(tmpdir()), 'contact-sync-published-'));
  const close = () => rm(scratch, { recursive: true, force: true });
  try {
    const libraries = await stage(root, join(scratch, 'staged'));
    const folders = libraries.map((library) => join(scratch, 'staged', library.folder));
    const tarballs = await pack(folders, join(scratch, 'tarballs'));
    const folder = join(scratch, 'project');
    const temporary = join(scratch, 'temporary');
    await mkdir(folder);
    await mkdir(temporary);
    await install(root, folder, tarballs);
    return { folder, temporary, tarballs, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function install(root: string, folder: string, tarballs: readonly Tarball[]): Promise<void> {
  // npm's own form, version 3.
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as Lock;
  const project = {
    name: 'consumer',
    version: '1.0.0',
    private: true,
    type: 'module',
    devDependencies: { '@types/node': packages['node_modules/@types/node']?.version },
  };
  // What the packages name is found in the versions that the other tests run with, and in npm's cache, where npm ci has
  // put it. What nobody names npm leaves out, so that a forgotten dependency is missed all the same.
  const outside = Object.entries(packages).filter(([path, { link }]) => path.startsWith('node_modules/') && !link);
  const lock = { lockfileVersion: 3, requires: true, packages: { '': project, ...Object.fromEntries(outside) } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(project));
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock));
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  // A registry that is away is told soon; as npm is set up, it would try for minutes.
  const network = ['--prefer-offline', '--fetch-retries=1', '--fetch-retry-mintimeout=1000'];
  try {
    await run('npm', ['install', ...quiet, ...network, ...tarballs.map(({ path }) => path)], {
      cwd: folder,
      timeout: WITHIN_MS,
    });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new Error(`npm cannot install the tarballs in an empty project: ${said || `no end in ${WITHIN_MS} ms`}`);
  }
}
