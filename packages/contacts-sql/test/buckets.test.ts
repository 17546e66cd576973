import { bucketOf } from '@contact-sync/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PEOPLE, PEOPLE_MAPPING } from './people.ts';
import { type Rig, rig } from './rig.ts';

let db: Rig;
let people: Rig;
beforeAll(async () => {
  [db, people] = await Promise.all([rig(), rig(`${PEOPLE}; alter table crm.people add column llm_context json`)]);
  await people.install(PEOPLE_MAPPING);
  await db.sql(`alter table contacts add column note text`);
  await db.sql(`insert into contacts (canonical_name) select 'P' || n from generate_series(1, 40) n`);
  await db.sql('delete from contacts where id > 30');
});
afterAll(() => Promise.all([db.close(), people.close()]));

/** The buckets that differ after this was done past the triggers. */
async function changedBy(rig: Rig, statement: string): Promise<readonly number[]> {
  const before = new Map((await rig.digests()).map((told) => [told.bucket, told]));
  await rig.sql('set session_replication_role = replica');
  await rig.sql(statement);
  await rig.sql('reset session_replication_role');
  const after = await rig.digests();
  expect(after.map(({ bucket }) => bucket)).toEqual([...before.keys()]);
  return after.filter((told) => told.digest !== before.get(told.bucket)?.digest).map(({ bucket }) => bucket);
}

describe('the digest of a bucket', () => {
  it.each([
    `canonical_name = 'Other'`,
    `given_name = ''`,
    `family_name = 'F'`,
    `emails = '[]'`,
    `emails = '["a@x.org"]'`,
    `phones = 'null'`,
    `organization = '(1,2)'`,
    `organization = '(1,",2")'`,
    `job_title = 'J'`,
    `linkedin_url = 'l'`,
    `category_code = 'A'`,
    `subcategory_code = 'A1'`,
    `llm_context = '{"emotional_depth": 3}'`,
    `llm_context = '{"emotional_depth": 4}'`,
    `contact_id = '7'`,
    `version = 8`,
    `last_updated = '2024-05-01T12:00:00.123456Z'`,
    `last_updated = '2024-05-01T12:00:00.123457Z'`,
    `last_updated_by = 'eve'`,
    'deleted_at = now()',
  ])('changes by: %s', async (change) => {
    expect(await changedBy(db, `update contacts set ${change} where id = 7`)).toEqual([bucketOf('7')]);
  });

  it.each([
    `update contacts set note = 'x'`,
    `update contacts set deleted_at = deleted_at + interval '1 day'`,
    'update contacts set job_title = job_title',
    `update contacts set llm_context = '{"emotional_depth":4}' where id = 7`,
    `insert into contact_sync.tombstones values (7, null, 1, now(), 'lives on')`,
    'vacuum full contacts',
  ])('stays by what the hub does not read: %s', async (statement) => {
    expect(await changedBy(db, statement)).toEqual([]);
  });

  it('does not depend on where its rows lie', async () => {
    const ids = Array.from({ length: 100_000 }, (_, n) => String(n + 1_000));
    const twin = ids.find((id) => bucketOf(id) === bucketOf('7'));
    await db.sql(`insert into contacts (id, canonical_name) overriding system value values (${twin}, 'Twin')`);
    expect(await changedBy(db, 'update contacts set job_title = job_title where id = 7')).toEqual([]);
    expect(await changedBy(db, `update contacts set job_title = job_title where id = ${twin}`)).toEqual([]);
    expect(await changedBy(db, 'update contacts set version = 9 where id = 7')).toEqual([bucketOf('7')]);
    expect(await changedBy(db, `update contacts set version = 9 where id = ${twin}`)).toEqual([bucketOf('7')]);
  });

  it('changes with what is left of a row that is gone', async () => {
    expect(await changedBy(db, 'update contact_sync.tombstones set version = 9 where record_id = 35')).toEqual([
      bucketOf('35'),
    ]);
  });

  it('changes while a row lacks what it should hold', async () => {
    const lacking = `insert into contact_sync.incomplete values (9, '{job_title}')`;
    expect(await changedBy(db, lacking)).toEqual([bucketOf('9')]);
  });

  it('is the same in every session, whatever it is set to', async () => {
    const digests = await db.digests();
    await db.sql(`
      set timezone = 'Asia/Tokyo'; set datestyle = 'German'; set intervalstyle = 'iso_8601'; set extra_float_digits = -15;
      set bytea_output = 'escape'; set standard_conforming_strings = off; set search_path = public`);
    expect(await db.digests()).toEqual(digests);
    await db.sql('discard all');
  });
});

describe('of a table that is adopted', () => {
  const ada = `(select id from crm.people where full_name = 'Ada Lovelace')`;

  it('the records are grouped by the ids that the table has', async () => {
    const ids = (await people.scan(null, 9)).records.map(({ record_id }) => record_id);
    expect((await people.digests()).map(({ bucket }) => bucket)).toEqual(
      ids.map(bucketOf).toSorted((one, other) => one - other),
    );
    for (const id of ids) {
      const { records } = await people.scanBuckets([bucketOf(id)], null, 9);
      expect(records.map(({ record_id }) => record_id)).toEqual([id]);
    }
  });

  it.each([`phone = '+443'`, `llm_context = '{"how_met": "1833"}'`, `llm_context = '{"how_met": "\\u0000"}'`])(
    'a digest changes by: %s',
    async (change) => {
      expect(await changedBy(people, `update crm.people set ${change} where id = ${ada}`)).toHaveLength(1);
    },
  );

  it('a digest stays when a column changes that is not mapped', async () => {
    expect(await changedBy(people, `update crm.people set notes = 'x', tags = '{y}', tenant = 1`)).toEqual([]);
  });
});

it('a page of large records is cut, and tells where to go on', async () => {
  // Not compressed, so that a small test has large records.
  await db.sql('alter table contacts alter llm_context set storage external; alter table contacts disable trigger all');
  const rows = await db.sql<{ id: string }>(`insert into contacts (canonical_name, llm_context)
    select 'P', jsonb_build_object('notes', repeat('x', 8400000)) from generate_series(1, 2) returning id::text`);
  const [first, second] = rows.map(({ id }) => id);
  const { records, cursor } = await db.scanBuckets(
    rows.map(({ id }) => bucketOf(id)),
    String(Number(first) - 1),
    10,
  );
  expect([records.map(({ record_id }) => record_id), cursor]).toEqual([[first], first]);
  expect(second).toBe(String(Number(first) + 1));
});

it('of an empty table there are no digests, and no records', async () => {
  await db.sql('truncate contacts; truncate contact_sync.tombstones');
  expect(await db.digests()).toEqual([]);
  expect(await db.scanBuckets([1, 2], null, 10)).toEqual({ records: [], cursor: null });
});
