import { parseContent } from '@contact-sync/contact';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { delivery, named, type Rig, rig, T0 } from './rig.ts';

const CANONICAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}000Z$/;

describe.each([false, true])('with recursive_triggers %s at the writer', (recursive) => {
  let db: Rig;
  beforeAll(async () => {
    db = await rig({ recursive });
  });
  afterAll(() => db.close());
  afterEach(() => {
    expect(db.sql('SELECT * FROM contact_sync_origin')).toEqual([]);
    db.clear();
  });

  const insert = (name: string): string => {
    db.sql('INSERT INTO contacts (canonical_name) VALUES (?)', name);
    return String(db.sql('SELECT CAST(max(id) AS TEXT) AS id FROM contacts')[0]?.id);
  };
  const row = (id?: string) =>
    db.sql(
      `SELECT CAST(id AS TEXT) AS id, contact_id, version, last_updated, last_updated_by, canonical_name AS name FROM contacts ${id ? 'WHERE id = CAST(? AS INTEGER)' : ''}`,
      ...(id ? [id] : []),
    )[0];
  const told = async () =>
    (await db.drain()).map(({ record_id, record }) => [
      record_id,
      record.contact_id,
      record.version,
      record.deleted ? 'gone' : record.fields.canonical_name,
    ]);

  describe('an insert', () => {
    it('has version 1 whatever the user supplied, the time, an editor, and one outbox entry', async () => {
      db.sql(`INSERT INTO contacts (canonical_name, version) VALUES ('Ada', 77)`);
      const stamped = row();
      expect(stamped).toMatchObject({ version: 1, contact_id: null, last_updated_by: 'local' });
      expect(stamped?.last_updated).toMatch(CANONICAL);
      const [change, ...others] = await db.drain();
      expect(others).toEqual([]);
      expect(change).toMatchObject({
        record_id: stamped?.id,
        record: {
          record_id: stamped?.id,
          contact_id: null,
          version: 1,
          last_updated: stamped?.last_updated,
          deleted: false,
          fields: { canonical_name: 'Ada', emails: null },
        },
      });
    });

    it('keeps the time and the author that an offline program supplied, in any form that SQLite reads', async () => {
      for (const [given, kept] of [
        [T0, T0],
        ['2024-05-01 14:00:00.1234567+02:00', T0],
        ['2024-05-01', '2024-05-01T00:00:00.000000Z'],
        ['2024-05-01T12:00Z', '2024-05-01T12:00:00.000000Z'],
        ['2024-12-31T23:59:59.999999Z', '2024-12-31T23:59:59.999999Z'],
      ] as const) {
        db.sql(`INSERT INTO contacts (last_updated, last_updated_by) VALUES (?, 'phone')`, given);
        expect((await db.drain())[0]?.record).toMatchObject({ last_updated: kept, last_updated_by: 'phone' });
      }
    });

    it('has the time of now where another is out of range or none', async () => {
      for (const odd of [
        '0000-05-01',
        '10000-01-01',
        '2024-99-01',
        'now',
        'x',
        '',
        2460000.5,
        1714564800,
        new Uint8Array(3),
      ]) {
        db.sql('INSERT INTO contacts (last_updated) VALUES (?)', odd);
        expect((await db.drain())[0]?.record.last_updated.slice(0, 2)).toBe('20');
        expect(db.sql('SELECT last_updated FROM contacts ORDER BY id DESC LIMIT 1')[0]?.last_updated).toMatch(
          CANONICAL,
        );
      }
    });

    it('is refused with a contact_id that is no INT64, and takes integers exactly', async () => {
      for (const bad of ['007', '-0', '9223372036854775808', '1.0', '', 'x', ' 5', '5\0x', 5.5, new Uint8Array([0x35])])
        expect(() => db.sql('INSERT INTO contacts (contact_id) VALUES (?)', bad)).toThrow('CHECK');
      for (const good of ['0', '-9223372036854775808', 9_223_372_036_854_775_807n, 9_007_199_254_740_993n])
        db.sql('INSERT INTO contacts (contact_id) VALUES (?)', good);
      expect((await db.drain()).map(({ record }) => record.contact_id)).toEqual([
        '0',
        '-9223372036854775808',
        '9223372036854775807',
        '9007199254740993',
      ]);
    });

    it('takes values that are no valid contact, for the hub to judge', async () => {
      db.sql(
        `INSERT INTO contacts (canonical_name, given_name, category_code, emails, phones, llm_context)
         VALUES ('Ada', X'FF00', 'Z', '{"a": 1e400}', '["cut', X'0102')`,
      );
      db.sql('INSERT INTO contacts (canonical_name, given_name) VALUES (?, ?)', 'a\0b', 9_007_199_254_740_993n);
      const [odd, nul] = await db.drain();
      expect(odd?.record.fields).toMatchObject({
        canonical_name: 'Ada',
        given_name: { blob: 'FF00' },
        category_code: 'Z',
        emails: { a: 'Infinity' },
        phones: '["cut',
        llm_context: '0102',
      });
      for (const field of ['given_name', 'phones', 'llm_context'])
        expect(parseContent({ canonical_name: 'Ada', [field]: odd?.record.fields[field] })).toMatchObject({
          ok: false,
        });
      expect(nul?.record.fields).toMatchObject({ canonical_name: 'a\0b', given_name: '9007199254740993' });
      expect(await db.hub.fetch([odd?.record_id ?? '', nul?.record_id ?? ''])).toEqual([odd?.record, nul?.record]);
    });

    it('holds every field and JSON as it was written', async () => {
      const emails = ['a@x.org', 'ü@x.org'];
      const llm_context = { z: 1.5, a: [1, { b: null }], n: 'quote " and \\ and \u{1f600}' };
      db.sql(
        `INSERT INTO contacts (canonical_name, emails, llm_context) VALUES ('Ada', ?, ?)`,
        JSON.stringify(emails),
        JSON.stringify(llm_context, null, 2),
      );
      expect((await db.drain())[0]?.record.fields).toMatchObject({ emails, llm_context });
    });
  });

  describe('an update', () => {
    it('raises the version by one over the row, whatever version the user supplied', async () => {
      const id = insert('Ada');
      db.sql(`UPDATE contacts SET canonical_name = 'Eve', version = 900`);
      expect(row(id)).toMatchObject({ version: 2 });
      expect(await told()).toEqual([
        [id, null, 1, 'Ada'],
        [id, null, 2, 'Eve'],
      ]);
    });

    it('sets the time unless the statement does, and never one that other systems cannot store', () => {
      const id = insert('Ada');
      db.sql(`UPDATE contacts SET last_updated = '${T0}', canonical_name = 'B'`);
      expect(row(id)).toMatchObject({ last_updated: T0 });
      db.sql(`UPDATE contacts SET canonical_name = 'C'`);
      const own = String(row(id)?.last_updated);
      expect(own > T0).toBe(true);
      for (const odd of ['infinity', '10000-01-01', '-0044-03-15']) {
        db.sql('UPDATE contacts SET canonical_name = ?1, last_updated = ?1', odd);
        expect(String(row(id)?.last_updated) >= own).toBe(true);
        expect(row(id)?.last_updated).toMatch(CANONICAL);
      }
    });

    it('that changes no content is no edit: same version, same time, nothing to tell', async () => {
      const id = insert('Ada');
      db.sql(`UPDATE contacts SET llm_context = '{"a": 1}'`);
      await db.drain();
      const before = row(id);
      db.sql(`UPDATE contacts SET canonical_name = 'Ada', version = 9, last_updated = '${T0}', last_updated_by = 'me'`);
      db.sql(`UPDATE contacts SET version = NULL, last_updated = NULL, last_updated_by = X'00'`);
      db.sql(`UPDATE contacts SET llm_context = '{"a":1}', contact_id = NULL`);
      expect(row(id)).toEqual(before);
      expect(await db.changes()).toEqual([]);
    });

    it('keeps a contact_id that was once set, and the record id for ever', async () => {
      await db.apply(delivery('5'));
      const id = String(row()?.id);
      db.sql(`UPDATE contacts SET contact_id = '6', id = 4711, canonical_name = 'Eve'`);
      expect(row()).toMatchObject({ contact_id: '5', id, version: 2 });
      db.sql('UPDATE contacts SET id = 4711');
      db.sql('UPDATE contacts SET contact_id = NULL');
      expect(row()).toMatchObject({ contact_id: '5', id, version: 2 });
      expect(await told()).toEqual([[id, '5', 2, 'Eve']]);
    });

    it('of many rows is one edit each', async () => {
      for (let n = 0; n < 30; n++) insert(`P${n}`);
      await db.drain();
      db.sql(`UPDATE contacts SET organization = 'O', id = id + 1000`);
      expect((await db.drain()).map(({ record }) => record.version)).toEqual(Array(30).fill(2));
    });

    it('keeps each of two edits of one transaction, and leaves nothing when it is rolled back', async () => {
      const id = insert('Ada');
      await db.drain();
      db.user.exec(`BEGIN; UPDATE contacts SET canonical_name = 'B'; UPDATE contacts SET canonical_name = 'C'; COMMIT`);
      expect(await told()).toEqual([
        [id, null, 2, 'B'],
        [id, null, 3, 'C'],
      ]);
      db.user.exec(`BEGIN; UPDATE contacts SET canonical_name = 'D'; ROLLBACK`);
      expect(await db.changes()).toEqual([]);
    });

    it("beside triggers of the user's, which touch the row again, is told as the row ends", async () => {
      db.user.exec(`
        ALTER TABLE contacts ADD COLUMN touched TEXT;
        CREATE TRIGGER my_touch AFTER UPDATE ON contacts WHEN NEW.touched IS NOT 'yes'
        BEGIN UPDATE contacts SET touched = 'yes' WHERE id = NEW.id; END;
        CREATE TRIGGER my_upper AFTER UPDATE ON contacts WHEN NEW.canonical_name <> upper(NEW.canonical_name)
        BEGIN UPDATE contacts SET canonical_name = upper(NEW.canonical_name) WHERE id = NEW.id; END`);
      const id = insert('Ada');
      db.sql(`UPDATE contacts SET canonical_name = 'eve' WHERE id = ${id}`);
      const [last] = (await told()).slice(-1);
      expect(last).toEqual([id, null, row(id)?.version, 'EVE']);
      expect(row(id)).toMatchObject({ name: 'EVE' });
      db.user.exec('DROP TRIGGER my_touch; DROP TRIGGER my_upper; ALTER TABLE contacts DROP COLUMN touched');
    });

    it("of columns that the user added is not the hub's business, and survives its writes", async () => {
      db.user.exec('ALTER TABLE contacts ADD COLUMN note TEXT');
      await db.apply(delivery('5'));
      db.sql(`UPDATE contacts SET note = 'mine'`);
      expect(await db.changes()).toEqual([]);
      await db.apply(delivery('5', { version: 2, content: named('Eve') }));
      expect(db.sql('SELECT note, canonical_name FROM contacts')).toEqual([{ note: 'mine', canonical_name: 'Eve' }]);
      db.user.exec('ALTER TABLE contacts DROP COLUMN note');
      db.sql(`UPDATE contacts SET canonical_name = 'Zoe'`);
      expect(await told()).toMatchObject([[expect.anything(), '5', 3, 'Zoe']]);
    });

    it('that fails half-way, keeping what it did, lets no later edit pass unseen', async () => {
      const [one, two] = [insert('A'), insert('B')];
      db.user.exec(`CREATE TRIGGER mine AFTER UPDATE OF version ON contacts WHEN NEW.canonical_name = 'bad'
        BEGIN SELECT RAISE(FAIL, 'no'); END`);
      expect(() => db.user.exec(`UPDATE OR FAIL contacts SET canonical_name = 'bad' WHERE id = ${two}`)).toThrow('no');
      db.user.exec('DROP TRIGGER mine');
      await db.drain();
      db.sql('UPDATE contacts SET version = 900 WHERE id = CAST(? AS INTEGER)', one);
      expect(row(one)).toMatchObject({ version: 1 });
      db.sql(`UPDATE contacts SET canonical_name = 'C'`);
      expect((await told()).map(([id, , , name]) => [id, name])).toEqual([
        [one, 'C'],
        [two, 'C'],
      ]);
    });
  });

  describe('a delete', () => {
    it('leaves an entry one version above, and a tombstone that is fetched as a deleted record', async () => {
      const id = insert('Ada');
      await db.drain();
      db.sql('DELETE FROM contacts WHERE id = ?', Number(id));
      const [change] = await db.drain();
      expect(change?.record).toMatchObject({
        record_id: id,
        version: 2,
        deleted: true,
        fields: { canonical_name: 'Ada' },
      });
      expect(await db.hub.fetch([id])).toMatchObject([{ record_id: id, version: 2, deleted: true }]);
    });

    it('by deleted_at is an edit, and so is taking it back', async () => {
      insert('Ada');
      db.sql(`UPDATE contacts SET deleted_at = 'now'`);
      db.sql(`UPDATE contacts SET deleted_at = 'later'`);
      db.sql('UPDATE contacts SET deleted_at = NULL');
      expect((await db.drain()).map(({ record }) => [record.version, record.deleted])).toEqual([
        [1, false],
        [2, true],
        [3, false],
      ]);
    });

    it('of a row that was deleted before is no news, and keeps its rank', async () => {
      await db.apply(delivery('5', { version: 4 }), delivery('6'));
      await db.apply(delivery('5', { version: 5, content: null }));
      db.sql(`DELETE FROM contacts WHERE contact_id = '5'`);
      expect(await db.changes()).toEqual([]);
      expect(db.sql('SELECT contact_id, version, last_updated FROM contact_sync_tombstones')).toEqual([
        { contact_id: '5', version: 5, last_updated: T0 },
      ]);
    });

    it('of everything tells of every contact, and no record id is handed out again', async () => {
      for (let n = 0; n < 50; n++) insert(`P${n}`);
      const before = new Set((await db.drain()).map(({ record_id }) => record_id));
      db.sql('DELETE FROM contacts');
      const changes = await db.drain();
      expect(new Set(changes.map(({ record_id }) => record_id))).toEqual(before);
      expect(changes.every(({ record }) => record.deleted && record.version === 2)).toBe(true);
      db.sql(`UPDATE sqlite_sequence SET seq = ? WHERE name = 'contacts'`, Math.min(...[...before].map(Number)) - 1);
      for (let n = 0; n < 60; n++) expect(before).not.toContain(insert('New'));
    });

    it('followed by an insert of the same contact goes on where it was, under the same record id', async () => {
      await db.apply(delivery('5', { version: 7 }));
      const id = String(row()?.id);
      db.sql('DELETE FROM contacts');
      insert('other');
      db.sql(`INSERT INTO contacts (contact_id, canonical_name) VALUES ('5', 'Ada again')`);
      expect(await told()).toEqual([
        [id, '5', 8, 'gone'],
        [expect.anything(), null, 1, 'other'],
        [id, '5', 9, 'Ada again'],
      ]);
      expect(db.sql('SELECT * FROM contact_sync_tombstones')).toEqual([]);
    });
  });

  describe('REPLACE', () => {
    it('of a row is one edit of the same record, which keeps its contact', async () => {
      await db.apply(delivery('5', { version: 7 }));
      const id = String(row()?.id);
      db.sql(`INSERT OR REPLACE INTO contacts (id, canonical_name) VALUES (${id}, 'Eve')`);
      db.sql(`REPLACE INTO contacts (contact_id, canonical_name) VALUES ('5', 'Zoe')`);
      expect(await told()).toEqual([
        [id, '5', 8, 'Eve'],
        [id, '5', 9, 'Zoe'],
      ]);
      expect(row()).toMatchObject({ id, contact_id: '5', version: 9 });
      expect(db.sql('SELECT * FROM contact_sync_tombstones')).toEqual([]);
    });

    it('by the same is no edit', async () => {
      await db.apply(delivery('5', { version: 7 }));
      const before = row();
      db.sql(`REPLACE INTO contacts SELECT * FROM contacts`);
      db.sql(`REPLACE INTO contacts (contact_id, canonical_name) VALUES ('5', 'Ada')`);
      expect(row()).toEqual(before);
      expect(await db.changes()).toEqual([]);
    });

    it('of two rows by one buries the one that is not meant', async () => {
      await db.apply(delivery('5', { version: 7 }), delivery('6', { version: 3 }));
      const id = (contact: string) => String(db.sql('SELECT id FROM contacts WHERE contact_id = ?', contact)[0]?.id);
      const [five, six] = [id('5'), id('6')];
      db.sql(`REPLACE INTO contacts (id, contact_id, canonical_name) VALUES (${five}, '6', 'Eve')`);
      expect(await told()).toEqual([
        [five, '5', 8, 'gone'],
        [six, '6', 4, 'Eve'],
      ]);
      expect(db.sql('SELECT contact_id FROM contact_sync_tombstones')).toEqual([{ contact_id: '5' }]);
      expect(await db.hub.fetch([five, six])).toMatchObject([{ contact_id: '6' }, { contact_id: '5', deleted: true }]);
    });

    it('of a contact by another under its id buries the one and gives the other an id of its own', async () => {
      await db.apply(delivery('5', { version: 7 }));
      const id = String(row()?.id);
      db.sql(`REPLACE INTO contacts (id, contact_id, canonical_name) VALUES (${id}, '8', 'Eve')`);
      const changes = await told();
      expect(changes).toEqual([
        [id, '5', 8, 'gone'],
        [expect.anything(), '8', 1, 'Eve'],
      ]);
      expect(changes[1]?.[0]).not.toBe(id);
    });

    it('by UPDATE buries what was in the way, and changes no identity', async () => {
      await db.apply(delivery('5', { version: 7 }), delivery('6', { version: 3 }));
      const id = String(db.sql(`SELECT id FROM contacts WHERE contact_id = '5'`)[0]?.id);
      const other = String(db.sql(`SELECT id FROM contacts WHERE contact_id = '6'`)[0]?.id);
      db.sql(`UPDATE OR REPLACE contacts SET contact_id = '6', canonical_name = 'Eve' WHERE contact_id = '5'`);
      expect((await told()).sort()).toEqual(
        [
          [id, '5', 8, 'Eve'],
          [other, '6', 4, 'gone'],
        ].sort(),
      );
      expect(db.sql('SELECT contact_id FROM contacts')).toEqual([{ contact_id: '5' }]);
    });

    it('that was only feared, of a row that then is deleted, does not stop the next edit', async () => {
      await db.apply(delivery('5', { version: 7 }), delivery('6'));
      db.sql(`INSERT OR IGNORE INTO contacts (contact_id, canonical_name) VALUES ('5', 'Eve')`);
      db.sql(`DELETE FROM contacts WHERE contact_id = '5'`);
      db.sql(`UPDATE contacts SET canonical_name = 'Zoe'`);
      expect((await told()).map(([, contact, version, name]) => [contact, version, name])).toEqual([
        ['5', 8, 'gone'],
        ['6', 2, 'Zoe'],
      ]);
    });

    it('that was only feared leaves nothing that a later delete or insert could stumble over', async () => {
      await db.apply(delivery('5', { version: 7 }));
      db.sql(`INSERT OR IGNORE INTO contacts (contact_id, canonical_name) VALUES ('5', 'Eve')`);
      expect(await db.changes()).toEqual([]);
      db.sql('DELETE FROM contacts');
      db.sql(`INSERT INTO contacts (canonical_name) VALUES ('Zoe')`);
      expect((await told()).map(([, contact, version, name]) => [contact, version, name])).toEqual([
        ['5', 8, 'gone'],
        [null, 1, 'Zoe'],
      ]);
    });
  });

  it('an upsert is one edit of what it changed', async () => {
    await db.apply(delivery('5'), delivery('6'));
    db.sql(`
      INSERT INTO contacts (contact_id, canonical_name) VALUES ('5', 'Ada'), ('6', 'Eve'), ('7', 'New')
      ON CONFLICT (contact_id) DO UPDATE SET canonical_name = excluded.canonical_name`);
    expect((await told()).map(([, contact, version]) => [contact, version])).toEqual([
      ['6', 2],
      ['7', 1],
    ]);
    expect(db.sql('SELECT * FROM contact_sync_tombstones')).toEqual([]);
  });

  it("the hub's own writes leave nothing to tell", async () => {
    await db.apply(delivery('5'));
    await db.apply(delivery('5', { version: 2, content: named('Bob') }));
    await db.apply(delivery('5', { version: 3, content: null }));
    expect(await db.changes()).toEqual([]);
  });

  it('a row that is given the contact_id of a deleted contact goes on above its tombstone', async () => {
    await db.apply(delivery('5', { version: 7 }));
    db.sql('DELETE FROM contacts');
    const id = insert('Ada');
    db.sql(`UPDATE contacts SET contact_id = '5'`);
    expect((await told()).slice(-1)).toEqual([[id, '5', 9, 'Ada']]);
    expect(db.sql('SELECT * FROM contact_sync_tombstones')).toEqual([]);
  });
});
