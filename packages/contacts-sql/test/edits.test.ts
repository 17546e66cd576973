import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { delivery, named, type Rig, rig, T0 } from './rig.ts';

let db: Rig;
beforeAll(async () => {
  db = await rig();
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.sql('truncate public.contacts, contact_sync.tombstones, contact_sync.outbox');
  await db.sql('truncate contact_sync.tombstones, contact_sync.outbox');
});

interface Row {
  id: string;
  contact_id: string | null;
  version: string;
  last_updated: string;
  last_updated_by: string;
}
const COLUMNS = 'id::text, contact_id, version::text, contact_sync.utc(last_updated) as last_updated, last_updated_by';

async function only<T>(rows: Promise<readonly T[]>): Promise<T> {
  const [row, ...rest] = await rows;
  if (row === undefined || rest.length > 0) throw new Error(`expected one row, got ${row ? rest.length + 1 : 0}`);
  return row;
}
const insert = (name: string) =>
  only(db.sql<Row>(`insert into contacts (canonical_name) values ($1) returning ${COLUMNS}`, [name]));

describe('an insert', () => {
  it('has version 1 whatever the user supplied, the time, the editor, and one outbox entry', async () => {
    const row = await only(
      db.sql<Row>(`insert into contacts (canonical_name, version) values ('Ada', 77) returning ${COLUMNS}`),
    );
    expect(row).toMatchObject({ version: '1', contact_id: null, last_updated_by: 'postgres' });
    const change = await only(db.drain());
    expect(change).toMatchObject({ record_id: row.id });
    expect(change.record).toMatchObject({
      record_id: row.id,
      contact_id: null,
      version: 1,
      last_updated: row.last_updated,
      deleted: false,
      fields: { canonical_name: 'Ada', emails: null },
    });
  });

  it('keeps the time and the author that an offline program supplied, to the microsecond', async () => {
    await db.sql(`insert into contacts (canonical_name, last_updated, last_updated_by) values ('Ada', $1, 'phone')`, [
      T0,
    ]);
    expect((await only(db.drain())).record).toMatchObject({ last_updated: T0, last_updated_by: 'phone' });
  });

  it('takes values that are no valid contact, for the hub to judge', async () => {
    await db.sql(`insert into contacts (category_code, emails, llm_context) values ('Z', '{"a": 1e400}', '[1.10]')`);
    const { fields } = (await only(db.drain())).record;
    expect(fields).toMatchObject({
      canonical_name: null,
      category_code: 'Z',
      emails: { a: 'Infinity' },
      llm_context: [1.1],
    });
  });

  it('is refused with a contact_id that is no INT64', async () => {
    for (const bad of ['007', '-0', '9223372036854775808', '1.0', '', 'x'])
      await expect(db.sql('insert into contacts (contact_id) values ($1)', [bad])).rejects.toMatchObject({
        code: '23514',
      });
    for (const good of ['0', '-9223372036854775808', '9223372036854775807'])
      await db.sql('insert into contacts (contact_id) values ($1)', [good]);
  });

  it('tells the user of the request behind PostgREST, and the role that was set', async () => {
    await db.sql(`select set_config('request.jwt.claims', '{"sub": "user-7"}', false)`);
    expect(await insert('Ada')).toMatchObject({ last_updated_by: 'user-7' });
    await db.sql(`select set_config('request.jwt.claims', '', false)`);
    expect(await insert('Bob')).toMatchObject({ last_updated_by: 'postgres' });
  });
});

describe('an update', () => {
  it('raises the version by one over the row, whatever version the user supplied', async () => {
    const { id } = await insert('Ada');
    const row = await only(
      db.sql<Row>(`update contacts set canonical_name = 'Eve', version = 900 where id = $1 returning ${COLUMNS}`, [id]),
    );
    expect(row.version).toBe('2');
    expect((await db.drain()).map(({ record }) => record.version)).toEqual([1, 2]);
  });

  it('sets the time unless the statement does, and never one that other systems cannot store', async () => {
    const { id, last_updated } = await insert('Ada');
    const set = async (assignments: string) =>
      only(db.sql<Row>(`update contacts set ${assignments} where id = $1 returning ${COLUMNS}`, [id]));
    const own = await set(`canonical_name = 'B'`);
    expect(own.last_updated > last_updated).toBe(true);
    expect(await set(`canonical_name = 'C', last_updated = '${T0}'`)).toMatchObject({ last_updated: T0 });
    for (const odd of ['infinity', '-infinity', '10000-01-01', '0044-03-15 BC']) {
      const stamped = await set(`canonical_name = '${odd}', last_updated = '${odd}'`);
      expect(stamped.last_updated > own.last_updated).toBe(true);
    }
  });

  it('that changes no content is no edit: same version, same time, nothing to tell', async () => {
    const { id, ...before } = await insert('Ada');
    await db.drain();
    const row = await only(
      db.sql<Row>(
        `update contacts set canonical_name = 'Ada', version = 9, last_updated = now(), last_updated_by = 'me'
         where id = $1 returning ${COLUMNS}`,
        [id],
      ),
    );
    expect(row).toEqual({ id, ...before });
    await db.sql(`update contacts set emails = '["a@x.org"]', llm_context = '{"a": 1, "b": 2}' where id = $1`, [id]);
    await db.drain();
    await db.sql(`update contacts set llm_context = '{"b": 2.0, "a": 1}' where id = $1`, [id]);
    expect(await db.changes()).toEqual([]);
  });

  it('keeps a contact_id that was once set, and the record id for ever', async () => {
    await db.apply(delivery('5'));
    const row = await only(
      db.sql<Row>(`update contacts set contact_id = '6', id = default, canonical_name = 'Eve' returning ${COLUMNS}`),
    );
    expect(row).toMatchObject({ contact_id: '5', version: '2' });
    expect((await only(db.drain())).record.record_id).toBe(row.id);
  });

  it('keeps each of two edits of one transaction as it left the contact', async () => {
    const { id } = await insert('Ada');
    await db.drain();
    await db.sql('begin');
    await db.sql(`update contacts set canonical_name = 'B' where id = $1`, [id]);
    await db.sql(`update contacts set canonical_name = 'C' where id = $1`, [id]);
    await db.sql('commit');
    expect((await db.drain()).map(({ record }) => [record.version, record.fields.canonical_name])).toEqual([
      [2, 'B'],
      [3, 'C'],
    ]);
  });

  it('that is rolled back leaves nothing', async () => {
    await db.sql('begin');
    await insert('Ada');
    await db.sql('rollback');
    expect(await db.changes()).toEqual([]);
  });

  it('is told with the content that a later trigger of the user gave it', async () => {
    await db.sql(`
      create function upper_name() returns trigger language plpgsql as
        $$ begin new.canonical_name := upper(new.canonical_name); return new; end $$;
      create trigger my_upper before insert or update on contacts for each row execute function upper_name()`);
    const { id } = await insert('Ada');
    await db.drain();
    await db.sql(`update contacts set canonical_name = 'ada' where id = $1`, [id]);
    expect(await db.changes()).toEqual([]);
    await db.sql('drop trigger my_upper on contacts; drop function upper_name()');
  });

  it("of columns that the user added is not the hub's business, and survives its writes", async () => {
    await db.sql('alter table contacts add column note text');
    await db.apply(delivery('5'));
    await db.sql(`update contacts set note = 'mine'`);
    expect(await db.changes()).toEqual([]);
    await db.apply(delivery('5', { version: 2, content: named('Eve') }));
    expect(await db.sql('select note, canonical_name from contacts')).toEqual([
      { note: 'mine', canonical_name: 'Eve' },
    ]);
    await db.sql(`update contacts set canonical_name = 'Bob'`);
    expect((await only(db.drain())).record.fields).not.toHaveProperty('note');
    await db.sql('alter table contacts drop column note');
    await db.sql(`update contacts set canonical_name = 'Zoe'`);
    expect((await only(db.drain())).record.fields).toMatchObject({ canonical_name: 'Zoe' });
  });
});

describe('a delete', () => {
  it('leaves an entry one version above, and a tombstone that is fetched as a deleted record', async () => {
    const { id } = await insert('Ada');
    await db.drain();
    await db.sql('delete from contacts where id = $1', [id]);
    const { record } = await only(db.drain());
    expect(record).toMatchObject({ record_id: id, version: 2, deleted: true, fields: { canonical_name: 'Ada' } });
    expect(await db.fetch(id)).toMatchObject([{ record_id: id, version: 2, deleted: true }]);
  });

  it('by deleted_at is an edit, and so is taking it back', async () => {
    const { id } = await insert('Ada');
    await db.sql('update contacts set deleted_at = now() where id = $1', [id]);
    await db.sql(`update contacts set deleted_at = now() + '1 second' where id = $1`, [id]);
    await db.sql('update contacts set deleted_at = null where id = $1', [id]);
    expect((await db.drain()).map(({ record }) => [record.version, record.deleted])).toEqual([
      [1, false],
      [2, true],
      [3, false],
    ]);
  });

  it('of a row that was deleted before is no news, and keeps its rank', async () => {
    await db.apply(delivery('5', { version: 4, content: named('Ada') }), delivery('6'));
    await db.apply(delivery('5', { version: 5, content: null }));
    await db.sql(`delete from contacts where contact_id = '5'`);
    expect(await db.changes()).toEqual([]);
    expect(await db.sql('select contact_id, version::text from contact_sync.tombstones')).toEqual([
      { contact_id: '5', version: '5' },
    ]);
  });

  it('by TRUNCATE tells of every contact, and does not hand their record ids out again', async () => {
    await db.sql(`insert into contacts (canonical_name) select 'P' || n from generate_series(1, 50) n`);
    const before = new Set((await db.drain()).map(({ record_id }) => record_id));
    await db.sql('truncate contacts restart identity');
    const told = await db.drain();
    expect(new Set(told.map(({ record_id }) => record_id))).toEqual(before);
    expect(told.every(({ record }) => record.deleted && record.version === 2)).toBe(true);
    expect(before).not.toContain((await insert('New')).id);
  });

  it('by TRUNCATE with restarted ids leaves room for contacts that come back', async () => {
    await db.sql('truncate contacts restart identity');
    await db.apply(delivery('5'), delivery('6'), delivery('7'));
    await db.sql('truncate contacts restart identity');
    await db.sql(`insert into contacts (contact_id) values ('7')`);
    for (let n = 0; n < 10; n++) await insert(`P${n}`);
    expect(await db.sql('select from contacts')).toHaveLength(11);
  });

  it('followed by an insert of the same contact goes on where it was, under the same record id', async () => {
    await db.apply(delivery('5', { version: 7 }));
    const [{ id } = { id: '' }] = await db.sql<Row>(`delete from contacts returning ${COLUMNS}`);
    await db.sql(`insert into contacts (contact_id, canonical_name) values ('5', 'Ada again')`);
    const told = await db.drain();
    expect(told.map(({ record_id, record }) => [record_id, record.version, record.deleted])).toEqual([
      [id, 8, true],
      [id, 9, false],
    ]);
    expect(await db.sql('select * from contact_sync.tombstones')).toEqual([]);
  });
});

it("the hub's own writes leave nothing to tell, also beside a user's in one transaction", async () => {
  await db.sql('begin');
  await db.apply(delivery('5'));
  await db.sql(`insert into contacts (canonical_name) values ('Eve')`);
  await db.sql('commit');
  await db.apply(delivery('5', { version: 2, content: named('Bob') }));
  await db.apply(delivery('5', { version: 3, content: null }));
  expect((await db.drain()).map(({ record }) => record.fields.canonical_name)).toEqual(['Eve']);
});

it('an upsert is one edit of what it changed', async () => {
  await db.apply(delivery('5'), delivery('6'));
  await db.sql(`
    insert into contacts (contact_id, canonical_name) values ('5', 'Ada'), ('6', 'Eve'), ('7', 'New')
    on conflict (contact_id) do update set canonical_name = excluded.canonical_name`);
  expect((await db.drain()).map(({ record }) => [record.contact_id, record.version])).toEqual(
    expect.arrayContaining([
      ['6', 2],
      ['7', 1],
    ]),
  );
  expect(await db.changes()).toEqual([]);
});
