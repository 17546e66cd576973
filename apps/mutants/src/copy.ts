import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const OURS = '@contact-sync';

/** The repository's files in a folder of their own, whose packages are these copies; what is installed is shared. */
export interface Copy {
  readonly folder: string;
  /** Changes one place of one file. @returns what changes it back @throws {Error} where it is not there exactly once */
  change(file: string, find: string, replace: string): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export async function copyRepository(root: string): Promise<Copy> {
  const folder = await mkdtemp(join(tmpdir(), 'contact-sync-mutants-'));
  const close = () => rm(folder, { recursive: true, force: true });
  try {
    // As they stand, those not committed yet among them; what git ignores is left out.
    const { stdout } = await run('git', ['ls-files', '-coz', '--exclude-standard'], { cwd: root, maxBuffer: 64 << 20 });
    for (const file of stdout.split('\0').filter((name) => name !== ''))
      await cp(join(root, file), join(folder, file), { recursive: true }).catch(() => undefined);
    await link(root, folder);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    folder,
    close,
    async change(file, find, replace) {
      const path = join(folder, file);
      const before = await readFile(path, 'utf8');
      const times = before.split(find).length - 1;
      if (times !== 1) throw new Error(`${file} has ${times} places that read: ${find}`);
      await writeFile(
        path,
        before.replace(find, () => replace),
      );
      return () => writeFile(path, before);
    },
  };
}

/** Everything that is installed by a link; our own packages by links to their copies. */
async function link(root: string, folder: string): Promise<void> {
  const installed = join(folder, 'node_modules');
  await mkdir(join(installed, OURS), { recursive: true });
  for (const name of await readdir(join(root, 'node_modules')))
    if (name !== OURS && name !== '.vite') await symlink(join(root, 'node_modules', name), join(installed, name));
  for (const group of ['packages', 'apps'])
    for (const name of await readdir(join(root, group))) {
      await symlink(join(folder, group, name), join(installed, OURS, name));
      const own = join(root, group, name, 'node_modules');
      const there = join(folder, group, name, 'node_modules');
      if ((await readdir(own).catch(() => [])).length === 0) continue;
      await mkdir(dirname(there), { recursive: true });
      await symlink(own, there);
    }
}
