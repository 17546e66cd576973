import { fork } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DIGEST, keptDigest } from './digest.ts';

/**
 * Builds the console beside `folder` and puts it in place. Where another process was faster with the same, its files
 * stay.
 */
export async function buildInto(root: string, folder: string, digest: string): Promise<void> {
  // `dist` inside: git leaves it out, should the process be killed.
  const work = mkdtempSync(join(root, '.build-'));
  try {
    const built = join(work, 'dist');
    await vite(built);
    writeFileSync(join(built, DIGEST), digest);
    place(built, folder, join(work, 'old'), digest);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** No folder replaces another that has files, so the old one goes aside first; whoever comes second finds it filled. */
function place(built: string, folder: string, aside: string, digest: string): void {
  for (let attempt = 0; ; attempt += 1) {
    if (keptDigest(folder) === digest) return;
    rmSync(aside, { recursive: true, force: true });
    try {
      renameSync(folder, aside);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
    try {
      renameSync(built, folder);
      return;
    } catch (error) {
      if (attempt === 10 || !['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) throw error;
    }
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/**
 * In a process of its own: what React is built for hangs on NODE_ENV, which under a test runner is another; and the
 * bundler's memory goes with it.
 */
function vite(outDir: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = fork(fileURLToPath(new URL('bundle.ts', import.meta.url)), [outDir], {
    env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '' },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.on('error', reject);
  child.on('close', (code) => {
    if (code === 0) resolve();
    else reject(new Error(`the console could not be built:\n${said.slice(-4_000)}`));
  });
  return promise;
}
