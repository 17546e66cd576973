/** A hub whose login owns nothing: a member of contact_sync_hub, beside the owner who has installed. */
import { randomUUID } from 'node:crypto';
import { contactId, contentHash, timestamp } from '@contact-sync/contact';
import { DEFAULT_MAPPING } from '@contact-sync/contacts-sql';
import type { Delivery, TargetAdapter } from '@contact-sync/sync';
import { type TestDatabase, testDatabase } from '@contact-sync/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPostgres } from '../src/index.ts';

const LOGIN = `hub_${randomUUID().replaceAll('-', '')}`;
let database: TestDatabase;
let owner: pg.Client;
let hubUrl: string;
let hub: TargetAdapter;

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  // Where the server plays a Supabase too, for other suites, contact-sync makes no role of its own.
  await owner.query(
    'do $$ begin create role contact_sync_hub; exception when duplicate_object or unique_violation then null; end $$',
  );
  const installer = createPostgres({ url: database.url });
  await installer.install();
  await installer.close();
  await owner.query(`create role ${LOGIN} login password 'x'; create table others (secret text)`);
  await owner.query(`grant contact_sync_hub to ${LOGIN}`);
  hubUrl = Object.assign(new URL(database.url), { username: LOGIN, password: 'x' }).href;
  hub = createPostgres({ url: hubUrl });
});
afterAll(async () => {
  await hub.close();
  await owner.query(`drop owned by ${LOGIN}; drop role ${LOGIN}`);
  await owner.end();
  await database.close();
});

const content = { canonical_name: 'Ada' };
const delivery = (id: string, version: number, deleted = false): Delivery => ({
  contact_id: contactId(id),
  version,
  last_updated: timestamp('2024-05-01T12:00:00Z'),
  last_updated_by: 'hub',
  content: deleted ? null : content,
  content_hash: contentHash(deleted ? null : content),
  record_id: null,
  held: null,
});

it('does all its work: hears, reads, acknowledges, writes, deletes, watches', async () => {
  let woken = 0;
  const unwatch = await hub.watch?.(() => {
    woken += 1;
  });
  await owner.query(`insert into contacts (canonical_name) values ('Eve')`);
  await expect.poll(() => woken).toBe(1);
  const { changes } = await hub.changes(null, 10);
  expect(changes).toMatchObject([{ record: { fields: { canonical_name: 'Eve' } } }]);
  await hub.ack(changes.map(({ key }) => key));
  expect((await hub.changes(null, 10)).changes).toEqual([]);
  expect(await hub.apply([delivery('5', 1), delivery('6', 1)])).toMatchObject([
    { outcome: 'applied' },
    { outcome: 'applied' },
  ]);
  expect(await hub.apply([delivery('5', 2, true)])).toMatchObject([{ outcome: 'applied' }]);
  expect(await hub.fetch(changes.map(({ record_id }) => record_id))).toHaveLength(1);
  expect((await hub.scan(null, 10)).records.map(({ contact_id, deleted }) => [contact_id, deleted])).toEqual([
    [null, false],
    ['5', true],
    ['6', false],
  ]);
  expect(await hub.health()).toMatchObject({ ok: true });
  await unwatch?.();
});

it('finds everything installed by the owner', async () => {
  expect(await hub.install()).toEqual([]);
  expect(await hub.install({ dry_run: true })).toEqual([]);
});

it('says who has to install for another mapping', async () => {
  const renamed = createPostgres({
    url: hubUrl,
    mapping: { ...DEFAULT_MAPPING, columns: { ...DEFAULT_MAPPING.columns, organization: null } },
  });
  await expect(renamed.install()).rejects.toMatchObject({
    code: 'LOCAL_OTHER_MAPPING',
    advice: expect.stringContaining('the login that owns'),
  });
  await renamed.close();
});

it.each([
  'select * from contacts',
  `insert into contacts (canonical_name) values ('x')`,
  'delete from contacts',
  'truncate contacts',
  'drop table contacts',
  'alter table contacts disable trigger all',
  'select * from contact_sync.outbox',
  'delete from contact_sync.tombstones',
  'select contact_sync.bury(null)',
  'drop function contact_sync_apply(jsonb, text)',
  'select * from others',
  'create schema mine',
])('cannot: %s', async (statement) => {
  const client = new pg.Client({ connectionString: hubUrl });
  await client.connect();
  const code = await client.query(statement).then(
    () => 'allowed',
    (error: unknown) => (error instanceof pg.DatabaseError ? error.code : 'none'),
  );
  await client.end();
  expect(code).toBe('42501');
});

it('without the role is an outage that says what to grant', async () => {
  await owner.query(`revoke contact_sync_hub from ${LOGIN}`);
  await expect(hub.changes(null, 1)).rejects.toMatchObject({
    name: 'OutageError',
    code: 'LOCAL_DENIED',
    advice: expect.stringContaining('grant'),
  });
});
