import { cp, glob, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { build } from '../src/index.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** A small repository of the same form: `pair` needs `base`, `testkit` is for development only. */
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'contact-sync-build-'));
  await put('package.json', '{ "devDependencies": { "node": "26.10.0" } }');
  await cp(join(ROOT, 'tsconfig.json'), join(root, 'tsconfig.json'));
  await mkdir(join(root, 'node_modules/@types/node'), { recursive: true });
  await put('node_modules/@types/node/index.d.ts', 'declare const console: { log(text: string): void };');
  await library('base', {}, { './table.json': './table.json' });
  await put('packages/base/src/index.ts', `export { one, type One } from './one.ts';\n`);
  await put('packages/base/src/one.ts', `/** A number. */\nexport type One = 1;\nexport const one: One = 1;\n`);
  await put('packages/base/table.json', '{ "rows": [1] }');
  await put('packages/base/sql/tables.sql', 'create table one ();');
  await put('packages/base/test/one.test.ts', 'export {};');
  await library('pair', { '@contact-sync/base': '0.1.0' });
  await put('packages/pair/src/index.ts', PAIR);
  await library('testkit', {});
  await put('packages/testkit/src/index.ts', 'export const nobody = 0;');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const PAIR = `import { one } from '@contact-sync/base';\nexport const pair = [one, one] as const;\n`;

async function put(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), text);
}

async function library(folder: string, dependencies: object, more: object = {}): Promise<void> {
  const manifest = {
    name: `@contact-sync/${folder}`,
    version: '0.1.0',
    private: true,
    description: 'for a test',
    license: 'UNLICENSED',
    type: 'module',
    exports: { '.': './src/index.ts', ...more },
    scripts: { check: 'tsc -p .' },
    dependencies,
    devDependencies: { '@contact-sync/testkit': '0.1.0' },
  };
  await put(`packages/${folder}/package.json`, JSON.stringify(manifest));
  await put(`packages/${folder}/README.md`, `# ${folder}\n`);
  await mkdir(join(root, 'node_modules/@contact-sync'), { recursive: true });
  await symlink(join(root, 'packages', folder), join(root, 'node_modules/@contact-sync', folder));
}

/** What is built, by file. */
async function built(): Promise<Readonly<Record<string, string>>> {
  const files = await Array.fromAsync(glob('packages/*/dist/**/*.*', { cwd: root }));
  const texts = await Promise.all(files.sort().map(async (file) => [file, await readFile(join(root, file), 'utf8')]));
  return Object.fromEntries(texts);
}

test('a package is JavaScript, types, SQL, README and a package.json for whoever installs it', async () => {
  await build(root);
  const files = await built();
  expect(Object.keys(files)).toEqual([
    'packages/base/dist/README.md',
    'packages/base/dist/package.json',
    'packages/base/dist/sql/tables.sql',
    'packages/base/dist/src/index.d.ts',
    'packages/base/dist/src/index.js',
    'packages/base/dist/src/one.d.ts',
    'packages/base/dist/src/one.js',
    'packages/base/dist/table.json',
    'packages/pair/dist/README.md',
    'packages/pair/dist/package.json',
    'packages/pair/dist/src/index.d.ts',
    'packages/pair/dist/src/index.js',
  ]);
  expect(files['packages/base/dist/src/index.js']).toContain(`'./one.js'`);
  expect(files['packages/base/dist/src/one.d.ts']).toContain('/** A number. */');
  expect(JSON.parse(files['packages/base/dist/package.json'] ?? '')).toEqual({
    name: '@contact-sync/base',
    version: '0.1.0',
    description: 'for a test',
    license: 'UNLICENSED',
    type: 'module',
    engines: { node: '>=26' },
    exports: {
      '.': { types: './src/index.d.ts', default: './src/index.js' },
      './table.json': './table.json',
    },
    files: ['src', 'sql', 'table.json'],
    dependencies: {},
  });
});

test('building again gives the same bytes, and nothing of what has gone', async () => {
  await build(root);
  const first = await built();
  await put('packages/base/dist/src/old.js', 'left behind');
  await put('packages/testkit/dist/src/index.js', 'was a library once');
  await build(root);
  expect(await built()).toEqual(first);
});

test('a type error leaves nothing that looks built, not even what was there before', async () => {
  await build(root);
  await put('packages/pair/src/index.ts', `${PAIR}export const wrong: string = one;\n`);
  await expect(build(root)).rejects.toMatchObject({
    code: 'COMPILE_FAILED',
    message: expect.stringContaining(`Type 'number' is not assignable to type 'string'`),
  });
  expect(await built()).toEqual({});
});

test('what a package imports without naming it is told, for code and types', async () => {
  await library('third', {});
  await put(
    'packages/third/src/index.ts',
    `import type { One } from '@contact-sync/base';\nexport type Two = [One, One];\n`,
  );
  await expect(build(root)).rejects.toMatchObject({
    code: 'IMPORT_UNDECLARED',
    message: 'packages/third: src/index.d.ts imports @contact-sync/base, which is not among the dependencies',
  });
  expect(await built()).toEqual({});
});

test('what a package.json exports has to be there', async () => {
  await library('third', {}, { './more': './src/more.ts' });
  await put('packages/third/src/index.ts', 'export {};\n');
  await expect(build(root)).rejects.toMatchObject({
    code: 'PACKAGE_INVALID',
    message: 'packages/third has no ./src/more.d.ts\npackages/third has no ./src/more.js',
  });
});
