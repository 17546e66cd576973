import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { contactsSql, DEFAULT_MAPPING, mappingHash, SCHEMA_VERSION } from '../src/index.ts';
import { delivery, type Rig, rig } from './rig.ts';

let db: Rig;
beforeAll(async () => {
  db = await rig();
});
afterAll(() => db.close());
afterEach(async () => {
  await db.sql('truncate public.contacts');
  await db.sql('truncate contact_sync.tombstones, contact_sync.outbox');
});

describe('the outbox', () => {
  it('tells an edit that was committed after a later one was read and acknowledged', async () => {
    const slow = await db.another();
    await slow.query('begin');
    await slow.query(`insert into contacts (canonical_name) values ('A')`);
    await db.sql(`insert into contacts (canonical_name) values ('B')`);
    expect((await db.drain()).map(({ record }) => record.fields.canonical_name)).toEqual(['B']);
    await slow.query('commit');
    expect((await db.drain()).map(({ record }) => record.fields.canonical_name)).toEqual(['A']);
    expect(await db.changes()).toEqual([]);
  });

  it('tells the same again, oldest first, until it is acknowledged', async () => {
    await db.sql(`insert into contacts (canonical_name) select 'P' || n from generate_series(1, 5) n`);
    const first = await db.changes();
    expect(first.map(({ record }) => record.fields.canonical_name)).toEqual(['P1', 'P2', 'P3', 'P4', 'P5']);
    expect(await db.changes()).toEqual(first);
    await db.sql(`select contact_sync_ack($1)`, [JSON.stringify([first[1]?.key, 'nonsense', '999999', null])]);
    expect(await db.changes()).toEqual(first.filter((_, n) => n !== 1));
  });

  it('says whether there is more, and cuts a page of large records', async () => {
    const more = async (limit: number) => {
      const [row] = await db.sql<{ more: boolean; count: number }>(
        `select (answer -> 'more')::boolean as more, jsonb_array_length(answer -> 'changes') as count
         from contact_sync_changes($1) as answer`,
        [limit],
      );
      return row;
    };
    await db.sql(`insert into contacts (canonical_name) select 'P' || n from generate_series(1, 3) n`);
    expect(await more(2)).toEqual({ more: true, count: 2 });
    expect(await more(3)).toEqual({ more: false, count: 3 });
    // Not compressed, so that a small test has large records.
    await db.sql('alter table contacts alter llm_context set storage external');
    await db.sql('alter table contact_sync.outbox alter record set storage external');
    await db.sql(`update contacts set llm_context = jsonb_build_object('notes', repeat('x', 4800000))`);
    const page = await more(100);
    expect(page?.more).toBe(true);
    expect(page?.count).toBeGreaterThan(3);
    expect(page?.count).toBeLessThan(6);
  });
});

describe('fetch and scan', () => {
  it('fetch leaves out what never was, and is not upset by ids of other systems', async () => {
    await db.apply(delivery('5'));
    const [{ id } = { id: '' }] = await db.sql<{ id: string }>('select id::text from contacts');
    const odd = ['4711', 'x', '-1', '99999999999999999999', '', '6ba7b810-9dad-11d1-80b4-00c04fd430c8'];
    expect((await db.fetch(id, ...odd)).map(({ contact_id }) => contact_id)).toEqual(['5']);
    expect(await db.fetch()).toEqual([]);
  });

  it('scan pages through every record once, the deleted ones too', async () => {
    await db.sql(`insert into contacts (canonical_name) select 'P' || n from generate_series(1, 23) n`);
    await db.sql('delete from contacts where id % 3 = 0');
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await db.scan(cursor, 5);
      expect(page.records.length).toBeLessThanOrEqual(5);
      seen.push(...page.records.map(({ record_id, deleted }) => `${record_id} ${deleted}`));
      cursor = page.cursor;
    } while (cursor !== null);
    const all = await db.sql<{ id: string }>(`select id || ' false' as id from contacts
      union all select record_id || ' true' from contact_sync.tombstones`);
    expect(seen.length).toBe(23);
    expect(new Set(seen)).toEqual(new Set(all.map(({ id }) => id)));
  });

  it('scan of an empty table ends at once', async () => {
    expect(await db.scan(null, 10)).toEqual({ records: [], cursor: null });
  });
});

describe('installing', () => {
  it('again changes nothing, and keeps grants that were added by hand', async () => {
    await db.apply(delivery('5'));
    await db.sql('create role contacts_reader; grant select on contacts to contacts_reader');
    await db.sql(contactsSql());
    expect(await db.sql('select contact_sync_schema() as schema')).toEqual([
      { schema: { version: SCHEMA_VERSION, mapping_hash: mappingHash(DEFAULT_MAPPING), clock_ms: expect.any(Number) } },
    ]);
    expect(await db.sql(`select has_table_privilege('contacts_reader', 'contacts', 'select') as may`)).toEqual([
      { may: true },
    ]);
    expect(await db.sql('select contact_id from contacts')).toEqual([{ contact_id: '5' }]);
    await db.sql('revoke all on contacts from contacts_reader; drop role contacts_reader');
  });

  it('keeps away from a table of that name that is not its own', async () => {
    const other = await rig();
    await other.sql('drop schema contact_sync cascade');
    await expect(other.sql(contactsSql())).rejects.toMatchObject({ code: 'CS001' });
    expect(await other.sql(`select to_regnamespace('contact_sync') as schema`)).toEqual([{ schema: null }]);
    await other.close();
  });

  it('keeps away from the schema of a newer version', async () => {
    const other = await rig();
    await other.sql('insert into contact_sync.schema_version values (999)');
    await expect(other.sql(contactsSql())).rejects.toMatchObject({ code: 'CS002' });
    await other.close();
  });

  it('at the same time from two processes works', async () => {
    const other = await rig();
    await other.sql('drop schema contact_sync cascade');
    await other.sql('drop table public.contacts cascade');
    const [one, two] = [await other.another(), await other.another()];
    await Promise.all([one.query(contactsSql()), two.query(contactsSql())]);
    await other.close();
  });
});

it('the constraint, schema and version in the script are those that are exported', () => {
  expect(contactsSql()).toContain(`insert into contact_sync.schema_version (version) values (${SCHEMA_VERSION})`);
  expect(contactsSql()).toContain(`where version > ${SCHEMA_VERSION})`);
});
