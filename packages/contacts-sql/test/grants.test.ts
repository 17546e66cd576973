import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contactsSql } from '../src/index.ts';
import { type Rig, rig } from './rig.ts';

/** Roles are the whole server's, and other suites may use them: made if missing, never dropped. */
const ROLES = ['anon', 'authenticated', 'service_role', 'contact_sync_hub'] as const;
let db: Rig;

async function as(role: string, sql: string): Promise<string> {
  await db.sql('begin');
  await db.sql(`set local role ${role}`);
  try {
    await db.sql(sql);
    return 'allowed';
  } catch (error) {
    return error instanceof pg.DatabaseError ? (error.code ?? 'unknown') : 'unknown';
  } finally {
    await db.sql('rollback');
  }
}

beforeAll(async () => {
  db = await rig();
  for (const role of ROLES)
    await db.sql(
      `do $$ begin create role ${role}; exception when duplicate_object or unique_violation then null; end $$`,
    );
  // As older projects of Supabase have it: new objects of the schema public are open to everybody.
  await db.sql(`
    drop schema contact_sync cascade; drop table contacts;
    alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
    alter default privileges in schema public grant all on functions to anon, authenticated, service_role`);
  for (const { f } of await db.sql<{ f: string }>(
    `select oid::regprocedure::text as f from pg_proc where proname like 'contact\\_sync\\_%'`,
  ))
    await db.sql(`drop function ${f}`);
  await db.sql(contactsSql());
});
afterAll(() => db.close());

const CALLS = [
  `select public.contact_sync_apply('[]')`,
  'select public.contact_sync_changes(1)',
  `select public.contact_sync_ack('[]')`,
  `select public.contact_sync_fetch('[]')`,
  'select public.contact_sync_scan(null, 1)',
  'select public.contact_sync_digests()',
  `select public.contact_sync_scan_buckets('[1]', null, 1)`,
  'select public.contact_sync_schema()',
];

describe('on Supabase', () => {
  it.each(['anon', 'authenticated'])('%s reaches neither the functions nor the tables', async (role) => {
    for (const call of [...CALLS, 'select * from public.contacts', 'select * from contact_sync.outbox'])
      expect([call, await as(role, call)]).toEqual([call, '42501']);
  });

  it('service_role reaches the functions, and not what lies behind them', async () => {
    for (const call of CALLS) expect([call, await as('service_role', call)]).toEqual([call, 'allowed']);
    expect(await as('service_role', 'select * from contact_sync.outbox')).toBe('42501');
  });

  it('contact_sync_hub reaches the functions, and neither the contacts nor what lies behind', async () => {
    for (const call of CALLS) expect([call, await as('contact_sync_hub', call)]).toEqual([call, 'allowed']);
    for (const attempt of [
      'select * from public.contacts',
      'delete from public.contacts',
      'truncate public.contacts',
      'drop table public.contacts',
      'select * from contact_sync.outbox',
      'drop function public.contact_sync_schema()',
      'alter table public.contacts disable trigger all',
    ])
      expect([attempt, await as('contact_sync_hub', attempt)]).toEqual([attempt, '42501']);
  });

  it('a user with a grant and a policy can edit, and the edit is told under their name', async () => {
    await db.sql(`
      grant select, insert, update, delete on contacts to authenticated;
      create policy everybody on contacts to authenticated using (true) with check (true)`);
    await db.sql('set role authenticated');
    await db.sql(`insert into public.contacts (canonical_name) values ('Ada')`);
    await db.sql(`update public.contacts set canonical_name = 'Eve'`);
    await db.sql('delete from public.contacts');
    await db.sql('reset role');
    expect((await db.drain()).map(({ record }) => [record.version, record.last_updated_by])).toEqual([
      [1, 'authenticated'],
      [2, 'authenticated'],
      [3, 'authenticated'],
    ]);
  });

  it('row level security is on everywhere, and every function has a fixed search_path', async () => {
    expect(
      await db.sql(`select relname from pg_class where relkind = 'r' and not relrowsecurity
        and (relnamespace = 'contact_sync'::regnamespace or oid = 'public.contacts'::regclass)`),
    ).toEqual([]);
    expect(
      await db.sql(`select oid::regprocedure from pg_proc
        where (pronamespace = 'contact_sync'::regnamespace or proname like 'contact\\_sync\\_%')
        and not coalesce(proconfig @> array['search_path=pg_catalog, pg_temp'], false)`),
    ).toEqual([]);
  });
});
