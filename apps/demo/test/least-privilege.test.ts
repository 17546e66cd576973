/** The whole hub under logins that own nothing, beside an owner who has installed: docs/security.md tells how. */
import { isReady, loadConfig } from '@contact-sync/config';
import { createHub } from '@contact-sync/hub';
import { type Sandbox, startSandbox } from '@contact-sync/sandbox';
import { startServer } from '@contact-sync/server';
import type { Log } from '@contact-sync/sync';
import { NO_REDIS, type OwnRedis, ownRedis } from '@contact-sync/testkit';
import { startWorker } from '@contact-sync/worker';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Clients, connect } from '../src/clients.ts';

const SOON = { timeout: 30_000, interval: 50 };
const lines: object[] = [];
const keep = (level: string) => (fields: object, message: string) => void lines.push({ level, ...fields, message });
const log: Log = { debug() {}, info() {}, warn: keep('warn'), error: keep('error') };
/** As docs/security.md has it. */
const ACL =
  '~{contact-sync}:* &* -@all +@read +@write +@connection +@transaction +@scripting +info -keys -flushall -flushdb';

const closing = new AsyncDisposableStack();
let sandbox: Sandbox;
let clients: Clients;
let redis: OwnRedis | null;
let hubEnv: Record<string, string>;

const owner = async (url: string | undefined, text: string): Promise<readonly Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return (await client.query<Record<string, unknown>>(text).finally(() => client.end())).rows;
};
const as = (url: string | undefined, username: string, password = 'x') =>
  Object.assign(new URL(url ?? ''), { username, password }).href;
const configOf = (env: Record<string, string>) => {
  const config = loadConfig({ ...env, BIGQUERY_POLL_MS: '300', TWENTY_REQUESTS_PER_MINUTE: '10000' });
  if (!isReady(config)) throw new Error('the sandbox configures everything');
  return config;
};

beforeAll(async () => {
  sandbox = await startSandbox({ twentyRequestsPerMinute: 10_000 });
  closing.use({ [Symbol.asyncDispose]: sandbox.close });
  clients = connect(sandbox.env, sandbox.twenty?.userToken ?? '');
  closing.defer(clients.close);
  redis = await ownRedis();
  if (redis !== null) closing.defer(redis.close);
});
afterAll(() => closing.disposeAsync());

test('where the owner may make no roles, everything is installed without them and works', async () => {
  const { LEDGER_URL, LOCAL_URL } = sandbox.env;
  await owner(LEDGER_URL, `create role plain login password 'x'`);
  for (const name of ['plain_ledger', 'plain_local']) await owner(LEDGER_URL, `create database ${name} owner plain`);
  const at = (url: string | undefined, name: string) =>
    Object.assign(new URL(as(url, 'plain')), { pathname: `/${name}` }).href;
  const hub = await createHub(
    configOf({
      ...sandbox.env,
      LEDGER_URL: at(LEDGER_URL, 'plain_ledger'),
      LOCAL_URL: at(LOCAL_URL, 'plain_local'),
      QUEUE_URL: at(LEDGER_URL, 'plain_ledger'),
    }),
    log,
  );
  const installed = await hub.install({ only: ['local'] });
  expect(installed.map(({ part, error }) => [part, error])).toEqual([
    ['ledger', null],
    ['local', null],
  ]);
  expect(await hub.parts.ledger.status()).toMatchObject({ contacts: 0 });
  expect(await hub.parts.targets.local.health()).toMatchObject({ ok: true });
  expect(await owner(LEDGER_URL, `select rolname from pg_roles where rolname like 'contact_sync%'`)).toEqual([]);
  await hub.close();
  await owner(LEDGER_URL, 'drop database plain_ledger with (force)');
  await owner(LEDGER_URL, 'drop database plain_local with (force)');
});

test('the owner installs once', async () => {
  const hub = await createHub(configOf({ ...sandbox.env }), log);
  for (const { part, error } of await hub.install()) expect([part, error]).toEqual([part, null]);
  await hub.close();
});

test('the hub then brings edits from everywhere to everywhere, on a Redis that lets it at its own keys alone', async ({
  skip,
}) => {
  if (redis === null) return skip(NO_REDIS);
  await owner(sandbox.env.LEDGER_URL, `create role hub login password 'x' in role contact_sync_hub`);
  const admin = new Redis(redis.url);
  await admin.call('ACL', 'SETUSER', 'hub', 'on', '>x', ...ACL.split(' '));
  hubEnv = {
    ...sandbox.env,
    LEDGER_URL: as(sandbox.env.LEDGER_URL, 'hub'),
    LOCAL_URL: as(sandbox.env.LOCAL_URL, 'hub'),
    QUEUE_URL: as(redis.url, 'hub'),
  };
  // Only the owner installs.
  delete hubEnv.SUPABASE_DB_URL;
  const hub = await createHub(configOf(hubEnv), log);
  expect((await hub.install()).map(({ part, steps, error }) => [part, steps, error])).toEqual(
    ['ledger', 'bigquery', 'supabase', 'local', 'twenty'].map((part) => [part, [], null]),
  );
  const worker = await startWorker(hub, { drain_ms: 500 });
  const server = await startServer(hub, {
    console: false,
    host: '127.0.0.1',
    port: Number(sandbox.env.PORT),
    wake: worker.intake.wake,
  });
  try {
    await clients.local.query(`insert into contacts (canonical_name, job_title) values ('Lo Cal', 'from local')`);
    await clients.supabase.from('contacts').insert({ canonical_name: 'Supa Base', job_title: 'from supabase' });
    await clients.twenty('POST', '/people', { name: { firstName: 'Twen', lastName: 'Ty' }, jobTitle: 'from twenty' });
    await clients.bigquery(`CALL \`contacts.edit_contact\`(77, PARSE_JSON(@edit), 'ann')`, {
      edit: JSON.stringify({ canonical_name: 'Big Query', job_title: 'from bigquery' }),
    });
    await clients.local.query(`insert into contacts (canonical_name, category_code) values ('Bad', 'Q')`);
    const titles = ['local', 'supabase', 'twenty', 'bigquery'].map((system) => `from ${system}`);
    await vi.waitFor(async () => {
      const { rows } = await clients.local.query('select job_title from contacts');
      const { data } = await clients.supabase.from('contacts').select('job_title');
      const people = sandbox.twenty?.people().map(({ jobTitle }) => jobTitle);
      for (const title of titles) {
        expect(rows.map(({ job_title }) => job_title)).toContain(title);
        expect(data?.map(({ job_title }) => job_title)).toContain(title);
        expect(people).toContain(title);
      }
      expect(await hub.parts.ledger.deadLetters()).toMatchObject([{ code: 'INVALID_CATEGORY' }]);
    }, SOON);
    expect(await (await fetch(`${server.url}/readyz`)).json()).toMatchObject({ status: 'ready' });
    expect(lines.filter((line) => JSON.stringify(line).includes('NOPERM'))).toEqual([]);
    expect(lines.filter((line) => 'level' in line && line.level === 'error')).toEqual([]);
    const asHub = new Redis(as(redis.url, 'hub'));
    for (const command of [
      ['FLUSHALL'],
      ['GET', 'of-others'],
      ['SET', 'of-others', '1'],
      ['CONFIG', 'GET', '*'],
      ['KEYS', '*'],
    ])
      await expect(asHub.call(...(command as [string, ...string[]]))).rejects.toThrow(/NOPERM/);
    asHub.disconnect();
  } finally {
    await Promise.all([server.close(), worker.close()]);
    await hub.close();
    admin.disconnect();
  }
});
