import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

/** In a built folder: what it was made of. */
export const DIGEST = '.digest';

/** What a built folder was made of; `null` where it is missing or was not finished. */
export function keptDigest(folder: string): string | null {
  try {
    return readFileSync(join(folder, DIGEST), 'utf8');
  } catch {
    return null;
  }
}

/** A digest of everything the console is made of: its own sources and the contract that it is compiled with. */
export function digestOf(root: string): string {
  const api = dirname(createRequire(import.meta.url).resolve('@contact-sync/api'));
  const hash = createHash('sha256');
  const files = [...filesIn(join(root, 'web')), join(root, 'vite.config.ts'), join(root, 'package.json')];
  for (const [base, paths] of [
    [root, files],
    [api, filesIn(api)],
  ] as const) {
    for (const path of paths)
      hash
        .update(`${relative(base, path)}\0`)
        .update(readFileSync(path))
        .update('\0');
  }
  return hash.digest('hex');
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
