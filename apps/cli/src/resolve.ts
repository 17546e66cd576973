import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { ContentHash } from '@contact-sync/contact';
import { type ConflictRecord, PermanentError, type SideChoice } from '@contact-sync/sync';
import { asker, withHub } from './configuration.ts';
import { printJson } from './print.ts';
import { type ExitCode, type Surroundings, UsageError } from './surroundings.ts';

const MIN_PREFIX = 6;

/** Of `conflicts resolve`: exactly one way to choose. */
export interface ResolveOptions {
  readonly candidate?: string;
  readonly take?: 'canonical' | 'incoming';
  readonly field?: readonly string[];
  readonly content?: string;
  readonly by: string;
  readonly json?: true;
}

/** Decides a conflict. */
export async function resolve(around: Surroundings, id: string, options: ResolveOptions): Promise<ExitCode> {
  const choose = await choiceOf(around, options);
  return await withHub(around, async ({ desk }) => {
    const { conflict } = await desk.conflict(id);
    const resolved = await desk.resolve(id, choose(conflict), asker(options.by));
    if (options.json) printJson(around, resolved);
    else around.out(`resolved: version ${resolved.version} of contact ${resolved.contact_id} goes everywhere`);
    return 0;
  });
}

type Choose = (conflict: ConflictRecord) => SideChoice;

/** What can be said of the options before anything is opened is said here. @throws {UsageError} */
async function choiceOf(around: Surroundings, options: ResolveOptions): Promise<Choose> {
  const { candidate, take, field, content } = options;
  if ([candidate, take, field, content].filter((way) => way !== undefined).length !== 1)
    throw new UsageError('choose one way: --candidate, --take, --field (once or more) or --content');
  if (content !== undefined) {
    const written = await contentOf(around, content);
    return () => ({ content: written });
  }
  if (field !== undefined) {
    const sides = field.map(fieldOf);
    return (conflict) => ({
      fields: Object.fromEntries(sides.map(([name, side]) => [name, side === 'base' ? side : hashOf(conflict, side)])),
    });
  }
  const side = take ?? prefixOf(candidate ?? '');
  return (conflict) => ({ candidate: hashOf(conflict, side) });
}

async function contentOf(around: Surroundings, file: string): Promise<unknown> {
  const written = file === '-' ? await text(around.stdin) : await readFile(file, 'utf8').catch(unreadable);
  try {
    return JSON.parse(written);
  } catch {
    throw new UsageError('--content is not JSON');
  }
}

function unreadable(error: Error & { code?: string }): never {
  throw new UsageError(`--content names a file that cannot be read (${error.code ?? error.name})`);
}

function fieldOf(option: string): readonly [field: string, side: string] {
  const at = option.lastIndexOf('=');
  const [field, side] = [option.slice(0, at), option.slice(at + 1)];
  if (at < 1) throw new UsageError('--field is name=side, as emails=incoming');
  return [field, SIDES.has(side) ? side : prefixOf(side)];
}

const SIDES: ReadonlySet<string> = new Set(['canonical', 'incoming', 'base']);

function prefixOf(hash: string): string {
  if (new RegExp(`^[0-9a-f]{${MIN_PREFIX},64}$`).test(hash)) return hash;
  throw new UsageError(`a side is named by its hash, or at least ${MIN_PREFIX} digits of its beginning`);
}

/** @param side `canonical`, `incoming`, or the beginning of a hash */
function hashOf({ candidates }: ConflictRecord, side: string): ContentHash {
  const [canonical, ...incoming] = candidates;
  const found =
    side === 'canonical'
      ? candidates.slice(0, 1)
      : side === 'incoming'
        ? incoming
        : candidates.filter(({ content_hash }) => content_hash.startsWith(side));
  const [one, other] = found;
  if (one !== undefined && other === undefined) return one.content_hash;
  if (side === 'incoming' && canonical !== undefined)
    throw new UsageError('there are several incoming sides: name one by its hash');
  throw new PermanentError('NO_SUCH_CANDIDATE', 'no side of the conflict, or more than one, has this hash', {
    advice: 'Look at its sides with `contact-sync conflicts show`.',
  });
}
