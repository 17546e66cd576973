import { type Content, contactId, contentHash, parseContent, timestamp } from '@contact-sync/contact';
import { DEFAULT_MAPPING, type TableMapping } from '@contact-sync/contacts-sql';
import { type Delivery, OutageError, type TargetAdapter } from '@contact-sync/sync';
import { type TestDatabase, testDatabase } from '@contact-sync/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgres } from '../src/index.ts';

const MAPPING: TableMapping = {
  ...DEFAULT_MAPPING,
  adopt: true,
  table: 'address_book',
  id: 'nr',
  columns: {
    ...DEFAULT_MAPPING.columns,
    canonical_name: { column: 'name', holds: 'all' },
    emails: { column: 'mails', holds: 'all' },
    phones: { column: 'phone', holds: 'first' },
    job_title: null,
    linkedin_url: null,
  },
};

let database: TestDatabase;
let local: TargetAdapter;
let user: pg.Client;

beforeAll(async () => {
  database = await testDatabase();
  local = createPostgres({ url: database.url, mapping: MAPPING });
  user = new pg.Client({ connectionString: database.url });
  await user.connect();
  await user.query(`
    create table address_book (
      nr serial primary key, name varchar(200) not null, mails text[], phone text, birthday date, met timestamptz default now()
    );
    insert into address_book (name, mails, birthday) values ('Ada', '{a@x.org,b@x.org}', '1815-12-10'), ('Eve', null, null)`);
});
afterAll(async () => {
  await user.end();
  await local.close();
  await database.close();
});

const content: Content = { canonical_name: 'Ada L', emails: ['a@x.org'], phones: ['+1', '+2'], organization: 'O' };
const delivery = (id: string, version: number, record_id: string | null, what: Content | null = content): Delivery => ({
  contact_id: contactId(id),
  version,
  last_updated: timestamp('2024-05-01T12:00:00.123456Z'),
  last_updated_by: 'hub',
  content: what,
  content_hash: contentHash(what),
  record_id,
  held: null,
});

describe('a table that was there before', () => {
  it('is adopted once, and its rows arrive as changes', async () => {
    expect(await local.health()).toMatchObject({ ok: false, detail: expect.stringContaining('run contact-sync init') });
    const planned = await local.install({ dry_run: true });
    expect(planned.map(({ what }) => what)).toContain('announce the 2 rows that are there already');
    expect(await local.install()).toEqual(planned);
    expect(await local.install()).toEqual([]);
    expect(await local.health()).toMatchObject({ ok: true });
    const { changes } = await local.changes(null, 10);
    expect(changes.map(({ record }) => parseContent(local.lens.fromRecord(record.fields, null)))).toEqual([
      { ok: true, content: { canonical_name: 'Ada', emails: ['a@x.org', 'b@x.org'] } },
      { ok: true, content: { canonical_name: 'Eve' } },
    ]);
    await local.ack(changes.map(({ key }) => key));
  });

  it('is written to, told of and read through its mapping', async () => {
    expect(await local.apply([delivery('5', 2, '1')])).toMatchObject([{ outcome: 'applied', record_id: '1' }]);
    const { rows } = await user.query(
      'select name, mails, phone, organization, birthday::text from address_book where nr = 1',
    );
    expect(rows).toEqual([
      { name: 'Ada L', mails: ['a@x.org'], phone: '+1', organization: 'O', birthday: '1815-12-10' },
    ]);
    await user.query(`update address_book set phone = '+3' where nr = 1`);
    const { changes } = await local.changes(null, 10);
    const fields = changes[0]?.record.fields ?? {};
    expect(parseContent(local.lens.fromRecord(fields, content))).toMatchObject({ content: { phones: ['+3', '+2'] } });
    expect(await local.apply([delivery('5', 4, '1', null)])).toMatchObject([{ outcome: 'applied' }]);
    expect(await local.fetch(['1', 'x'])).toMatchObject([{ contact_id: '5', deleted: true }]);
    expect((await local.scan(null, 10)).records).toHaveLength(2);
  });

  it('is refused to a hub with another mapping, until that is installed', async () => {
    const changed = { ...MAPPING, columns: { ...MAPPING.columns, organization: null } };
    const other = createPostgres({ url: database.url, mapping: changed });
    for (const call of [
      () => other.changes(null, 1),
      () => other.fetch(['1']),
      () => other.scan(null, 1),
      () => other.apply([delivery('5', 9, '1')]),
    ]) {
      const error: unknown = await call().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OutageError);
      expect(error).toMatchObject({ code: 'LOCAL_NOT_INSTALLED', advice: 'run contact-sync init' });
    }
    expect(await other.health()).toMatchObject({ ok: false, detail: expect.stringContaining('another mapping') });
    expect(await other.install()).toHaveLength(1);
    expect(await other.health()).toMatchObject({ ok: true });
    expect(await local.health()).toMatchObject({ ok: false });
    await local.ack((await other.changes(null, 10)).changes.map(({ key }) => key));
    await other.close();
    expect(await local.install()).not.toEqual([]);
  });

  it('that does not fit is refused with all that stands in the way', async () => {
    await user.query('create table odd (a int, b int, name int, version int, primary key (a, b))');
    const odd = createPostgres({ url: database.url, mapping: { ...MAPPING, table: 'odd' } });
    await user.query('alter schema contact_sync rename to away');
    await expect(odd.install()).rejects.toMatchObject({
      name: 'OutageError',
      code: 'LOCAL_CANNOT_ADOPT',
      advice: expect.stringMatching(/2 columns.*name \(integer\).*version/),
    });
    await user.query('alter schema away rename to contact_sync');
    await odd.close();
  });

  it('that a program holds locked is tried again later', async () => {
    const changed = { ...MAPPING, columns: { ...MAPPING.columns, organization: null } };
    const other = createPostgres({ url: `${database.url}?options=-c%20lock_timeout%3D1ms`, mapping: changed });
    await user.query('begin; select pg_advisory_xact_lock(hashtextextended($$contact_sync install$$, 0))');
    await expect(other.install()).rejects.toMatchObject({ name: 'TransientError', code: 'LOCAL_TRANSIENT' });
    await user.query('rollback');
    await other.close();
  });
});
