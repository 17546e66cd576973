/** What the backends say of themselves, as they are and after they were changed under our feet. */
import { ownRedis, testDatabase } from '@contact-sync/testkit';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Backend, openBackend } from '../src/index.ts';
import { durabilityOf } from '../src/redis-durability.ts';

const redis = await ownRedis();
const database = await testDatabase();
afterAll(async () => {
  await redis?.close();
  await database.close();
});

async function opened(url: string, schema?: string): Promise<Backend> {
  const backend = await openBackend(url, schema === undefined ? {} : { schema });
  onTestFinished(() => backend.close());
  return backend;
}

describe.skipIf(redis === null)('a Redis', () => {
  const url = redis?.url ?? '';
  const configured = async (...settings: readonly (readonly [name: string, value: string])[]) => {
    const client = new Redis(url);
    for (const [name, value] of settings) await client.config('SET', name, value);
    client.disconnect();
  };

  it('tells whether it keeps what it acknowledged, and whether it throws anything away, as it is now', async () => {
    const backend = await opened(url);
    const good = { kind: 'redis', persistent: true, evicts: false };
    expect(await backend.durability()).toMatchObject(good);
    await configured(['maxmemory-policy', 'allkeys-lru']);
    expect(await backend.durability()).toMatchObject({
      ...good,
      evicts: true,
      detail: expect.stringMatching(/allkeys-lru/),
    });
    await configured(['maxmemory-policy', 'noeviction'], ['appendonly', 'no']);
    expect(await backend.durability()).toMatchObject({ ...good, persistent: false });
    await configured(['save', '3600 1']);
    expect(await backend.durability()).toMatchObject({
      ...good,
      persistent: false,
      detail: expect.stringMatching(/save 3600 1/),
    });
    await configured(['save', ''], ['appendonly', 'yes']);
    await expect.poll(() => backend.durability()).toMatchObject(good);
  });

  it('that lets nobody see its configuration tells what it tells', async () => {
    const client = new Redis(url);
    await client.call('ACL', 'SETUSER', 'few', 'on', '>secret', '~*', '&*', '+@all', '-config');
    await client.call('ACL', 'SETUSER', 'fewer', 'on', '>secret', '~*', '&*', '+@all', '-config', '-info');
    onTestFinished(async () => {
      await client.call('ACL', 'DELUSER', 'few', 'fewer');
      client.disconnect();
    });
    const asUser = (username: string) => opened(Object.assign(new URL(url), { username, password: 'secret' }).href);
    const backend = await asUser('few');
    expect(await backend.durability()).toMatchObject({ persistent: true, evicts: false });
    await configured(['appendonly', 'no']);
    expect(await backend.durability()).toMatchObject({ persistent: null, evicts: false });
    const blind = await asUser('fewer');
    expect(await blind.durability()).toMatchObject({ persistent: null, evicts: null });
    await configured(['appendonly', 'yes']);
  });

  it('that is away is an outage', async () => {
    const backend = await opened(url);
    await redis?.kill();
    onTestFinished(() => redis?.start());
    await expect(backend.durability()).rejects.toMatchObject({ code: 'QUEUE_UNREACHABLE' });
  });
});

it('a Redis whose file of commands cannot be written keeps nothing', () => {
  const info = new Map([
    ['aof_enabled', '1'],
    ['aof_last_write_status', 'err'],
  ]);
  expect(durabilityOf({ info, save: '' })).toMatchObject({ persistent: false, evicts: null });
});

describe('a Postgres', () => {
  const owner = async (...statements: readonly string[]) => {
    const client = new pg.Client(database.url);
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };

  it('keeps what it answered for, unless it was told not to', async () => {
    const good = { kind: 'postgres', persistent: true, evicts: false };
    expect(await (await opened(database.url)).durability()).toMatchObject(good);
    await owner(
      `do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$`,
    );
    const loose = await opened(database.url);
    expect(await loose.durability()).toMatchObject({
      persistent: false,
      detail: expect.stringMatching(/synchronous_commit is off/),
    });
    await owner(`do $$ begin execute format('alter database %I reset all', current_database()); end $$`);
    await owner('create unlogged table bullmq.loose (x integer)');
    expect(await (await opened(database.url)).durability()).toMatchObject({
      persistent: false,
      detail: expect.stringMatching(/unlogged \(1\)/),
    });
    await owner('alter table bullmq.loose set logged');
    expect(await (await opened(database.url)).durability()).toMatchObject(good);
  });
});
