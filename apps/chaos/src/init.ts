/** `contact-sync init`, as a person runs it before anything else. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { WriteStream } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));

export async function init(env: Readonly<Record<string, string>>, log: WriteStream): Promise<void> {
  const child = spawn(process.execPath, [CLI, 'init'], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`contact-sync init ended with ${code}: see init.log`);
}
