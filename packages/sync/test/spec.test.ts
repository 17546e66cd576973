/** SPEC.md says what the records say, and everything that it names is there. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Check, MACHINES, type Place, PROMISES } from '../spec/promises.ts';
import { write } from '../spec/render.ts';
import { keysOf } from '../spec/words.ts';

const root = new URL('../../../', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, root), 'utf8');
const spec = read('SPEC.md');

it('SPEC.md holds the tables as they are (else: node packages/sync/spec/write.ts)', () => {
  expect(spec).toBe(write(spec));
});

it('a page without the markers of a table is not written', () => {
  expect(() => write(spec.replace('<!-- end flow -->', ''))).toThrow('flow');
});

it('the README leads to SPEC.md', () => {
  expect(read('README.md')).toContain('(SPEC.md)');
});

/** The name as it stands: `stands` is not in `understands`, A1 not in A10. */
const names = ({ file, name }: Place): boolean =>
  new RegExp(`(?<![\\w-])${RegExp.escape(name)}(?![\\w-])`).test(read(file));

const holds = ({ file, title }: Check): boolean =>
  title === undefined || ["'", '"', '`'].some((quote) => read(file).includes(`${quote}${title}${quote}`));

describe.each(keysOf(PROMISES))('the promise %s', (id) => {
  const { kept, checked } = PROMISES[id];

  it.each(kept)('is kept in $file by $name', (place) => {
    expect(names(place)).toBe(true);
  });

  it.each(checked)('is checked in $file: $title', (check) => {
    expect(check.file).toMatch(/\btest\b/);
    expect(holds(check)).toBe(true);
  });
});

it.each(MACHINES)('$file is there, and "$run" runs it', ({ file, run }) => {
  expect(existsSync(new URL(file, root))).toBe(true);
  const script = /^npm run ([\w-]+)/.exec(run)?.[1];
  const { scripts }: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(read('package.json'));
  if (script !== undefined) expect(Object.keys(scripts)).toContain(script);
  else expect(file).toContain(/^npx vitest run (\S+)$/.exec(run)?.[1]);
});

it('every link of SPEC.md leads somewhere', () => {
  const links = [...spec.matchAll(/\]\(([^)#]+)\)/g)].flatMap(([, link]) => link ?? []);
  expect(links.length).toBeGreaterThan(50);
  for (const link of new Set(links)) expect([link, existsSync(new URL(link, root))]).toEqual([link, true]);
});
