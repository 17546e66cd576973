import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exportedBy } from './docstrings.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contact-sync-docstrings-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(file: string, ...lines: readonly string[]): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), `${lines.join('\n')}\n`);
}

/** What `index.d.ts` exports, `-` before what has no docstring. */
async function exported(): Promise<readonly string[]> {
  const found = await exportedBy(join(folder, 'index.d.ts'), (name) => join(folder, name, 'index.d.ts'));
  return found.map(({ name, hasDocstring }) => (hasDocstring ? name : `-${name}`));
}

test('a docstring is the comment right above, and no other', async () => {
  await put(
    'index.d.ts',
    '/** What the file is. */',
    `import { z } from 'zod';`,
    'export interface Options {',
    '    /** Of a member. */',
    '    readonly ms: number;',
    '}',
    '/**',
    ' * One.',
    ' */',
    'export declare function one(): void;',
    'export declare function one(options: Options): void;',
    '/* for those who work on it */',
    'export declare const two: z.ZodString;',
    'export type two = string;',
    '/** Three. */',
    'export declare abstract class Three {',
    '}',
    'declare const inside: 1;',
    'export {};',
  );
  expect(await exported()).toEqual(['-Options', 'one', '-two', '-two', 'Three']);
});

test('what a module passes on is found where it is declared, in other packages too', async () => {
  await put('index.d.ts', `export * from './all.ts';`, `export { one, type Two, } from '@contact-sync/base';`);
  await put('all.d.ts', 'export declare const all: 1;', `export type { Deep } from './deep/index.ts';`);
  await put('deep/index.d.ts', '/** Deep. */', 'export interface Deep {', '}', 'export type Unseen = 1;');
  await put('@contact-sync/base/index.d.ts', '/** One. */', 'export declare const one: 1;', 'export type Two = 2;');
  expect(await exported()).toEqual(['-all', 'Deep', 'one', '-Two']);
});

test.each([
  ['export default one;', 'has an export of a form that is not known: export default one;'],
  [`export { one as two } from './one.ts';`, 'exports no one as two'],
])('an export that would be overlooked is an error: %s', async (line, message) => {
  await put('index.d.ts', line);
  await put('one.d.ts', 'export declare const one: 1;');
  await expect(exported()).rejects.toThrow(message);
});
