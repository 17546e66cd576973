import type { TargetAdapter } from '@contact-sync/sync';
import { overPeople, type People } from '@contact-sync/system-twenty/model';
import type { Rpc } from '../rpc.ts';
import { lens, type TwentyServer } from './twenty-server.ts';
import { MAPPING } from './twenty-values.ts';

/**
 * The code of the real adapter over the people of the model, in the same requests; one for each look-up, which in Twenty
 * takes more where addresses of email are very long.
 *
 * @param options.now of the hub, in milliseconds since the Unix epoch
 */
export function twentyAdapter(
  { rest, read }: TwentyServer,
  rpc: Rpc,
  { now }: { readonly now: () => number },
): TargetAdapter {
  let ahead = 0;
  /** Each answer tells the time. */
  async function ask<T>(name: string, effect: () => T): Promise<T> {
    const { value, date } = await rpc(`twenty.${name}`, () => ({ value: effect(), date: rest.date() }));
    ahead = date - now();
    return value;
  }
  const people: People = {
    page: (options) => ask('page', () => rest.page(options)),
    find: async (wanted) =>
      wanted.every(({ values }) => values.length === 0) ? [] : ask('find', () => rest.find(wanted)),
    create: (rows) => ask('create', () => rest.create(rows)),
    upsert: (rows) => ask('upsert', () => rest.upsert(rows)),
    patch: (id, values) => ask('patch', () => rest.patch(id, values)),
    softDelete: (id) => ask('softDelete', () => rest.softDelete(id)),
  };
  const serverTime = () => now() + ahead;
  return {
    ...overPeople({ people, mapping: MAPPING, lens, read, now, serverTime }),
    install: () => ask('install', () => []),
  };
}
