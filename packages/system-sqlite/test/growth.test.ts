import { type Content, contactId, timestamp } from '@contact-sync/contact';
import { DEFAULT_MAPPING, type TableMapping } from '@contact-sync/contacts-sql';
import { type ContactState, type Decision, decide, type TargetAdapter, unknownContact } from '@contact-sync/sync';
import { afterEach, describe, expect, it } from 'vitest';
import { delivery, type Rig, type RigOptions, rig, T0, T1 } from './rig.ts';

const none = Object.fromEntries(Object.keys(DEFAULT_MAPPING.columns).map((field) => [field, null]));
const all = (column: string) => ({ column, holds: 'all' }) as const;

/** A table that holds of a contact what people had in it before. */
const poor: TableMapping = {
  ...DEFAULT_MAPPING,
  adopt: true,
  table: 'people',
  columns: {
    // Every field is among the keys of the default's.
    ...(none as TableMapping['columns']),
    canonical_name: all('name'),
    job_title: all('title'),
    emails: { column: 'mail', holds: 'first' },
  },
};
const holding = (columns: Partial<TableMapping['columns']>, mapping = poor): TableMapping => ({
  ...mapping,
  columns: { ...mapping.columns, ...columns },
});
const rich = holding({ organization: all('firm'), linkedin_url: all('linkedin') });

const ada: Content = {
  canonical_name: 'Ada',
  job_title: 'Analyst',
  organization: 'Engines',
  linkedin_url: 'https://linkedin.com/in/ada',
};
const ID = contactId('5');

const thrownBy = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => null,
    (thrown: unknown) => thrown,
  );

const rigs: Rig[] = [];
async function people(options: RigOptions = {}, more = ''): Promise<Rig> {
  const before = `CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, title TEXT, mail TEXT${more})`;
  const made = await rig({ before, mapping: poor, ...options });
  rigs.push(made);
  return made;
}
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((one) => one.close()));
});

const around = (hub: TargetAdapter, system: 'local' | 'supabase' = 'local') => ({
  system,
  lens: hub.lens,
  counts_versions: true,
  now: timestamp('2026-11-22T12:00:00Z'),
  latest: timestamp('9999-01-01T00:00:00Z'),
  skew_ms: 300_000,
  max_version_jump: 1000,
});

/** What the hub knows of Ada, who was born elsewhere and has not been heard of since. */
function known(db: Rig, version = 1): ContactState {
  const elsewhere = around(db.another(DEFAULT_MAPPING), 'supabase');
  const record = { record_id: '1', contact_id: ID, last_updated: T0, last_updated_by: 'hub', deleted: false };
  return decide(unknownContact(ID), [], { ...record, version, fields: elsewhere.lens.toRecord(ada) }, elsewhere).state;
}

/** What waits to be read, decided over with the record as it stands. */
async function heard(hub: TargetAdapter, state: ContactState): Promise<Decision> {
  const { changes } = await hub.changes(null, 500);
  await hub.ack(changes.map(({ key }) => key));
  const entries = changes.map(({ key, record }) => ({ inbox_id: key, record, dead_letter_id: null }));
  const [current = null] = await hub.fetch(['1']);
  return decide(state, entries, current, around(hub));
}

/** Brings the head, as the hub does while it believes the table to be behind. */
async function bring(hub: TargetAdapter, { head, held }: ContactState): Promise<string | undefined> {
  if (head === null) throw new Error('nothing to bring');
  expect(held.local?.version).toBe(0);
  const [outcome] = await hub.apply([delivery('5', { ...head, record_id: '1' })]);
  return outcome?.outcome;
}

/** Ada under the mapping that holds little, then the one that holds more. */
async function grown(db: Rig, mapping = rich): Promise<TargetAdapter> {
  await db.apply(delivery('5', { content: ada }));
  const hub = db.another(mapping);
  await hub.install();
  return hub;
}
const incomplete = (db: Rig) => db.sql('SELECT record_id AS id, fields FROM contact_sync_incomplete ORDER BY id');
const BOTH = { id: 1, fields: '["organization","linkedin_url"]' };

describe('a mapping that grows', () => {
  it('has each row completed under the rank that it has, the first version too', async () => {
    const db = await people();
    const hub = await grown(db);
    expect(await hub.install()).toEqual([]);
    const { changes } = await hub.changes(null, 10);
    expect(changes).toMatchObject([{ record: { version: 1, last_updated: T0, incomplete: true } }]);
    expect(changes[0]?.record.fields).not.toHaveProperty('organization');
    const { state, outcomes } = await heard(hub, known(db));
    expect(outcomes).toEqual(['echo', 'echo']);
    expect(await bring(hub, state)).toBe('applied');
    expect(db.sql('SELECT firm, linkedin, version, last_updated FROM people')).toEqual([
      { firm: ada.organization, linkedin: ada.linkedin_url, version: 1, last_updated: T0 },
    ]);
    expect(incomplete(db)).toEqual([]);
    const last = await heard(hub, state);
    expect(last.outcomes).toEqual(['echo']);
    expect(last.state.held.local?.version).toBe(1);
    expect(await hub.apply([delivery('5', { content: ada })])).toMatchObject([{ outcome: 'unchanged' }]);
  });

  it.each([1, 7])('lets an edit made before that empty nothing, at version %d', async (version) => {
    const db = await people();
    await db.apply(delivery('5', { content: ada, version }));
    const hub = await grown(db);
    db.sql(`UPDATE people SET title = 'Countess'`);
    const { state, outcomes, commit } = await heard(hub, known(db, version));
    expect(outcomes).toEqual(['echo', 'accepted', 'echo']);
    expect(commit).toMatchObject({ conflict: null, history: [{ status: 'accepted' }] });
    expect(state.head).toMatchObject({ version: version + 1, content: { ...ada, job_title: 'Countess' } });
    expect(await bring(hub, state)).toBe('applied');
    expect(db.sql('SELECT title, firm, linkedin FROM people')).toEqual([
      { title: 'Countess', firm: ada.organization, linkedin: ada.linkedin_url },
    ]);
    expect(incomplete(db)).toEqual([]);
    expect((await heard(hub, state)).state.held.local?.version).toBe(version + 1);
  });

  it('takes a field that somebody fills in for an edit, and leaves the others to the hub', async () => {
    const db = await people();
    const hub = await grown(db);
    db.sql(`UPDATE people SET firm = 'Looms'`);
    expect(incomplete(db)).toEqual([{ id: 1, fields: '["linkedin_url"]' }]);
    const { state, outcomes } = await heard(hub, known(db));
    expect(outcomes).toEqual(['echo', 'accepted', 'echo']);
    expect(state.head?.content).toEqual({ ...ada, organization: 'Looms' });
    expect(await bring(hub, state)).toBe('applied');
    db.sql(`UPDATE people SET firm = NULL`);
    const { organization: _, ...without } = ada;
    expect((await heard(hub, state)).state.head?.content).toEqual(without);
  });

  it('believes whoever fills a field in and empties it again', async () => {
    const db = await people();
    const hub = await grown(db);
    db.sql(`UPDATE people SET firm = 'Looms', linkedin = ' '`);
    db.sql('UPDATE people SET firm = NULL');
    expect(incomplete(db)).toEqual([{ id: 1, fields: '["linkedin_url"]' }]);
    const { organization: _, ...without } = ada;
    expect((await heard(hub, known(db))).state.head).toMatchObject({ version: 3, content: without });
  });

  it('onto columns that hold something tells that as an edit, which empties none of the others', async () => {
    const db = await people({}, `, firm TEXT, linkedin TEXT`);
    await db.apply(delivery('6', { content: ada, version: 4 }));
    await db.drain();
    db.sql(`UPDATE people SET firm = 'Looms'`);
    const hub = db.another(rich);
    await hub.install();
    const { changes } = await hub.changes(null, 10);
    expect(changes).toMatchObject([
      { record: { contact_id: '6', version: 5, incomplete: true, fields: { organization: 'Looms' } } },
    ]);
    expect(changes[0]?.record.last_updated).not.toBe(T0);
    expect(changes[0]?.record.fields).not.toHaveProperty('linkedin_url');
    expect(incomplete(db)).toEqual([{ id: 1, fields: '["linkedin_url"]' }]);
  });

  it('knows an empty column however it is spelled', async () => {
    const db = await people({}, ', numbers TEXT, note TEXT');
    const empty = [null, '', ' \n', '[]', ' { } ', 'null', '""'];
    const filled = ['["1"]', '[', '0', new Uint8Array()];
    for (const value of [...empty, ...filled]) db.sql('INSERT INTO people (name, numbers) VALUES (?, ?)', 'Ada', value);
    db.sql(`UPDATE people SET note = numbers WHERE numbers IN ('[]', 'null')`);
    await db.drain();
    const hub = db.another(holding({ phones: all('numbers'), given_name: all('note') }));
    await hub.install();
    const { changes } = await hub.changes(null, 100);
    const [phones, names] = ['phones', 'given_name'].map((field) =>
      changes.map(({ record }) => !Object.hasOwn(record.fields, field)),
    );
    expect(phones).toEqual([...empty.map(() => true), ...filled.map(() => false)]);
    expect(names?.flatMap((lacks, n) => (lacks ? [] : [n]))).toEqual([3, 5]); // text is text
    expect(changes.map(({ record }) => record.version)).toEqual([1, 1, 1, 2, 1, 2, 1, 2, 2, 2, 2]);
  });

  it('twice leaves missing what was, and lacks no more what another column has', async () => {
    const db = await people({}, ', motto TEXT');
    const hub = await grown(db);
    db.sql(`UPDATE people SET motto = 'Looms'`);
    expect(await hub.install()).toEqual([]);
    const more = db.another(holding({ organization: all('motto'), given_name: all('first_name') }, rich));
    await more.install();
    expect(incomplete(db)).toEqual([{ id: 1, fields: '["given_name","linkedin_url"]' }]);
    expect((await more.fetch(['1']))[0]).toMatchObject({ version: 2, fields: { organization: 'Looms' } });
  });

  it('and shrinks forgets what is not held any more, and notes it anew when it grows again', async () => {
    const db = await people();
    const hub = await grown(db);
    const less = db.another(holding({ linkedin_url: null }, rich));
    const planned = await less.install({ dry_run: true });
    expect(planned).toContainEqual({ what: 'forget which rows of people lack linkedin_url' });
    expect(await less.install()).toEqual(planned);
    expect(await less.install()).toEqual([]);
    expect(incomplete(db)).toEqual([{ id: 1, fields: '["organization"]' }]);
    await db.another().install();
    expect(incomplete(db)).toEqual([]);
    await hub.install();
    expect(incomplete(db)).toEqual([BOTH]);
  });

  it('while edits wait to be read empties nothing by them either', async () => {
    const db = await people();
    await db.apply(delivery('5', { content: ada }));
    db.sql(`UPDATE people SET title = 'Countess'`);
    await db.another(holding({ organization: all('firm') })).install();
    await db.another(rich).install();
    const { state, outcomes } = await heard(db.another(rich), known(db));
    expect(outcomes.slice(0, 2)).toEqual(['accepted', 'echo']);
    expect(state.head).toMatchObject({ version: 2, content: { ...ada, job_title: 'Countess' } });
    expect(await bring(db.another(rich), state)).toBe('applied');
  });

  it('and moves a column keeps what waits to be read of it', async () => {
    const db = await people();
    const hub = await grown(db);
    db.sql(`UPDATE people SET firm = 'Looms'`);
    await db.another(holding({ organization: all('company') }, rich)).install();
    const { state, outcomes } = await heard(db.another(holding({ organization: all('company') }, rich)), known(db));
    expect(outcomes).toEqual(['echo', 'accepted', 'echo', 'echo']);
    expect(state.head).toMatchObject({ version: 2, content: { ...ada, organization: 'Looms' } });
    expect(await thrownBy(hub.fetch(['1']))).toMatchObject({ code: 'LOCAL_OTHER_MAPPING' });
  });

  it('leaves a deleted row as it is, whatever its columns hold', async () => {
    const db = await people({}, ', firm TEXT');
    await db.apply(delivery('5', { content: ada }));
    await db.apply(delivery('5', { content: null, version: 2 }));
    db.sql(`UPDATE people SET firm = 'Looms'`);
    const hub = db.another(rich);
    await hub.install();
    expect(await hub.fetch(['1'])).toMatchObject([{ version: 2, last_updated: T0, deleted: true }]);
    db.sql('UPDATE people SET deleted_at = NULL');
    expect(await hub.fetch(['1'])).toMatchObject([{ version: 3, incomplete: true, fields: { organization: 'Looms' } }]);
  });

  it('tells rows that nobody counted once, as new ones', async () => {
    const db = await people();
    db.user.exec(`DROP TRIGGER contact_sync_insert; INSERT INTO people (name) VALUES ('Eve')`);
    const hub = db.another(rich);
    await hub.install();
    const { changes } = await hub.changes(null, 10);
    expect(changes).toMatchObject([{ record: { version: 1, fields: { organization: null } } }]);
    expect(changes[0]?.record).not.toHaveProperty('incomplete');
  });

  it('lets new rows say all of themselves', async () => {
    const db = await people();
    const hub = await grown(db);
    db.sql(`INSERT INTO people (name) VALUES ('Eve')`);
    expect(incomplete(db)).toEqual([BOTH]);
    expect((await hub.fetch(['2']))[0]).toMatchObject({ fields: { organization: null } });
    expect((await hub.fetch(['2']))[0]).not.toHaveProperty('incomplete');
  });
});

describe('a row that lacks fields', () => {
  it('takes no lower rank, and any other completes it', async () => {
    const db = await people();
    const bringing = (version: number, last_updated = T0) => [delivery('5', { content: ada, version, last_updated })];
    await db.apply(...bringing(3, T1));
    const hub = db.another(rich);
    await hub.install();
    for (const [version, time, outcome] of [
      [2, T1, 'ahead'],
      [3, T0, 'ahead'],
      [4, T0, 'applied'],
      [4, T0, 'unchanged'],
    ] as const)
      expect(await hub.apply(bringing(version, time))).toMatchObject([{ outcome }]);
    expect(incomplete(db)).toEqual([]);
    expect(db.sql('SELECT firm FROM people')).toEqual([{ firm: ada.organization }]);
  });

  it('is not completed by a tombstone, whether it is deleted already or not', async () => {
    const db = await people();
    const hub = await grown(db);
    const gone = delivery('5', { content: null, version: 2 });
    expect(await hub.apply([gone])).toMatchObject([{ outcome: 'applied' }]);
    expect(await hub.apply([gone])).toMatchObject([{ outcome: 'unchanged' }]);
    expect(incomplete(db)).toEqual([BOTH]);
    expect(await hub.fetch(['1'])).toMatchObject([{ deleted: true }]);
    expect((await hub.fetch(['1']))[0]).not.toHaveProperty('incomplete');
    expect(await hub.apply([delivery('5', { content: ada, version: 3 })])).toMatchObject([{ outcome: 'applied' }]);
    expect(incomplete(db)).toEqual([]);
  });

  it('and was deleted is brought back by a user as rich as it was', async () => {
    const db = await people();
    await db.apply(delivery('5', { content: ada }));
    await db.apply(delivery('5', { content: null, version: 2 }));
    const hub = await grown(db);
    expect((await hub.changes(null, 10)).changes).toEqual([]);
    const deleted = { record_id: '1', contact_id: ID, version: 2, last_updated: T0, last_updated_by: 'hub' };
    const before = decide(known(db), [], { ...deleted, deleted: true, fields: {} }, around(hub)).state;
    db.sql('UPDATE people SET deleted_at = NULL');
    const { state, outcomes } = await heard(hub, before);
    expect(outcomes).toEqual(['accepted', 'echo']);
    expect(state.head).toMatchObject({ version: 3, content: ada });
    expect(await bring(hub, state)).toBe('applied');
    expect(db.sql('SELECT firm FROM people')).toEqual([{ firm: ada.organization }]);
  });

  it('is seen as one wherever it is read', async () => {
    const db = await people();
    const hub = await grown(db);
    for (const records of [await hub.fetch(['1']), (await hub.scan(null, 10)).records]) {
      expect(records).toMatchObject([{ incomplete: true, fields: { canonical_name: 'Ada' } }]);
      expect(records[0]?.fields).not.toHaveProperty('linkedin_url');
    }
  });

  describe.each([false, true])('with recursive_triggers %s at the writer', (recursive) => {
    it('and is replaced by another lacks nothing: all of it is its writer’s word', async () => {
      const db = await people({ recursive });
      const hub = await grown(db);
      db.sql(`REPLACE INTO people (id, name) VALUES (1, 'Eve')`);
      expect(incomplete(db)).toEqual([]);
      const { state } = await heard(hub, known(db));
      expect(state.head).toMatchObject({ version: 2, content: { canonical_name: 'Eve' } });
    });

    it('and is replaced by the same lacks what it did', async () => {
      const db = await people({ recursive });
      const hub = await grown(db);
      db.sql('DELETE FROM contact_sync_outbox');
      db.sql('REPLACE INTO people SELECT * FROM people');
      expect(incomplete(db)).toEqual([BOTH]);
      expect((await hub.changes(null, 10)).changes).toEqual([]);
      expect(await hub.apply([delivery('5', { content: ada })])).toMatchObject([{ outcome: 'applied' }]);
    });

    it('and is met by an upsert lacks what that leaves', async () => {
      const db = await people({ recursive });
      await grown(db);
      db.sql(`INSERT INTO people (id, title, firm) VALUES (1, 'Countess', 'Looms')
        ON CONFLICT (id) DO UPDATE SET title = excluded.title`);
      expect(incomplete(db)).toEqual([BOTH]);
      db.sql(`INSERT INTO people (id, title, firm) VALUES (1, 'Countess', 'Looms')
        ON CONFLICT (id) DO UPDATE SET firm = excluded.firm`);
      expect(incomplete(db)).toEqual([{ id: 1, fields: '["linkedin_url"]' }]);
    });

    it('and goes away, by itself or for another, leaves nothing behind', async () => {
      const db = await people({ recursive }, ' UNIQUE');
      await db.apply(...['6', '7', '8'].map((id) => delivery(id, { content: { ...ada, emails: [`${id}@x.org`] } })));
      const hub = await grown(db);
      expect(incomplete(db)).toHaveLength(4);
      db.sql('DELETE FROM people WHERE id = 1');
      db.sql(`UPDATE OR REPLACE people SET mail = '7@x.org' WHERE id = 3`);
      db.sql(`REPLACE INTO people (name, mail) VALUES ('Eve', '8@x.org')`);
      const ids = db.sql('SELECT id FROM people ORDER BY id').map(({ id }) => id);
      expect(incomplete(db).every(({ id }) => ids.includes(id))).toBe(true);
      const gone = db.sql('SELECT record_id AS id FROM contact_sync_tombstones').map(({ id }) => id);
      expect(gone.length).toBeGreaterThan(1);
      db.sql(`INSERT INTO people (contact_id, name) VALUES ('6', 'back')`);
      expect((await hub.fetch(['1']))[0]).toMatchObject({ fields: { organization: null } });
    });
  });
});

describe('a list that is held in another form', () => {
  const listed = holding({ emails: all('mails') });

  it('is completed from the hub, and loses nothing by an edit made before that', async () => {
    const db = await people();
    const content = { ...ada, emails: ['a@x.org', 'b@x.org'] };
    await db.apply(delivery('5', { content }));
    const hub = db.another(listed);
    await hub.install();
    db.sql(`UPDATE people SET title = 'Countess'`);
    const [record] = await hub.fetch(['1']);
    expect(record).toMatchObject({ version: 2, incomplete: true });
    expect(hub.lens.fromRecord(record?.fields ?? {}, content)).toEqual({ ...content, job_title: 'Countess' });
    expect(await hub.apply([delivery('5', { content, version: 3 })])).toMatchObject([{ outcome: 'applied' }]);
    expect(db.sql('SELECT mails FROM people')).toEqual([{ mails: '["a@x.org","b@x.org"]' }]);
  });

  it('is not read out of the column that has the other form', async () => {
    const db = await people();
    const same = db.another(holding({ emails: all('mail') }));
    await same.install();
    await db.another().install();
    db.sql(`INSERT INTO people (name, mail) VALUES ('Ada', 'a@x.org')`);
    expect(await thrownBy(same.install())).toMatchObject({ code: 'LOCAL_CANNOT_ADOPT' });
    expect(await db.drain()).toHaveLength(1);
  });

  it('waits until edits that spell it as before were read', async () => {
    const db = await people();
    db.sql(`INSERT INTO people (name, mail) VALUES ('Ada', 'a@x.org')`);
    const hub = db.another(listed);
    const columns = () => db.sql('SELECT name FROM pragma_table_info(?)', 'people');
    const before = columns();
    expect(await thrownBy(hub.install())).toMatchObject({ code: 'LOCAL_UNREAD_EDITS' });
    expect(columns()).toEqual(before);
    await db.drain();
    expect((await hub.install()).length).toBeGreaterThan(0);
  });
});

it('a table that always held all of a contact never lacks anything', async () => {
  const db = await rig();
  rigs.push(db);
  await db.apply(delivery('5'), delivery('6', { content: null }));
  db.sql(`INSERT INTO contacts (canonical_name) VALUES ('Eve')`);
  db.sql(`UPDATE contacts SET organization = NULL, deleted_at = 'now'`);
  await db.hub.install();
  expect(incomplete(db)).toEqual([]);
});
