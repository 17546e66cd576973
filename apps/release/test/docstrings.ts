import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Something that a module exports. A value and a type of one name are two; the forms of an overloaded function are one. */
export interface Exported {
  readonly name: string;
  readonly file: string;
  readonly hasDocstring: boolean;
}

const DECLARED = /^export (?:declare )?(?:abstract )?(function|const|class|interface|type) ([\w$]+)/;
const PASSED_ON = /^export (?:type )?(?:\*|\{(.*)\}) from '(.+)';$/;

/**
 * Everything that a module exports, wherever it is declared.
 *
 * @param file declarations as tsc writes them: each export begins a line, and its docstring ends on the line above
 * @param packageOf the file with the declarations of another package
 * @throws {Error} for an export of another form, or under another name: nobody would see that it has no docstring
 */
export async function exportedBy(file: string, packageOf: (name: string) => string): Promise<readonly Exported[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  const exported: Exported[] = [];
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith('export ') || line === 'export {};') continue;
    const [, list, from] = PASSED_ON.exec(line) ?? [];
    const [, kind, name] = DECLARED.exec(line) ?? [];
    if (from !== undefined) {
      const source = from.startsWith('.') ? join(dirname(file), from.replace(/\.ts$/, '.d.ts')) : packageOf(from);
      exported.push(...chosen(await exportedBy(source, packageOf), list, source));
    } else if (name === undefined) throw new Error(`${file} has an export of a form that is not known: ${line}`);
    else if (kind !== 'function' || !exported.some((one) => one.name === name))
      exported.push({ name, file, hasDocstring: endsDocstring(lines, index - 1) });
  }
  return exported;
}

/** @param list as `one, type Two`; all without it */
function chosen(all: readonly Exported[], list: string | undefined, source: string): readonly Exported[] {
  const names = list?.split(',').flatMap((name) => name.trim().replace(/^type /, '') || []);
  return (
    names?.flatMap((name) => {
      const found = all.filter((one) => one.name === name);
      if (found.length === 0) throw new Error(`${source} exports no ${name}`);
      return found;
    }) ?? all
  );
}

function endsDocstring(lines: readonly string[], last: number): boolean {
  if (!lines[last]?.endsWith('*/')) return false;
  const first = lines.slice(0, last + 1).findLast((line) => line.startsWith('/*'));
  return first?.startsWith('/**') ?? false;
}
