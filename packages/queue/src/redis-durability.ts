import type { Durability } from '@contact-sync/sync';
import { type Redis, ReplyError } from 'ioredis';

/** What a Redis says of itself. `undefined`: it does not say. */
export interface RedisFacts {
  /** Lines of INFO: `name:value`. */
  readonly info: ReadonlyMap<string, string>;
  /** When it takes snapshots, `''` never; managed ones keep it to themselves. */
  readonly save: string | undefined;
}

/** @throws what the driver throws when nobody answers */
export async function redisDurability(client: Redis): Promise<Durability> {
  const [persistence, memory, save] = await Promise.all([
    answered(() => client.info('persistence')),
    answered(() => client.info('memory')),
    // Managed ones have no CONFIG, and logins of few rights may not use it.
    answered(() => client.config('GET', 'save')),
  ]);
  const lines = `${persistence ?? ''}\n${memory ?? ''}`.split('\n').map((line) => line.trim().split(':', 2));
  const info = new Map(lines.flatMap(([name, value]) => (name && value !== undefined ? [[name, value] as const] : [])));
  return durabilityOf({ info, save: Array.isArray(save) ? String(save[1] ?? '') : undefined });
}

/** @returns `undefined` where the Redis refuses to tell */
async function answered<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ReplyError) return undefined;
    throw error;
  }
}

/** Pure. Sources: https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/, …/develop/reference/eviction/ */
export function durabilityOf({ info, save }: RedisFacts): Durability {
  const policy = info.get('maxmemory_policy');
  // Whatever its limit is told to be: one that a provider sets does not always show.
  const evicts = policy === undefined ? null : policy !== 'noeviction';
  const [persistent, kept] = persistenceOf(info, save);
  const full =
    policy === undefined ? 'it does not say what it does when its memory is full' : `maxmemory-policy ${policy}`;
  return { kind: 'redis', persistent, evicts, detail: `${kept}; ${full}` };
}

function persistenceOf(
  info: RedisFacts['info'],
  save: string | undefined,
): readonly [persistent: boolean | null, kept: string] {
  const appends = info.get('aof_enabled');
  if (appends === '1')
    return info.get('aof_last_write_status') === 'err'
      ? [false, 'appendonly yes, but its last write failed: see its disk']
      : [true, 'appendonly yes'];
  if (appends === undefined) return [null, 'it does not say whether it keeps anything'];
  // A provider may keep it by other means, of which a Redis knows nothing.
  if (save === undefined) return [null, 'appendonly no, and it does not say whether it takes snapshots'];
  if (save === '') return [false, 'appendonly no, and no snapshots: a restart forgets everything'];
  return [false, `appendonly no, snapshots alone (save ${save}): a crash forgets what came after the last`];
}
