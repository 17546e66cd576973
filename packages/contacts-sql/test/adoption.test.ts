import { randomUUID } from 'node:crypto';
import { contactId } from '@contact-sync/contact';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CATALOG, PEOPLE, PEOPLE_MAPPING } from './people.ts';
import { delivery, type Rig, rig, T0 } from './rig.ts';

const OWN = 'id, full_name, email, phone, tags, notes, company, created_at, tenant';
let db: Rig;
let before: readonly Record<string, unknown>[];
const people = (where = 'true') => db.sql(`select ${OWN} from crm.people where ${where} order by full_name`);
const idOf = async (name: string): Promise<string> => {
  const [row] = await db.sql<{ id: string }>('select id from crm.people where full_name = $1', [name]);
  if (!row) throw new Error(`nobody is called ${name}`);
  return row.id;
};

beforeAll(async () => {
  db = await rig(PEOPLE);
  before = await people();
});
afterAll(() => db.close());

describe('adopting a table', () => {
  it('says beforehand what it will do, and does nothing', async () => {
    const catalog = await db.sql(CATALOG);
    const steps = await db.install(PEOPLE_MAPPING, { dryRun: true });
    expect(steps).toEqual([
      'add the columns llm_context, contact_id, version, last_updated, last_updated_by, deleted_at to crm.people',
      'create the schema contact_sync with outbox, tombstones and schema_version',
      'create the triggers that count versions and fill the outbox',
      'create the functions public.contact_sync_apply, _changes, _ack, _fetch, _scan, _digests, _scan_buckets and _schema',
      'write into its columns full_name, email, phone, company',
      'announce the 3 rows that are there already',
      'note: a contact that is deleted in another system stays in crm.people with deleted_at set: let programs leave those out',
    ]);
    expect(await db.sql(CATALOG)).toEqual(catalog);
    expect(await db.install(PEOPLE_MAPPING, { dryRun: true })).toEqual(steps);
  });

  it('does what it said, rewrites nothing, and has nothing to do the second time', async () => {
    const physical = `select relfilenode, relacl, relrowsecurity from pg_class where oid = 'crm.people'::regclass`;
    const was = await db.sql(physical);
    const planned = await db.install(PEOPLE_MAPPING, { dryRun: true });
    expect(await db.install(PEOPLE_MAPPING)).toEqual(planned);
    expect(await db.sql(physical)).toEqual(was);
    const catalog = await db.sql(CATALOG);
    expect(await db.install(PEOPLE_MAPPING)).toEqual([]);
    expect(await db.sql(CATALOG)).toEqual(catalog);
  });

  it("leaves the table's own columns, types, policies and triggers as they were", async () => {
    expect(await people()).toEqual(before);
    expect(await db.sql(`select polname from pg_policy where polrelid = 'crm.people'::regclass`)).toEqual([
      { polname: 'own_tenant' },
    ]);
    expect(
      await db.sql(`select column_name, data_type, is_nullable, column_default from information_schema.columns
        where table_schema = 'crm' and table_name = 'people' and ordinal_position <= 9 order by ordinal_position`),
    ).toMatchObject([
      { column_name: 'id', data_type: 'uuid', column_default: 'gen_random_uuid()' },
      { column_name: 'full_name', is_nullable: 'NO' },
      { column_name: 'email', is_nullable: 'YES' },
      { column_name: 'phone', data_type: 'character varying', column_default: "''::character varying" },
      { column_name: 'tags', data_type: 'ARRAY' },
      { column_name: 'notes' },
      { column_name: 'company' },
      { column_name: 'created_at' },
      { column_name: 'tenant', column_default: '1' },
    ]);
  });

  it('announces the rows that were there, each as a contact that is new', async () => {
    const told = await db.drain();
    expect(
      told
        .map(({ record }) => record)
        .sort((a, b) => String(a.fields.canonical_name).localeCompare(String(b.fields.canonical_name))),
    ).toMatchObject([
      {
        record_id: await idOf('Ada Lovelace'),
        contact_id: null,
        version: 1,
        last_updated_by: 'unknown',
        deleted: false,
        fields: {
          canonical_name: 'Ada Lovelace',
          emails: 'ada@example.org',
          phones: '+441',
          organization: 'Analytical',
        },
      },
      { fields: { canonical_name: 'Grace Hopper', emails: null, phones: null, organization: null, llm_context: null } },
      { fields: { canonical_name: 'Mary Somerville', organization: null } },
    ]);
    for (const { record } of told) expect(Object.keys(record.fields)).not.toContain('tags');
  });
});

describe('an adopted table', () => {
  const ada = {
    canonical_name: 'Ada Lovelace',
    emails: ['ada@example.org'],
    phones: ['+441'],
    organization: 'Analytical',
  };

  it('names its rows, and is not told of that', async () => {
    const record_id = await idOf('Ada Lovelace');
    const [row] = await db.fetch(record_id);
    const last_updated = row?.last_updated ?? T0;
    expect(await db.apply(delivery('5', { record_id, content: ada, last_updated }))).toEqual([
      { contact_id: contactId('5'), outcome: 'unchanged', record_id },
    ]);
    expect(await db.fetch(record_id)).toMatchObject([{ contact_id: '5', version: 1 }]);
    expect(await db.changes()).toEqual([]);
  });

  it('tells the edits of its users, and only of what is mapped', async () => {
    await db.sql(`update crm.people set company = 'Babbage & Co' where full_name = 'Ada Lovelace'`);
    await db.sql(`update crm.people set tags = '{poet}', notes = 'x' where full_name = 'Ada Lovelace'`);
    expect((await db.drain()).map(({ record }) => [record.version, record.fields.organization])).toEqual([
      [2, 'Babbage & Co'],
    ]);
    await db.sql(`update crm.people set tags = '{math}', notes = 'met in 1833' where full_name = 'Ada Lovelace'`);
  });

  it("takes what the hub writes, and keeps its own columns; its users' triggers fire", async () => {
    await db.sql('truncate public.audit');
    const content = { ...ada, emails: ['countess@example.org', 'ada@example.org'], phones: [], llm_context: { a: 1 } };
    expect(await db.outcomes(delivery('5', { version: 3, content }))).toEqual({ '5': 'applied' });
    expect(await db.outcomes(delivery('5', { version: 3, content }))).toEqual({ '5': 'unchanged' });
    expect(await people(`contact_id = '5'`)).toMatchObject([
      { ...before[0], email: 'countess@example.org', phone: '', company: 'Analytical' },
    ]);
    expect(await db.sql('select what from audit')).toEqual([{ what: 'UPDATE' }]);
    const [record] = await db.fetch(await idOf('Ada Lovelace'));
    expect(record?.fields).toMatchObject({ emails: 'countess@example.org', phones: null, llm_context: { a: 1 } });
    expect(await db.changes()).toEqual([]);
  });

  it('gets new rows under ids of its own making, with its own defaults', async () => {
    const [outcome] = await db.apply(delivery('6', { content: { canonical_name: 'Mary Anning' } }));
    if (outcome?.outcome !== 'applied') throw new Error('not applied');
    expect(outcome.record_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await people(`full_name = 'Mary Anning'`)).toMatchObject([
      { id: outcome.record_id, tenant: 1, tags: [], phone: '', email: null },
    ]);
  });

  it('keeps a deleted contact as a row, and takes it back', async () => {
    expect(await db.outcomes(delivery('6', { version: 2, content: null }))).toEqual({ '6': 'applied' });
    expect(await db.sql(`select deleted_at is not null as gone from crm.people where contact_id = '6'`)).toEqual([
      { gone: true },
    ]);
    expect(await db.outcomes(delivery('6', { version: 3, content: { canonical_name: 'Mary Anning' } }))).toEqual({
      '6': 'applied',
    });
    await db.sql(`update crm.people set deleted_at = now() where contact_id = '6'`);
    await db.sql(`update crm.people set deleted_at = null where contact_id = '6'`);
    expect((await db.drain()).map(({ record }) => [record.version, record.deleted])).toEqual([
      [4, true],
      [5, false],
    ]);
  });

  it('remembers a row that was removed, and a contact that comes back has its id again', async () => {
    const id = await idOf('Mary Anning');
    await db.sql('delete from crm.people where id = $1', [id]);
    expect((await db.drain()).map(({ record_id, record }) => [record_id, record.deleted])).toEqual([[id, true]]);
    expect(await db.outcomes(delivery('6', { version: 6 }))).toEqual({ '6': 'ahead' });
    expect(await db.apply(delivery('6', { version: 7, content: { canonical_name: 'Mary Anning' } }))).toMatchObject([
      { outcome: 'applied', record_id: id },
    ]);
  });

  it('takes a row that a user brings back under its old id for the same contact', async () => {
    const id = await idOf('Mary Anning');
    await db.sql('delete from crm.people where id = $1', [id]);
    await db.sql(`insert into crm.people (id, full_name) values ($1, 'Mary Anning II')`, [id]);
    expect((await db.drain()).map(({ record }) => [record.contact_id, record.version, record.deleted])).toEqual([
      ['6', 8, true],
      ['6', 9, false],
    ]);
    expect(await db.sql('select from contact_sync.tombstones')).toEqual([]);
  });

  it('leaves no row and fires no trigger for a tombstone of a contact that it never had', async () => {
    await db.sql('truncate public.audit');
    expect(await db.outcomes(delivery('77', { version: 4, content: null }))).toEqual({ '77': 'applied' });
    expect(await db.sql('select * from audit')).toEqual([]);
    expect(await db.outcomes(delivery('77', { version: 3 }))).toEqual({ '77': 'ahead' });
  });

  it('is not upset by record ids of another form', async () => {
    expect(await db.fetch('7', 'x', '', randomUUID(), await idOf('Grace Hopper'))).toHaveLength(1);
    expect(await db.outcomes(delivery('80', { record_id: '4711', content: { canonical_name: 'N' } }))).toEqual({
      '80': 'applied',
    });
  });

  it('is scanned to the end, page by page', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await db.scan(cursor, 2);
      seen.push(...page.records.map(({ record_id }) => record_id));
      cursor = page.cursor;
    } while (cursor !== null);
    const all = await db.sql<{ id: string }>(
      'select id::text from crm.people union select record_id::text from contact_sync.tombstones',
    );
    expect([...seen].sort()).toEqual(all.map(({ id }) => id).sort());
  });

  it('refuses alone the row that its own rules refuse', async () => {
    const content = (email: string) => ({ canonical_name: 'Twin', emails: [email] });
    const outcomes = await db.apply(
      delivery('90', { content: content('twin@example.org') }),
      delivery('91', { content: content('twin@example.org') }),
    );
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['applied', 'rejected']);
    await db.sql('alter table crm.people alter tenant drop default');
    const [refused] = await db.apply(delivery('92', { content: { canonical_name: 'Homeless' } }));
    expect(refused).toMatchObject({ outcome: 'rejected', error: { code: 'ROW_REFUSED', field: 'tenant' } });
    expect(await db.install(PEOPLE_MAPPING, { dryRun: true })).toEqual([]);
    await db.sql('alter table crm.people alter tenant set default 1');
  });

  it('leaves what is not mapped as it was, for all that happened', async () => {
    const now = await db.sql(
      'select full_name, tags, notes, created_at, tenant from crm.people where full_name = any ($1) order by 1',
      [before.map((row) => row.full_name)],
    );
    expect(now).toEqual(
      before.map(({ full_name, tags, notes, created_at, tenant }) => ({ full_name, tags, notes, created_at, tenant })),
    );
  });
});
