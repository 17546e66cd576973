import { parseContent } from '@contact-sync/contact';
import { DEFAULT_MAPPING, type TableMapping } from '@contact-sync/contacts-sql';
import { afterEach, describe, expect, it } from 'vitest';
import { delivery, named, type Rig, rig } from './rig.ts';

const thrownBy = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => null,
    (thrown: unknown) => thrown,
  );

/** A table as an address book may have it: one address, a name that must be there, and a column that is computed. */
const PEOPLE = `
  CREATE TABLE "People's" (
    "key" INTEGER PRIMARY KEY,
    "Full Name" TEXT NOT NULL COLLATE NOCASE,
    mail VARCHAR(80) UNIQUE,
    shout TEXT AS (upper("Full Name")),
    note TEXT
  );
  INSERT INTO "People's" VALUES (1, 'Ada', 'a@x.org', 'first'), (7, 'Eve', NULL, 'second')`;

const mapping: TableMapping = {
  ...DEFAULT_MAPPING,
  adopt: true,
  table: "People's",
  id: 'Key',
  columns: {
    ...DEFAULT_MAPPING.columns,
    canonical_name: { column: 'Full Name', holds: 'all' },
    emails: { column: 'mail', holds: 'first' },
    organization: null,
  },
  sync: { ...DEFAULT_MAPPING.sync, version: 'sync "version"' },
};
const adopted = (before = PEOPLE, other = mapping) => rig({ before, mapping: other, install: false }).then(kept);

const rigs: Rig[] = [];
function kept(made: Rig): Rig {
  rigs.push(made);
  return made;
}
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((one) => one.close()));
});

const columns = (db: Rig, table = "People's") =>
  db.sql('SELECT name, type FROM pragma_table_xinfo(?)', table).map(({ name, type }) => `${name} ${type}`);

describe('a table that was there before', () => {
  it('is given the columns that it lacks, after a dry run that says so, and none of its own is touched', async () => {
    const db = await adopted();
    const before = columns(db);
    const planned = await db.hub.install({ dry_run: true });
    expect(columns(db)).toEqual(before);
    expect(planned.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        "add the column phones to People's",
        'add the column sync "version" to People\'s',
        expect.stringContaining('tell of the rows'),
      ]),
    );
    expect(await db.hub.install()).toEqual(planned);
    expect(await db.hub.install()).toEqual([]);
    expect(columns(db).slice(0, before.length)).toEqual(before);
    expect(columns(db)).not.toContain('organization TEXT');
    expect(db.sql(`SELECT "key", "Full Name", mail, shout, note FROM "People's"`)).toEqual([
      { key: 1, 'Full Name': 'Ada', mail: 'a@x.org', shout: 'ADA', note: 'first' },
      { key: 7, 'Full Name': 'Eve', mail: null, shout: 'EVE', note: 'second' },
    ]);
    expect(await db.hub.health()).toMatchObject({ ok: true, detail: null });
  });

  it('has its rows told as new ones, which then are named', async () => {
    const db = await adopted();
    await db.hub.install();
    const changes = await db.drain();
    expect(changes.map(({ record }) => [record.record_id, record.contact_id, record.version])).toEqual([
      ['1', null, 1],
      ['7', null, 1],
    ]);
    const [ada] = changes;
    if (ada === undefined) throw new Error('nothing told');
    const read = parseContent(db.hub.lens.fromRecord(ada.record.fields, null));
    expect(read).toEqual({ ok: true, content: { canonical_name: 'Ada', emails: ['a@x.org'] } });
    const { last_updated } = ada.record;
    const content = { canonical_name: 'Ada', emails: ['a@x.org', 'b@x.org'], organization: 'not held' };
    expect(await db.apply(delivery('5', { record_id: '1', last_updated, content }))).toEqual([
      { contact_id: '5', outcome: 'unchanged', record_id: '1' },
    ]);
    expect(await db.outcomes(delivery('5', { version: 2, content: { ...content, emails: ['c@x.org'] } }))).toEqual({
      '5': 'applied',
    });
    expect(await db.outcomes(delivery('6', { content: named('Zoe') }))).toEqual({ '6': 'applied' });
    expect(db.sql(`SELECT "Full Name" AS name, mail, note, contact_id FROM "People's"`)).toEqual([
      { name: 'Ada', mail: 'c@x.org', note: 'first', contact_id: '5' },
      { name: 'Eve', mail: null, note: 'second', contact_id: null },
      { name: 'Zoe', mail: null, note: null, contact_id: '6' },
    ]);
    expect(await db.changes()).toEqual([]);
  });

  it('tells an edit of its own columns, byte by byte, and none of what is not mapped', async () => {
    const db = await adopted();
    await db.hub.install();
    await db.drain();
    db.sql(`UPDATE "People's" SET note = 'other'`);
    expect(await db.changes()).toEqual([]);
    db.sql(`UPDATE "People's" SET "Full Name" = 'ADA' WHERE "key" = 1`);
    expect((await db.drain()).map(({ record }) => [record.version, record.fields.canonical_name])).toEqual([
      [2, 'ADA'],
    ]);
    db.sql(`INSERT INTO "People's" ("key", "Full Name") VALUES (6, 'six')`);
    await db.drain();
    db.sql(`DELETE FROM "People's" WHERE "key" = 7`);
    // Without AUTOINCREMENT SQLite hands the highest id out again.
    db.sql(`INSERT INTO "People's" ("Full Name") VALUES ('New')`);
    expect((await db.drain()).map(({ record }) => [record.record_id, record.deleted])).toEqual([
      ['7', true],
      ['8', false],
    ]);
  });

  it('buries what a REPLACE removes through a unique index of the user', async () => {
    const db = await adopted();
    await db.hub.install();
    await db.drain();
    db.sql(`REPLACE INTO "People's" ("key", "Full Name", mail) VALUES (7, 'Eve', 'a@x.org')`);
    db.sql(`UPDATE OR REPLACE "People's" SET mail = 'z@x.org'`);
    expect((await db.drain()).map(({ record }) => [record.record_id, record.version, record.deleted])).toEqual([
      ['1', 2, true],
      ['7', 2, false],
      ['7', 3, false],
    ]);
    db.sql(`INSERT INTO "People's" ("key", "Full Name", mail) VALUES (9, 'Zoe', 'y@x.org')`);
    db.sql(`UPDATE OR REPLACE "People's" SET mail = 'z@x.org' WHERE "key" = 9`);
    expect((await db.drain()).map(({ record }) => [record.record_id, record.version, record.deleted])).toEqual([
      ['9', 1, false],
      ['7', 4, true],
      ['9', 2, false],
    ]);
  });

  it('notices a unique index that came later at the next installation', async () => {
    const db = await adopted();
    await db.hub.install();
    db.user.exec(`CREATE UNIQUE INDEX once ON "People's" (note COLLATE NOCASE)`);
    expect((await db.hub.install()).map(({ what }) => what)).toEqual([
      expect.stringContaining('contact_sync_before_insert'),
      expect.stringContaining('contact_sync_before_update'),
    ]);
    await db.drain();
    db.sql(`REPLACE INTO "People's" ("Full Name", note) VALUES ('Una', 'FIRST')`);
    expect((await db.drain()).map(({ record }) => [record.record_id, record.deleted])).toEqual([
      ['1', true],
      ['8', false],
    ]);
  });

  it('refuses, row by row, contacts that its own constraints do not let in', async () => {
    const db = await adopted(
      `CREATE TABLE people (id INTEGER PRIMARY KEY, canonical_name TEXT, city TEXT NOT NULL);
      INSERT INTO people VALUES (1, 'Ada', 'London')`,
      { ...DEFAULT_MAPPING, adopt: true, table: 'people' },
    );
    await db.hub.install();
    const outcomes = await db.apply(
      delivery('5', { record_id: '1', version: 2, content: named('Eve') }),
      delivery('6'),
    );
    expect(outcomes).toMatchObject([
      { contact_id: '5', outcome: 'applied', record_id: '1' },
      { contact_id: '6', outcome: 'rejected', error: { code: 'ROW_REFUSED', field: 'city' } },
    ]);
  });
});

describe('a mapping that changes', () => {
  it('is asked for before anything is read or written by it', async () => {
    const db = await adopted();
    await db.hub.install();
    const other = db.another({
      ...mapping,
      columns: { ...mapping.columns, job_title: { column: 'note', holds: 'all' } },
    });
    expect(await thrownBy(other.changes(null, 10))).toMatchObject({
      code: 'LOCAL_OTHER_MAPPING',
      advice: 'run contact-sync init',
    });
    expect(await other.health()).toMatchObject({ ok: false });
  });

  it('carries the versions over to columns of other names', async () => {
    const db = await adopted();
    await db.hub.install();
    await db.apply(delivery('5', { record_id: '1', version: 3 }));
    await db.drain();
    const other = db.another({
      ...mapping,
      sync: { ...mapping.sync, version: 'v', contact_id: 'cid' },
    });
    await other.install();
    expect(await other.install()).toEqual([]);
    expect((await other.changes(null, 10)).changes).toEqual([]);
    expect(await other.fetch(['1'])).toMatchObject([{ contact_id: '5', version: 3 }]);
    db.sql(`UPDATE "People's" SET "Full Name" = 'Eve' WHERE "key" = 1`);
    expect((await other.changes(null, 10)).changes).toMatchObject([{ record: { contact_id: '5', version: 4 } }]);
  });

  it('to another table is refused', async () => {
    const db = await adopted();
    await db.hub.install();
    db.user.exec('CREATE TABLE others (id INTEGER PRIMARY KEY, name TEXT)');
    const other = db.another({ ...mapping, table: 'others', id: 'id' });
    expect(await thrownBy(other.install())).toMatchObject({ code: 'LOCAL_OTHER_TABLE' });
  });
});

describe('a table is not adopted', () => {
  const people: TableMapping = { ...DEFAULT_MAPPING, adopt: true, table: 'people' };
  it.each([
    ['that is not there', 'CREATE TABLE other (a)', people, /no table people/],
    ['that is a view', 'CREATE VIEW people AS SELECT 1 AS id', people, /not an ordinary table/],
    ['whose key is text', 'CREATE TABLE people (id TEXT PRIMARY KEY)', people, /INTEGER PRIMARY KEY/],
    [
      'whose key is of two columns',
      'CREATE TABLE people (id INTEGER, b, PRIMARY KEY (id, b))',
      people,
      /INTEGER PRIMARY KEY/,
    ],
    ['whose key is not filled in', 'CREATE TABLE people (id INTEGER PRIMARY KEY DESC)', people, /INTEGER PRIMARY KEY/],
    ['without row ids', 'CREATE TABLE people (id INTEGER PRIMARY KEY) WITHOUT ROWID', people, /INTEGER PRIMARY KEY/],
    [
      'with a version of its own',
      'CREATE TABLE people (id INTEGER PRIMARY KEY, Version TEXT)',
      people,
      /version.*not contact-sync/,
    ],
    [
      'with numbers for texts',
      'CREATE TABLE people (id INTEGER PRIMARY KEY, job_title STRING)',
      people,
      /job_title.*STRING/,
    ],
    [
      'with a computed field',
      `CREATE TABLE people (id INTEGER PRIMARY KEY, canonical_name TEXT AS ('x'))`,
      people,
      /canonical_name is computed/,
    ],
    [
      'with one column for two fields',
      'CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)',
      {
        ...people,
        columns: {
          ...people.columns,
          given_name: { column: 'name', holds: 'all' },
          canonical_name: { column: 'NAME', holds: 'all' },
        },
      } satisfies TableMapping,
      /name is mapped twice/,
    ],
  ])('%s', async (_case, before, other, message) => {
    const db = await adopted(before, other);
    const schema = () => db.sql('SELECT sql FROM sqlite_schema');
    const was = schema();
    for (const dry_run of [true, false]) {
      const error = await thrownBy(db.hub.install({ dry_run }));
      expect(error).toMatchObject({ code: 'LOCAL_CANNOT_ADOPT', advice: expect.stringMatching(/.+/) });
      expect(error).toHaveProperty('message', expect.stringMatching(message));
    }
    expect(schema()).toEqual(was);
  });
});
