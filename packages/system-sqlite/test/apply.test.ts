import type { Timestamp } from '@contact-sync/contact';
import { PermanentError } from '@contact-sync/sync';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { delivery, named, otherProcess, type Rig, rig, T0, T1 } from './rig.ts';

let db: Rig;
beforeAll(async () => {
  db = await rig();
});
afterAll(() => db.close());
afterEach(() => {
  expect(db.sql('SELECT * FROM contact_sync_origin')).toEqual([]);
  db.clear();
});

const rows = () =>
  db.sql(
    'SELECT contact_id, version, canonical_name AS name, deleted_at IS NOT NULL AS gone FROM contacts ORDER BY contact_id',
  );
const later = (time: Timestamp) => ({ last_updated: time });

describe('a delivery', () => {
  it('inserts, once, and tells nobody', async () => {
    expect(await db.outcomes(delivery('5'), delivery('-9223372036854775808'))).toEqual({
      '5': 'applied',
      '-9223372036854775808': 'applied',
    });
    expect(await db.outcomes(delivery('5'))).toEqual({ '5': 'unchanged' });
    expect(await db.changes()).toEqual([]);
  });

  it('holds every field, 64 bits of id and six digits of time exactly', async () => {
    const content = {
      canonical_name: 'Ada “Å” \\ "L" \u{1f600}',
      given_name: 'Ada',
      family_name: 'L',
      emails: ['a@x.org', 'b@x.org'],
      phones: ['+14155552671'],
      organization: '007',
      job_title: '1e3',
      linkedin_url: 'https://x.org',
      category_code: 'B' as const,
      subcategory_code: 'B2',
      llm_context: { z: 1.5, a: [1, { b: null }], key_interests: ['x'], emotional_depth: 3 },
    };
    const id = '9223372036854775807';
    const version = Number.MAX_SAFE_INTEGER;
    const [outcome] = await db.apply(delivery(id, { content, version }));
    if (outcome?.outcome !== 'applied') throw new Error('not applied');
    expect(await db.hub.fetch([outcome.record_id])).toEqual([
      {
        record_id: outcome.record_id,
        contact_id: id,
        version,
        last_updated: T0,
        last_updated_by: 'hub',
        deleted: false,
        fields: content,
      },
    ]);
    // The same value, with its keys in another order.
    const { z, ...rest } = content.llm_context;
    const same = { ...content, llm_context: { ...rest, z } };
    expect(await db.outcomes(delivery(id, { content: same, version }))).toEqual({ [id]: 'unchanged' });
  });

  it('overwrites a lower rank alone: an older version, or an earlier time by a microsecond', async () => {
    await db.apply(delivery('5', { version: 3 }));
    const bring = (version: number, name: string, time = T0) =>
      db.outcomes(delivery('5', { version, content: named(name), ...later(time) }));
    expect(await bring(2, 'old', T1)).toEqual({ '5': 'ahead' });
    expect(await bring(3, 'tie')).toEqual({ '5': 'ahead' });
    expect(await bring(3, 'later', T1)).toEqual({ '5': 'applied' });
    expect(await bring(4, 'higher')).toEqual({ '5': 'applied' });
    expect(rows()).toEqual([{ contact_id: '5', version: 4, name: 'higher', gone: 0 }]);
  });

  it('compares versions as numbers', async () => {
    await db.apply(delivery('5', { version: 9 }));
    expect(await db.outcomes(delivery('5', { version: 10, content: named('ten') }))).toEqual({ '5': 'applied' });
    expect(await db.outcomes(delivery('5', { version: 9, content: named('nine') }))).toEqual({ '5': 'ahead' });
  });

  it('does not overwrite an edit that the hub has not heard of', async () => {
    await db.apply(delivery('5', { version: 3 }));
    db.sql(`UPDATE contacts SET canonical_name = 'mine'`);
    expect(await db.outcomes(delivery('5', { version: 4, content: named('late') }))).toEqual({ '5': 'ahead' });
    expect(rows()).toMatchObject([{ version: 4, name: 'mine' }]);
  });

  it('empties the fields that its content does not have', async () => {
    await db.apply(delivery('5', { content: { canonical_name: 'Ada', emails: ['a@x.org'], organization: 'O' } }));
    await db.apply(delivery('5', { version: 2 }));
    expect(db.sql('SELECT emails, organization FROM contacts')).toEqual([{ emails: null, organization: null }]);
  });

  it('given twice in one call counts as the highest ranked', async () => {
    expect(
      await db.apply(delivery('5', { version: 2, content: named('high') }), delivery('5', { content: named('low') })),
    ).toMatchObject([{ contact_id: '5', outcome: 'applied' }]);
    expect(rows()).toMatchObject([{ version: 2, name: 'high' }]);
  });

  it('may come with a thousand others, one outcome each', async () => {
    const ids = Array.from({ length: 1_050 }, (_, n) => String(n));
    expect(await db.apply(...ids.map((id) => delivery(id)))).toHaveLength(ids.length);
    expect(db.sql('SELECT count(*) AS count FROM contacts')).toEqual([{ count: ids.length }]);
    expect(await db.apply()).toEqual([]);
  });
});

describe('a record that was born here', () => {
  const born = () => {
    db.sql(`INSERT INTO contacts (canonical_name) VALUES ('Ada')`);
    const [row] = db.sql('SELECT CAST(id AS TEXT) AS id, last_updated FROM contacts');
    return { id: String(row?.id), last_updated: row?.last_updated as Timestamp };
  };

  it('is given its contact_id, and is not told back', async () => {
    const { id, last_updated } = born();
    await db.drain();
    expect(await db.outcomes(delivery('5', { record_id: id, last_updated }))).toEqual({ '5': 'unchanged' });
    expect(rows()).toEqual([{ contact_id: '5', version: 1, name: 'Ada', gone: 0 }]);
    expect(await db.changes()).toEqual([]);
  });

  it('is given its contact_id even when it was edited again meanwhile', async () => {
    const { id, last_updated } = born();
    db.sql(`UPDATE contacts SET canonical_name = 'Eve'`);
    expect(await db.outcomes(delivery('5', { record_id: id, last_updated }))).toEqual({ '5': 'ahead' });
    expect(rows()).toEqual([{ contact_id: '5', version: 2, name: 'Eve', gone: 0 }]);
  });

  it('under a negative id, or the largest there is, too', async () => {
    const odd = await rig();
    for (const [id, contact] of [
      ['-5', '5'],
      ['9223372036854775807', '6'],
    ] as const) {
      odd.sql(`INSERT INTO contacts (id, canonical_name) VALUES (${id}, 'Ada')`);
      expect(await odd.apply(delivery(contact, { record_id: id, version: 2 }))).toEqual([
        { contact_id: contact, outcome: 'applied', record_id: id },
      ]);
    }
    expect(await odd.apply(delivery('7'))).toMatchObject([{ outcome: 'applied', record_id: '1' }]);
    expect((await odd.hub.scan(null, 10)).records.map(({ contact_id }) => contact_id)).toEqual(['5', '7', '6']);
    await odd.close();
  });

  it('and deleted before it got one is not revived by it', async () => {
    const { id, last_updated } = born();
    db.sql('DELETE FROM contacts');
    expect(await db.apply(delivery('5', { record_id: id, last_updated }))).toEqual([
      { contact_id: '5', outcome: 'ahead', record_id: id },
    ]);
    expect(await db.outcomes(delivery('5', { record_id: id, version: 2 }))).toEqual({ '5': 'ahead' });
    expect(rows()).toEqual([]);
  });

  it('keeps the contact it stands for when another one claims it', async () => {
    const { id } = born();
    await db.apply(delivery('5', { record_id: id, version: 2 }));
    await db.apply(delivery('6', { record_id: id, version: 9, content: named('Eve') }));
    expect(rows()).toMatchObject([
      { contact_id: '5', name: 'Ada' },
      { contact_id: '6', name: 'Eve' },
    ]);
  });

  it('is not given the contact_id of a row that is there', async () => {
    await db.apply(delivery('5'));
    db.sql(`INSERT INTO contacts (canonical_name) VALUES ('Eve')`);
    const [{ id } = { id: null }] = db.sql('SELECT CAST(max(id) AS TEXT) AS id FROM contacts');
    expect(await db.outcomes(delivery('5', { record_id: String(id), version: 2 }))).toEqual({ '5': 'applied' });
    expect(rows()).toMatchObject([
      { contact_id: null, name: 'Eve' },
      { contact_id: '5', version: 2 },
    ]);
  });

  it('is not taken by a record id of another form, however it begins', async () => {
    const { id } = born();
    for (const odd of [
      `${id}ba7b810-9dad-11d1-80b4-00c04fd430c8`,
      `0${id}`,
      ` ${id}`,
      `${id}.0`,
      '18446744073709551617',
    ])
      await db.apply(delivery('5', { record_id: odd }));
    expect(rows()).toMatchObject([{ contact_id: null }, { contact_id: '5' }]);
  });

  it('goes to one of two contacts that claim it in one call', async () => {
    const { id } = born();
    expect(
      await db.outcomes(delivery('6', { record_id: id, version: 2 }), delivery('7', { record_id: id, version: 2 })),
    ).toEqual({ '6': 'applied', '7': 'applied' });
    expect(rows()).toHaveLength(2);
  });
});

describe('a tombstone', () => {
  it('marks the row and keeps its content; a higher version brings it back', async () => {
    await db.apply(delivery('5', { version: 2 }));
    expect(await db.outcomes(delivery('5', { version: 3, content: null }))).toEqual({ '5': 'applied' });
    expect(await db.outcomes(delivery('5', { version: 3, content: null }))).toEqual({ '5': 'unchanged' });
    expect(await db.outcomes(delivery('5', { version: 3 }))).toEqual({ '5': 'ahead' });
    expect(rows()).toEqual([{ contact_id: '5', version: 3, name: 'Ada', gone: 1 }]);
    await db.apply(delivery('5', { version: 3, content: null, ...later(T1) }));
    expect(db.sql('SELECT deleted_at FROM contacts')).toEqual([{ deleted_at: T0 }]); // it was gone since then
    expect(await db.outcomes(delivery('5', { version: 2, ...later(T1) }))).toEqual({ '5': 'ahead' });
    expect(await db.outcomes(delivery('5', { version: 4, content: named('back') }))).toEqual({ '5': 'applied' });
    expect(rows()).toEqual([{ contact_id: '5', version: 4, name: 'back', gone: 0 }]);
  });

  it('for a contact that never was here leaves no row, and its rank', async () => {
    expect(await db.outcomes(delivery('5', { version: 3, content: null }))).toEqual({ '5': 'applied' });
    expect(rows()).toEqual([]);
    expect(await db.outcomes(delivery('5', { version: 3, content: null }))).toEqual({ '5': 'unchanged' });
    expect(await db.outcomes(delivery('5', { version: 2, ...later(T1) }))).toEqual({ '5': 'ahead' });
    expect(await db.outcomes(delivery('5', { version: 4 }))).toEqual({ '5': 'applied' });
    expect(rows()).toMatchObject([{ contact_id: '5', version: 4, gone: 0 }]);
    expect(await db.changes()).toEqual([]);
  });

  it('of a user who removed the row is a guard too, and a higher version comes back under the old record id', async () => {
    const [first] = await db.apply(delivery('5', { version: 3 }));
    db.sql('DELETE FROM contacts');
    expect(await db.outcomes(delivery('5', { version: 3, ...later(T1) }))).toEqual({ '5': 'ahead' });
    expect(await db.outcomes(delivery('5', { version: 5, content: null }))).toEqual({ '5': 'applied' });
    expect(await db.outcomes(delivery('5', { version: 5 }))).toEqual({ '5': 'ahead' });
    await db.apply(delivery('6'));
    expect(await db.apply(delivery('5', { version: 6 }))).toEqual([{ ...first, outcome: 'applied' }]);
    expect(db.sql('SELECT * FROM contact_sync_tombstones')).toEqual([]);
  });
});

describe('one bad row', () => {
  const mixed = async () => {
    await db.apply(delivery('4'));
    const outcomes = await db.apply(
      delivery('3'),
      delivery('4', { version: 2, content: named('bad') }),
      delivery('5', { content: named('bad') }),
      delivery('6'),
    );
    expect(Object.fromEntries(outcomes.map((row) => [row.contact_id, row.outcome]))).toEqual({
      '3': 'applied',
      '4': 'rejected',
      '5': 'rejected',
      '6': 'applied',
    });
    const refused = outcomes.find((row) => row.contact_id === '5');
    if (refused?.outcome !== 'rejected') throw new Error('not rejected');
    expect(refused.error).toBeInstanceOf(PermanentError);
    expect(refused.error.code).toBe('ROW_REFUSED');
    expect(refused.error.message).not.toContain('bad');
    expect(await db.changes()).toEqual([]);
    return refused.error;
  };

  it('never fails the others: a unique index of the user', async () => {
    db.user.exec(`CREATE UNIQUE INDEX polite ON contacts (canonical_name) WHERE canonical_name = 'bad';
      INSERT INTO contacts (canonical_name) VALUES ('bad')`);
    await db.drain();
    expect((await mixed()).field).toBe('canonical_name');
    db.user.exec('DROP INDEX polite');
  });

  it('never fails the others: a trigger of the user, whose words are not repeated', async () => {
    db.user.exec(`
      CREATE TRIGGER polite BEFORE INSERT ON contacts WHEN NEW.canonical_name = 'bad'
      BEGIN SELECT RAISE(ABORT, 'bad name'); END;
      CREATE TRIGGER polite_too BEFORE UPDATE ON contacts WHEN NEW.canonical_name = 'bad'
      BEGIN SELECT RAISE(ROLLBACK, 'bad name'); END`);
    await mixed();
    db.user.exec('DROP TRIGGER polite; DROP TRIGGER polite_too');
  });

  it('never fails the others: a foreign key that is checked at the commit', async () => {
    db.user.exec(`PRAGMA foreign_keys = on; CREATE TABLE names (name TEXT PRIMARY KEY);
      INSERT INTO names VALUES ('Ada');
      ALTER TABLE contacts ADD COLUMN known TEXT REFERENCES names DEFERRABLE INITIALLY DEFERRED;
      CREATE TRIGGER known AFTER INSERT ON contacts BEGIN UPDATE contacts SET known = NEW.canonical_name WHERE id = NEW.id; END;
      CREATE TRIGGER known_too AFTER UPDATE OF canonical_name ON contacts
      BEGIN UPDATE contacts SET known = NEW.canonical_name WHERE id = NEW.id; END`);
    await mixed();
    db.user.exec(
      'DROP TRIGGER known; DROP TRIGGER known_too; ALTER TABLE contacts DROP COLUMN known; DROP TABLE names',
    );
  });
});

describe('at the same time', () => {
  it('eight hubs, a user and another process leave the highest rank of each, and lose no edit', async () => {
    const KEYS = 20;
    const hubs = Array.from({ length: 8 }, () => db.another());
    const other = await otherProcess(db.path);
    let state = 7;
    const random = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    const versions = Array.from({ length: 16 }, (_, n) => n + 1);
    const user = async () => {
      for (let n = 0; n < 30; n++) await other.run(`INSERT INTO contacts (canonical_name) VALUES ('from afar ${n}')`);
    };
    await Promise.all([
      user(),
      ...hubs.map(async (hub, h) => {
        for (const version of versions.filter((v) => v % 4 === h % 4).sort(() => random() - 0.5)) {
          const batch = Array.from({ length: KEYS }, (_, key) =>
            delivery(String(key), { version, content: version % 5 === 0 ? null : named(`v${version}`) }),
          ).sort(() => random() - 0.5);
          await hub.apply(batch);
        }
      }),
    ]);
    expect(db.sql(`SELECT count(*) AS count FROM contacts WHERE version = 16 AND canonical_name = 'v16'`)).toEqual([
      { count: KEYS },
    ]);
    expect(db.sql('SELECT * FROM contact_sync_tombstones')).toEqual([]);
    expect((await db.drain()).map(({ record }) => record.fields.canonical_name)).toEqual(
      Array.from({ length: 30 }, (_, n) => `from afar ${n}`),
    );
    await other.end();
    await Promise.all(hubs.map((hub) => hub.close()));
  });

  it('deletions of another process and late writes of the hub never bring a contact back', async () => {
    const KEYS = Array.from({ length: 10 }, (_, n) => String(n));
    const other = await otherProcess(db.path);
    const hub = db.another();
    for (let round = 0; round < 8; round++) {
      const at = (version: number) => KEYS.map((key) => delivery(key, { version: round * 10 + version }));
      await db.apply(...at(1));
      await Promise.all([other.run('DELETE FROM contacts'), hub.apply(at(1)), db.apply(...at(2))]);
      // Version 2 may have been written first, or be what the deletion ties with.
      expect(db.sql('SELECT * FROM contacts')).toEqual([]);
      expect(db.sql('SELECT count(*) AS count FROM contact_sync_tombstones')).toEqual([{ count: KEYS.length }]);
    }
    await other.end();
    await hub.close();
  });
});
