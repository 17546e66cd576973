import { OutageError } from '@contact-sync/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_MAPPING, type TableMapping } from '../src/index.ts';
import { CATALOG, PEOPLE_MAPPING } from './people.ts';
import { type Rig, rig } from './rig.ts';

let db: Rig;
beforeAll(async () => {
  db = await rig('create table public.contacts (id int primary key, other text)');
});
afterAll(() => db.close());

const MINE: TableMapping = {
  ...PEOPLE_MAPPING,
  table: 'people',
  columns: { ...PEOPLE_MAPPING.columns, canonical_name: { column: 'name', holds: 'all' }, emails: null, phones: null },
};

/** What stands in the way, and that nothing was changed in finding out. */
async function refusal(mapping: Partial<TableMapping>, sql: string): Promise<string> {
  await db.sql('drop schema if exists t cascade; create schema t');
  await db.sql('set search_path = t, public');
  await db.sql(sql);
  const catalog = await db.sql(CATALOG);
  const error: unknown = await db
    .install({ ...MINE, table: 't.people', ...mapping })
    .catch((thrown: unknown) => thrown);
  expect(await db.sql(CATALOG)).toEqual(catalog);
  if (!(error instanceof OutageError)) throw new Error('not refused', { cause: error });
  expect(error.code).toBe('SQL_CANNOT_ADOPT');
  return error.advice ?? '';
}

describe('a table is refused, with what to do,', () => {
  const ID = 'id bigint generated always as identity primary key';
  it.each<[string, Partial<TableMapping>, string, string]>([
    ['that is not there', {}, 'select', 'no table t.people'],
    ['that is a view', {}, `create view people as select 1 as id, 'x' as name`, 'is a view'],
    [
      'that is partitioned',
      {},
      `create table people (id int primary key, name text) partition by hash (id)`,
      'is partitioned',
    ],
    [
      'that others inherit from',
      {},
      `create table people (${ID}, name text); create table p2 () inherits (people)`,
      'inherits',
    ],
    ['without a primary key', {}, 'create table people (id serial, name text)', 'no primary key'],
    [
      'with a key of two columns',
      {},
      'create table people (id serial, o int, name text, primary key (id, o))',
      '2 columns',
    ],
    [
      'whose key is another column',
      {},
      'create table people (nr serial primary key, id int, name text)',
      'key of t.people is nr',
    ],
    ['whose id has no default', {}, 'create table people (id uuid primary key, name text)', 'id has no default'],
    [
      'whose id is of an odd type',
      {},
      'create table people (id numeric primary key default 1, name text)',
      'integer, bigint, uuid or text',
    ],
    [
      'with a column of a sync name',
      {},
      `create table people (${ID}, name text, version int)`,
      'name another column for it',
    ],
    [
      'with a deleted_at that is no time',
      {},
      `create table people (${ID}, name text, deleted_at boolean)`,
      'cannot hold deleted_at',
    ],
    [
      'with a column of a wrong type',
      {},
      `create table people (${ID}, name text, company int)`,
      'company (integer) cannot hold organization',
    ],
    [
      'with a generated one',
      {},
      `create table people (${ID}, f text, name text generated always as (f) stored)`,
      'generated',
    ],
    [
      'without a name',
      { columns: { ...MINE.columns, canonical_name: null } },
      `create table people (${ID}, name text)`,
      'needs its name',
    ],
    [
      'with one address where a list belongs',
      { columns: { ...MINE.columns, emails: { column: 'email', holds: 'all' } } },
      `create table people (${ID}, name text, email text)`,
      'let it hold the first one only',
    ],
    [
      'mapped to one column twice',
      { columns: { ...MINE.columns, job_title: { column: 'name', holds: 'all' } } },
      `create table people (${ID}, name text)`,
      'name more than once',
    ],
    [
      'with a name that Postgres would cut off',
      { columns: { ...MINE.columns, job_title: { column: 'x'.repeat(64), holds: 'all' } } },
      `create table people (${ID}, name text)`,
      'too long',
    ],
  ])('%s', async (_what, mapping, sql, why) => {
    expect(await refusal(mapping, sql)).toContain(why);
  });

  it('with all that stands in the way at once', async () => {
    const advice = await refusal({}, 'create table people (id uuid primary key, name int, company json, version int)');
    for (const why of ['no default', 'name (integer)', 'company (json)', 'column version'])
      expect(advice).toContain(why);
  });

  it('that belongs to somebody else, or hides its rows from its owner', async () => {
    const role = 'adoption_guest';
    await db.sql(
      `do $$ begin create role ${role}; exception when duplicate_object or unique_violation then null; end $$`,
    );
    const other = await refusal(
      {},
      `create table people (${ID}, name text); grant usage on schema t to ${role}; set role ${role}`,
    ).finally(() => db.sql('reset role'));
    expect(other).toContain('belongs to another user');
    const hidden = await refusal(
      {},
      `create table people (${ID}, name text); alter table people enable row level security, force row level security;
       alter table people owner to ${role}; grant all on schema t to ${role}; set role ${role}`,
    ).finally(() => db.sql('reset role'));
    expect(hidden).toContain('FORCE ROW LEVEL SECURITY');
    await db.sql(`drop owned by ${role}; drop role ${role}`);
  });

  it('that is not to be adopted, and says how it could be', async () => {
    await expect(db.install(DEFAULT_MAPPING)).rejects.toMatchObject({
      code: 'SQL_TABLE_EXISTS',
      advice: expect.stringContaining('adopt it by a mapping'),
    });
  });
});

it('a note tells of columns that will refuse contacts of others, and of triggers that come too late', async () => {
  await db.sql('drop schema if exists t cascade; create schema t');
  await db.sql(`create table t.people (id serial primary key, name text, birthday date not null, kind text not null default 'x');
    create function t.late() returns trigger language plpgsql as $$ begin return new; end $$;
    create trigger zzz_late before insert on t.people for each row execute function t.late()`);
  const steps = await db.install({ ...MINE, table: 't.people' }, { dryRun: true });
  expect(steps.filter((step) => step.startsWith('note:'))).toEqual([
    'note: t.people refuses contacts of other systems for want of birthday, which is NOT NULL without a default',
    expect.stringContaining('zzz_late'),
    expect.stringContaining('deleted_at'),
  ]);
});
