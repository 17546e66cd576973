import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_MAPPING, type TableMapping } from '../src/index.ts';
import { PEOPLE_MAPPING } from './people.ts';
import { delivery, type Rig, rig } from './rig.ts';

let db: Rig;
afterEach(() => db.close());

const mapped = (columns: Partial<TableMapping['columns']>): TableMapping => ({
  ...PEOPLE_MAPPING,
  table: 'people',
  columns: { ...DEFAULT_MAPPING.columns, ...columns },
});
const content = {
  canonical_name: 'Ada',
  emails: ['a@x.org', 'B@x.org'],
  phones: ['+1'],
  organization: 'O',
  job_title: 'J',
  category_code: 'B' as const,
  llm_context: { z: 1.5, a: [1, { b: 'c' }] },
};

async function table(sql: string, mapping: TableMapping = mapped({})): Promise<void> {
  db = await rig(sql);
  await db.install(mapping);
}

describe('columns of many types', () => {
  it('hold a contact, and know it again', async () => {
    await table(`
      create extension if not exists citext;
      create domain web as text check (value ~ '^https');
      create type category as enum ('A', 'B', 'C');
      create table people (
        id text primary key default 'P' || substr(md5(random()::text), 1, 12), canonical_name citext, emails text[],
        phones json, organization varchar(5), job_title char(9), linkedin_url web, category_code category,
        llm_context json
      )`);
    const given = { ...content, linkedin_url: 'https://x.org' };
    const [outcome] = await db.apply(delivery('5', { content: given }));
    if (outcome?.outcome !== 'applied') throw new Error('not applied', { cause: outcome });
    expect(outcome.record_id).toMatch(/^P/);
    expect(await db.outcomes(delivery('5', { content: given }))).toEqual({ '5': 'unchanged' });
    expect((await db.fetch(outcome.record_id))[0]?.fields).toMatchObject(given);
    await db.sql(`update people set canonical_name = 'ADA'`);
    expect((await db.drain()).map(({ record }) => record.fields.canonical_name)).toEqual(['ADA']);
    const bad = { canonical_name: 'Eve' };
    expect(
      await db.outcomes(
        delivery('6', { content: { ...bad, category_code: 'X' } }),
        delivery('7', { content: { ...bad, organization: 'too long' } }),
        delivery('8', { content: { ...bad, linkedin_url: 'ftp://x.org' } }),
        delivery('9', { content: bad }),
        delivery('5', { version: 7, content: null }),
      ),
    ).toEqual({ '5': 'applied', '6': 'rejected', '7': 'rejected', '8': 'rejected', '9': 'applied' });
  });

  it('that are never null hold nothing in their own way', async () => {
    await table(`create table people (
      id int generated always as identity primary key, canonical_name text not null, emails text[] not null default '{}',
      phones jsonb not null default '[]', organization varchar not null default '', llm_context jsonb not null default '{}'
    )`);
    const given = { canonical_name: 'Ada' };
    expect(await db.outcomes(delivery('5', { content: given }))).toEqual({ '5': 'applied' });
    expect(await db.outcomes(delivery('5', { content: given }))).toEqual({ '5': 'unchanged' });
    expect(await db.sql('select emails, phones, organization, llm_context from people')).toEqual([
      { emails: [], phones: [], organization: '', llm_context: {} },
    ]);
    expect((await db.fetch('1'))[0]?.fields).toMatchObject({
      emails: null,
      phones: null,
      organization: null,
      llm_context: null,
    });
    expect(await db.outcomes(delivery('5', { version: 2, content }))).toEqual({ '5': 'applied' });
    expect((await db.fetch('1'))[0]?.fields).toMatchObject(content);
  });

  it('of the type json take what jsonb cannot hold, and are compared by value; text is, to the letter', async () => {
    await table(`
      create collation any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      create table people (id serial primary key, canonical_name text collate any_case, llm_context json)`);
    await db.sql(`insert into people (canonical_name, llm_context) values ('Ada', '{"a": "\\u0000"}')`);
    expect((await db.drain())[0]?.record.fields.llm_context).toBe('{"a": "\\u0000"}');
    await db.sql(`update people set canonical_name = 'ADA'`);
    await db.sql(`update people set llm_context = '{"b": 1, "a": 2}'`);
    await db.sql(`update people set llm_context = '{"a": 2.0,  "b": 1}'`);
    expect((await db.drain()).map(({ record }) => [record.fields.canonical_name, record.version])).toEqual([
      ['ADA', 2],
      ['ADA', 3],
    ]);
  });
});

describe('ids', () => {
  it('of text compare as their own collation says, from page to page', async () => {
    await table(
      `create table people (id text collate "und-x-icu" primary key default md5(random()::text), canonical_name text);
       insert into people (id, canonical_name) values ('b', '1'), ('A', '2'), ('a', '3'), ('B', '4'), ('ä', '5')`,
    );
    await db.sql(`delete from people where id in ('a', 'A', 'B')`);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await db.scan(cursor, 1);
      seen.push(...page.records.map(({ record_id }) => record_id));
      cursor = page.cursor;
    } while (cursor !== null);
    expect(seen).toEqual(['a', 'A', 'ä', 'b', 'B']);
    expect(await db.outcomes(delivery('5', { record_id: 'b', version: 2 }))).toEqual({ '5': 'applied' });
  });

  it('that are counted are never used again, though the sequence starts anew', async () => {
    await table(`create table people (id smallint generated by default as identity primary key, canonical_name text);
      insert into people (canonical_name) values ('1'), ('2')`);
    await db.sql('truncate people restart identity');
    await db.sql(`insert into people (canonical_name) values ('3')`);
    await db.sql(`insert into people (id, canonical_name) values (2, 'copied')`);
    expect((await db.sql<{ id: number }>('select id from people order by 1')).map(({ id }) => id)).toEqual([3, 4]);
    expect(await db.fetch('99999', '-40000', '1')).toMatchObject([{ deleted: true }]);
  });
});

it("row level security of the table's owner stays, and the functions see every row", async () => {
  db = await rig(`
    create role adoption_owner;
    create schema o authorization adoption_owner;
    do $$ begin execute format('grant create on database %I to adoption_owner', current_database()); end $$;
    grant create on schema public to adoption_owner;
    set role adoption_owner;
    create table o.people (id uuid primary key default gen_random_uuid(), canonical_name text);
    alter table o.people enable row level security;
    insert into o.people (canonical_name) values ('Ada')`);
  await db.install({ ...mapped({}), table: 'o.people' });
  expect(await db.drain()).toHaveLength(1);
  expect(await db.outcomes(delivery('5'))).toEqual({ '5': 'applied' });
  expect((await db.scan(null, 10)).records).toHaveLength(2);
  await db.sql('reset role; drop owned by adoption_owner cascade; drop role adoption_owner');
});
