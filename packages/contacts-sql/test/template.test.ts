import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_MAPPING } from '../src/index.ts';
import { identifier, literal, render } from '../src/template.ts';
import { PEOPLE_MAPPING } from './people.ts';
import { delivery, type Rig, rig } from './rig.ts';

describe('a template', () => {
  it('fills in words and lists, each item on a line of its own', () => {
    const items = [
      { column: '"a"', type: 'text' },
      { column: '"b"', type: 'jsonb' },
    ];
    expect(
      render('create table {{table}} (\n  {{each list: <column> <type>}}\n)', { table: '"t"' }, { list: items }),
    ).toBe('create table "t" (\n  "a" text,\n  "b" jsonb\n)');
  });

  it('does not read again what it filled in', () => {
    const odd = identifier('{{id}} $& <field> $1 {{each list: x}}');
    expect(render('{{id}}, {{each list: <column>}}', { id: odd }, { list: [{ column: odd }] })).toBe(`${odd}, ${odd}`);
  });

  it("ends no function's body early", () => {
    expect(render('$$ {{id}} $$', { id: '"a$$b"' }, {})).toBe('$body1$ "a$$b" $body1$');
    expect(render('$$ {{id}} $$', { id: '"$$$body1$"' }, {})).toBe('$body2$ "$$$body1$" $body2$');
  });

  it('names a word that it does not know', () => {
    expect(() => render('{{nonsense}}', {}, {})).toThrow(TypeError);
    expect(() => render('{{each nonsense: <a>}}', {}, {})).toThrow(TypeError);
    expect(() => render('{{toString}}', {}, {})).toThrow(TypeError);
  });

  it('has no word in a comment, which a line break in a name would end', () => {
    const folder = new URL('../sql/', import.meta.url);
    for (const file of readdirSync(folder))
      for (const line of readFileSync(new URL(file, folder), 'utf8').split('\n')) expect(line).not.toMatch(/--.*\{\{/);
  });
});

const NASTY = {
  schema: 'we"ird Schema',
  table: 'Pe.ople "x" $$ {{id}} \'; drop',
  id: 'select "ID"',
  name: 'full\n"name" $$ -- <field>',
  email: 'outcomes',
  company: "it's \\ 'c'",
  contact_id: 'batch i',
};

describe('names that have to be quoted', () => {
  let db: Rig;
  const table = `${identifier(NASTY.schema)}.${identifier(NASTY.table)}`;
  beforeAll(async () => {
    db = await rig(`
      create schema ${identifier(NASTY.schema)};
      create table ${table} (
        ${identifier(NASTY.id)} serial primary key, ${identifier(NASTY.name)} text, ${identifier(NASTY.email)} text[],
        ${identifier(NASTY.company)} text, c text, i text, batch int, fresh int, o int, t int, after text, max int, mapping text
      );
      insert into ${table} (${identifier(NASTY.name)}, c) values ('Ada', 'kept')`);
    await db.install({
      ...PEOPLE_MAPPING,
      table: `${NASTY.schema}.${NASTY.table}`,
      id: NASTY.id,
      columns: {
        ...PEOPLE_MAPPING.columns,
        canonical_name: { column: NASTY.name, holds: 'all' },
        emails: { column: NASTY.email, holds: 'all' },
        phones: null,
        organization: { column: NASTY.company, holds: 'all' },
      },
      sync: { ...DEFAULT_MAPPING.sync, contact_id: NASTY.contact_id, version: 'round', deleted_at: 'Del"eted' },
    });
  });
  afterAll(() => db.close());

  it('are, everywhere', async () => {
    expect((await db.drain()).map(({ record }) => [record.record_id, record.fields.canonical_name])).toEqual([
      ['1', 'Ada'],
    ]);
    const content = { canonical_name: 'Ada L', emails: ['a@x.org'], organization: 'O' };
    expect(await db.outcomes(delivery('5', { record_id: '1', version: 2, content }))).toEqual({ '5': 'applied' });
    expect(await db.outcomes(delivery('6', { version: 2, content }))).toEqual({ '6': 'applied' });
    expect(await db.outcomes(delivery('6', { version: 3, content: null }))).toEqual({ '6': 'applied' });
    expect(await db.outcomes(delivery('7', { version: 3, content: null }))).toEqual({ '7': 'applied' });
    await db.sql(`update ${table} set ${identifier(NASTY.company)} = 'P' where c = 'kept'`);
    await db.sql(`delete from ${table} where c = 'kept'`);
    expect((await db.drain()).map(({ record }) => [record.contact_id, record.version, record.deleted])).toEqual([
      ['5', 3, false],
      ['5', 4, true],
    ]);
    await db.sql(`truncate ${table} restart identity`);
    await db.sql(`insert into ${table} (${identifier(NASTY.name)}) values ('New')`);
    const page = await db.scan(null, 10);
    expect(page.records.map(({ record_id }) => Number(record_id)).sort()).toEqual([1, 2, 3, 4]);
    expect(await db.fetch('1', '2', '3', '4')).toHaveLength(4);
  });

  it('survive Postgres whatever they are made of', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 15 }), async (name) => {
        fc.pre(!name.includes('\0') && name.isWellFormed());
        const rows = await db.sql(`select 1 as ${identifier(name)}, ${literal(name)} as text`);
        expect(rows).toEqual([{ [name]: 1, text: name }]);
      }),
      { numRuns: 60 },
    );
  });
});
