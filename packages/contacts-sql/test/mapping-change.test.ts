import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { contactsSql, DEFAULT_MAPPING, mappingHash, SCHEMA_VERSION, type TableMapping } from '../src/index.ts';
import { PEOPLE, PEOPLE_MAPPING } from './people.ts';
import { delivery, named, type Rig, rig, T0 } from './rig.ts';

let db: Rig;
afterEach(() => db.close());

const V1 = readFileSync(new URL('schema-v1.sql', import.meta.url), 'utf8');
const with_ = (columns: Partial<TableMapping['columns']>): TableMapping => ({
  ...PEOPLE_MAPPING,
  columns: { ...PEOPLE_MAPPING.columns, ...columns },
});
const NAMES_ONLY = with_({ emails: null, phones: null, organization: null, llm_context: null });
const schema = async () => (await db.sql('select public.contact_sync_schema() as schema'))[0]?.schema;

describe('a database of version 1', () => {
  const used = async () => {
    db = await rig(V1);
    await db.sql(`insert into contacts (canonical_name, emails) values ('Ada', '["a@x.org"]'), ('Eve', null)`);
    await db.sql(`update contacts set contact_id = '5' where canonical_name = 'Ada'`);
    await db.sql(`delete from contacts where canonical_name = 'Eve'`);
    await db.sql('create role v1_reader; grant select on contacts to v1_reader');
  };

  it('is brought up to date where it stands: rows, edits not yet read, tombstones and grants', async () => {
    await used();
    const rows = await db.sql('select * from contacts');
    const changes = await db.changes();
    expect(changes).toHaveLength(4);
    expect(await schema()).toBe(1);
    const [first, ...rest] = await db.install(DEFAULT_MAPPING);
    expect([first, rest]).toEqual(['bring the schema contact_sync from version 1 to 4, functions and triggers', []]);
    expect(await schema()).toMatchObject({ version: SCHEMA_VERSION, mapping_hash: mappingHash(DEFAULT_MAPPING) });
    expect(await db.sql('select * from contacts')).toEqual(rows);
    expect(await db.changes()).toEqual(changes);
    expect(await db.fetch('1', '2')).toMatchObject([{ contact_id: '5' }, { deleted: true, version: 2 }]);
    expect(await db.sql(`select has_table_privilege('v1_reader', 'contacts', 'select') as may`)).toEqual([
      { may: true },
    ]);
    expect(await db.install(DEFAULT_MAPPING)).toEqual([]);
    expect(await db.outcomes(delivery('5', { version: 9 }), delivery('6'))).toEqual({ '5': 'applied', '6': 'applied' });
    await db.sql('update contacts set emails = null');
    await db.sql('drop owned by v1_reader; drop role v1_reader');
  });

  it('is brought to the very catalog of a new one, also by the script alone', async () => {
    await used();
    await db.sql(contactsSql());
    await db.sql('drop owned by v1_reader; drop role v1_reader');
    const functions = `select p.oid::regprocedure::text as name, md5(prosrc) as source from pg_proc p
      where pronamespace = 'contact_sync'::regnamespace or proname like 'contact\\_sync\\_%' order by 1`;
    const upgraded = await db.sql(functions);
    const fresh = await rig();
    expect(upgraded).toEqual(await fresh.sql(functions));
    await fresh.close();
  });

  it('is not taken over by a mapping of another table', async () => {
    db = await rig(`${V1}; ${PEOPLE}`);
    await expect(db.install(PEOPLE_MAPPING)).rejects.toMatchObject({
      code: 'SQL_CANNOT_ADOPT',
      advice: expect.stringContaining('keeps its contacts in the table contacts'),
    });
  });
});

describe('a changed mapping', () => {
  it('is told apart before anything is misread', async () => {
    db = await rig(PEOPLE);
    await db.install(NAMES_ONLY);
    for (const call of [
      `contact_sync_apply('[]', $1)`,
      'contact_sync_changes(1, $1)',
      `contact_sync_fetch('["x"]', $1)`,
      'contact_sync_scan(null, 1, $1)',
      'contact_sync_digests($1)',
      `contact_sync_scan_buckets('[]', null, 1, $1)`,
    ]) {
      await db.sql(`select public.${call}`, [mappingHash(NAMES_ONLY)]);
      await expect(db.sql(`select public.${call}`, [mappingHash(PEOPLE_MAPPING)])).rejects.toMatchObject({
        code: 'CS003',
      });
    }
  });

  it('that holds less makes the functions anew, and no row is news', async () => {
    db = await rig(PEOPLE);
    await db.install(PEOPLE_MAPPING);
    await db.drain();
    await db.apply(delivery('5', { content: { canonical_name: 'New', organization: 'O' } }));
    expect(await db.install(NAMES_ONLY, { dryRun: true })).toEqual([
      'make the functions and triggers anew, for the mapping has changed',
    ]);
    await db.install(NAMES_ONLY);
    expect(await db.install(NAMES_ONLY)).toEqual([]);
    await db.sql(`update crm.people set company = 'P'`);
    expect(await db.changes()).toEqual([]);
    await db.apply(delivery('5', { version: 2, content: { canonical_name: 'Newer' } }));
    expect(await db.sql(`select full_name, company from crm.people where contact_id = '5'`)).toEqual([
      { full_name: 'Newer', company: 'P' },
    ]);
  });

  it('follows a column that its users have renamed or given another type', async () => {
    db = await rig(PEOPLE);
    await db.install(PEOPLE_MAPPING);
    await db.drain();
    await db.sql('alter table crm.people rename company to firm; alter table crm.people alter phone type text');
    const renamed = with_({ organization: { column: 'firm', holds: 'all' } });
    expect(await db.install(renamed)).toEqual(['make the functions and triggers anew, for the mapping has changed']);
    expect(await db.changes()).toEqual([]);
    await db.sql('alter table crm.people alter firm type varchar(80)');
    expect(await db.install(renamed)).toEqual([
      'make the functions and triggers anew, for columns of crm.people have other types now',
    ]);
    await db.sql(`update crm.people set firm = 'F'`);
    expect(await db.drain()).toHaveLength(3);
  });

  it('that holds more tells values as edits, and asks for those that are missing', async () => {
    db = await rig(PEOPLE);
    await db.install(NAMES_ONLY);
    const ids = new Map((await db.drain()).map(({ record }) => [record.fields.canonical_name, record]));
    const [ada, grace] = [ids.get('Ada Lovelace'), ids.get('Grace Hopper')];
    if (!ada || !grace) throw new Error('not announced');
    for (const [n, { record_id, last_updated, fields }] of [ada, grace].entries())
      await db.apply(delivery(String(n), { record_id, last_updated, content: named(String(fields.canonical_name)) }));

    const more = with_({ emails: null, phones: null });
    expect(await db.install(more)).toEqual([
      'add the columns llm_context to crm.people',
      'make the functions and triggers anew, for the mapping has changed',
      'compare what crm.people now holds too with the other systems: organization, llm_context',
    ]);
    const told = new Map((await db.drain()).map(({ record }) => [record.fields.canonical_name, record]));
    expect(told.get('Ada Lovelace')).toMatchObject({
      contact_id: '0',
      version: 2,
      fields: { organization: 'Analytical' },
    });
    expect(told.get('Mary Somerville')).toMatchObject({ contact_id: null, version: 1, incomplete: true });
    const { last_updated } = grace;
    expect(told.get('Grace Hopper')).toMatchObject({ contact_id: '1', version: 1, last_updated, incomplete: true });
    const whole = { ...named('Grace Hopper'), organization: 'Navy' };
    expect(await db.outcomes(delivery('1', { last_updated, content: whole }))).toEqual({
      '1': 'applied',
    });
    expect(await db.install(more)).toEqual([]);
  });

  it('cannot move what the sync keeps to other columns, nor to another table', async () => {
    db = await rig(PEOPLE);
    await db.install(PEOPLE_MAPPING);
    const sync = { ...PEOPLE_MAPPING.sync, version: 'rev' };
    await expect(db.install({ ...PEOPLE_MAPPING, sync })).rejects.toMatchObject({
      advice: expect.stringContaining('version is kept in the column version'),
    });
    await expect(db.install(DEFAULT_MAPPING)).rejects.toMatchObject({
      advice: expect.stringContaining('in the adopted table crm.people'),
    });
    await expect(db.sql(contactsSql())).rejects.toMatchObject({ code: 'CS001' });
  });
});

describe("a table of contact-sync's own", () => {
  it('may have another name and other columns, and gets those that a later mapping wants', async () => {
    db = await rig('select');
    const small: TableMapping = {
      ...DEFAULT_MAPPING,
      table: 'book.entries',
      columns: { ...NAMES_ONLY.columns, emails: { column: 'mail', holds: 'first' } },
    };
    expect((await db.install(small))[0]).toBe('create the table book.entries, with row level security');
    await db.sql(`insert into book.entries (full_name, mail) values ('Ada', 'a@x.org')`);
    expect((await db.drain())[0]?.record.fields).toMatchObject({ canonical_name: 'Ada', emails: 'a@x.org' });
    const larger = { ...small, columns: { ...small.columns, organization: { column: 'firm', holds: 'all' as const } } };
    expect(await db.install(larger)).toContain('add the columns firm to book.entries');
    expect(
      await db.outcomes(delivery('5', { content: { canonical_name: 'Eve', organization: 'O' }, last_updated: T0 })),
    ).toEqual({ '5': 'applied' });
    expect(await db.sql('select full_name, firm from book.entries order by id')).toEqual([
      { full_name: 'Ada', firm: null },
      { full_name: 'Eve', firm: 'O' },
    ]);
  });

  it('is recognised by install when the script was run by hand', async () => {
    db = await rig();
    expect(await db.install(DEFAULT_MAPPING)).toEqual([]);
  });
});

it('an existing deleted_at is used as it is, and rows that it hides are not announced', async () => {
  db = await rig(`${PEOPLE}; alter table crm.people add deleted_at timestamptz;
    update crm.people set deleted_at = '2020-01-01' where full_name = 'Grace Hopper'`);
  const steps = await db.install(PEOPLE_MAPPING);
  expect(steps).toContain(
    'add the columns llm_context, contact_id, version, last_updated, last_updated_by to crm.people',
  );
  expect(steps).toContain('announce the 2 rows that are there already');
  expect(await db.drain()).toHaveLength(2);
  await db.sql('update crm.people set deleted_at = null');
  expect((await db.drain()).map(({ record }) => [record.fields.canonical_name, record.version])).toEqual([
    ['Grace Hopper', 2],
  ]);
});
