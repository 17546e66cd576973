/** `npm run build`, `npm run pack`: makes the library packages what is published. */
import { basename, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { build, distOf } from './build.ts';
import { BuildError } from './build-error.ts';
import { pack } from './pack.ts';

const USAGE = `Builds the library packages into what is published.

  npm run build                     each to packages/<name>/dist: JavaScript, types, SQL, README and package.json
  npm run pack -- [--out folder]    builds, and makes a tarball of each (default: dist)`;

const ROOT = join(import.meta.dirname, '../../..');

/** @throws {TypeError} with what is wrong with the arguments */
function options(): { readonly command: 'build' | 'pack' | 'help'; readonly out: string } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { out: { type: 'string' }, help: { type: 'boolean', default: false } },
  });
  const [command, ...rest] = positionals;
  if (values.help) return { command: 'help', out: '' };
  if ((command !== 'build' && command !== 'pack') || rest.length > 0)
    throw new TypeError('the command is "build" or "pack"');
  if (command === 'build' && values.out !== undefined) throw new TypeError('--out belongs to "pack"');
  return { command, out: values.out ?? join(ROOT, 'dist') };
}

async function main(): Promise<number> {
  let wanted: ReturnType<typeof options>;
  try {
    wanted = options();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return 2;
  }
  const { command, out } = wanted;
  if (command === 'help') {
    console.log(USAGE);
    return 0;
  }
  try {
    const folders = (await build(ROOT)).map((library) => distOf(ROOT, library));
    if (command === 'build') for (const folder of folders) console.log(relative(ROOT, folder));
    else
      for (const { path, bytes } of await pack(folders, out))
        console.log(`${basename(path)}  ${(bytes / 1024).toFixed(1)} KiB`);
    return 0;
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(`${error.code}: nothing was ${command === 'build' ? 'built' : 'packed'}\n${error.message}`);
    return 1;
  }
}

process.exitCode = await main();
