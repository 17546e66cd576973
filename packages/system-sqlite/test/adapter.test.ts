import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DEFAULT_MAPPING } from '@contact-sync/contacts-sql';
import { OutageError, PermanentError, TransientError } from '@contact-sync/sync';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../src/client.ts';
import { errorOfResult } from '../src/errors.ts';
import { createSqlite } from '../src/index.ts';
import { delivery, otherProcess, type Rig, rig } from './rig.ts';

const thrownBy = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => null,
    (thrown: unknown) => thrown,
  );

/** Resolves when woken, and again for each time after. */
function alarm() {
  let woken = Promise.withResolvers<void>();
  const bell = {
    count: 0,
    ring() {
      bell.count += 1;
      woken.resolve();
    },
    async heard() {
      await woken.promise;
      woken = Promise.withResolvers();
    },
  };
  return bell;
}

/** Each test has the files it likes; all are closed and removed after it. */
const rigs: Rig[] = [];
const fresh = async (options: Parameters<typeof rig>[0] = {}): Promise<Rig> => {
  const made = await rig(options);
  rigs.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((one) => one.close()));
});

describe('installing', () => {
  it('names its steps without a file coming to be, takes them once, and then has none', async () => {
    const db = await fresh({ install: false });
    const path = join(dirname(db.path), 'new.db');
    const hub = createSqlite({ path });
    expect(await thrownBy(hub.changes(null, 10))).toMatchObject({
      code: 'LOCAL_NOT_INSTALLED',
      advice: 'run contact-sync init',
    });
    expect(await hub.health()).toMatchObject({ ok: false, detail: expect.stringContaining('run contact-sync init') });
    const planned = await hub.install({ dry_run: true });
    expect(planned.length).toBeGreaterThan(0);
    expect(existsSync(path)).toBe(false);
    expect(await hub.install()).toEqual(planned);
    expect(await hub.install()).toEqual([]);
    expect(await hub.install({ dry_run: true })).toEqual([]);
    expect(await hub.health()).toMatchObject({ ok: true, detail: null });
    await hub.close();
  });

  it('works in an empty file too, and a dry run leaves it empty', async () => {
    const db = await fresh({ install: false });
    const planned = await db.hub.install({ dry_run: true });
    expect(readFileSync(db.path)).toHaveLength(0);
    expect(await db.hub.install()).toEqual(planned);
  });

  it('puts back what somebody dropped, and until then says that it is missing', async () => {
    const db = await fresh();
    await db.apply(delivery('5'));
    db.user.exec('DROP TRIGGER contact_sync_update; DROP TABLE contact_sync_tombstones');
    expect(await thrownBy(db.apply(delivery('6')))).toMatchObject({ code: 'LOCAL_NOT_INSTALLED' });
    expect((await db.hub.install()).map(({ what }) => what)).toEqual([
      expect.stringContaining('contact_sync_tombstones'),
      expect.stringContaining('contact_sync_update'),
    ]);
    expect(await db.outcomes(delivery('5'), delivery('6'))).toEqual({ '5': 'unchanged', '6': 'applied' });
    db.sql(`UPDATE contacts SET canonical_name = 'Eve' WHERE contact_id = '5'`);
    expect(await db.changes()).toHaveLength(1);
  });

  it('makes the tables anew in which nothing is kept, where they are of another version', async () => {
    const db = await fresh({ before: 'CREATE TABLE contact_sync_replaced (record_id INTEGER PRIMARY KEY)' });
    expect(await db.hub.install()).toEqual([]);
    db.sql(`INSERT INTO contacts (canonical_name) VALUES ('Eve')`);
    expect(await db.changes()).toHaveLength(1);
  });

  it('keeps away from a table of that name that is not its own', async () => {
    const db = await fresh({ install: false, before: 'CREATE TABLE Contacts (id INTEGER PRIMARY KEY, name TEXT)' });
    for (const dry_run of [true, false])
      expect(await thrownBy(db.hub.install({ dry_run }))).toMatchObject({
        code: 'LOCAL_TABLE_EXISTS',
        advice: expect.stringContaining('MAPPING_FILE'),
      });
    expect(db.sql('SELECT name FROM sqlite_schema')).toEqual([{ name: 'Contacts' }]);
  });

  it('keeps away from the tables of a newer version', async () => {
    const db = await fresh();
    db.sql(`INSERT INTO contact_sync_schema SELECT 999, installed_at, mapping, added FROM contact_sync_schema`);
    expect(await thrownBy(db.hub.install())).toMatchObject({ code: 'LOCAL_NEWER' });
    expect(await thrownBy(db.changes())).toMatchObject({ code: 'LOCAL_NEWER' });
    expect(await db.hub.health()).toMatchObject({ ok: false, detail: expect.stringContaining('update contact-sync') });
  });

  it('at the same time by eight hubs works', async () => {
    const db = await fresh({ install: false });
    await Promise.all(Array.from({ length: 8 }, () => db.another().install()));
    expect(await db.outcomes(delivery('5'))).toEqual({ '5': 'applied' });
  });

  it('waits for a program that is reading', async () => {
    const db = await fresh({ install: false, before: 'CREATE TABLE mine (a); INSERT INTO mine VALUES (1), (2)' });
    const reading = db.user.prepare('SELECT a FROM mine').iterate();
    reading.next();
    const installing = db.hub.install();
    await expect.poll(() => existsSync(`${db.path}-journal`)).toBe(true); // it waits for the reader, to commit
    reading.return?.();
    expect((await installing).length).toBeGreaterThan(0);
    expect(await db.outcomes(delivery('5'))).toEqual({ '5': 'applied' });
  });
});

describe('reading', () => {
  let db: Rig;
  beforeAll(async () => {
    db = await rig();
  });
  afterAll(() => db.close());
  afterEach(() => db.clear());

  it('tells the same again, oldest first, until it is acknowledged', async () => {
    for (let n = 1; n <= 5; n++) db.sql('INSERT INTO contacts (canonical_name) VALUES (?)', `P${n}`);
    const first = await db.changes();
    expect(first.map(({ record }) => record.fields.canonical_name)).toEqual(['P1', 'P2', 'P3', 'P4', 'P5']);
    expect(await db.changes()).toEqual(first);
    await db.hub.ack([first[1]?.key ?? '', 'nonsense', '999999', '', '01', '1.5']);
    expect(await db.changes()).toEqual(first.filter((_, n) => n !== 1));
    await db.hub.ack([]);
  });

  it('says whether there is more, and cuts a page of large records', async () => {
    for (let n = 1; n <= 3; n++) db.sql('INSERT INTO contacts (canonical_name) VALUES (?)', `P${n}`);
    expect(await db.hub.changes(null, 2)).toMatchObject({ more: true, changes: { length: 2 }, cursor: null });
    expect(await db.hub.changes(null, 3)).toMatchObject({ more: false, changes: { length: 3 } });
    await db.drain();
    db.sql(`UPDATE contacts SET llm_context = json_object('notes', replace(hex(zeroblob(2400000)), '0', 'x'))`);
    const page = await db.hub.changes(null, 100);
    expect(page).toMatchObject({ more: true, changes: { length: 2 } });
    const scanned = await db.hub.scan(null, 100);
    expect(scanned.records).toHaveLength(2);
    expect((await db.hub.scan(scanned.cursor, 100)).records).toHaveLength(1);
  });

  it('fetch leaves out what never was, and is not upset by ids of other systems', async () => {
    const [outcome] = await db.apply(delivery('5'));
    const id = outcome && 'record_id' in outcome ? outcome.record_id : '';
    const odd = ['4711', 'x', '-1', '99999999999999999999', '', `0${id}`, '6ba7b810-9dad-11d1-80b4-00c04fd430c8'];
    expect((await db.hub.fetch([id, id, ...odd])).map(({ contact_id }) => contact_id)).toEqual(['5']);
    expect(await db.hub.fetch([])).toEqual([]);
  });

  it('scan pages through every record once, the deleted ones too', async () => {
    for (let n = 1; n <= 23; n++) db.sql('INSERT INTO contacts (canonical_name) VALUES (?)', `P${n}`);
    db.sql('DELETE FROM contacts WHERE id % 3 = 0');
    const seen: string[] = [];
    for (let cursor: string | null = null; ; ) {
      const page: Awaited<ReturnType<typeof db.hub.scan>> = await db.hub.scan(cursor, 5);
      expect(page.records.length).toBeLessThanOrEqual(5);
      seen.push(...page.records.map(({ record_id, deleted }) => `${record_id} ${deleted}`));
      cursor = page.cursor;
      if (cursor === null) break;
    }
    const all = db.sql(`SELECT id || ' false' AS id FROM contacts
      UNION ALL SELECT record_id || ' true' FROM contact_sync_tombstones`);
    expect(seen).toHaveLength(23);
    expect(new Set(seen)).toEqual(new Set(all.map(({ id }) => id)));
    db.clear();
    expect(await db.hub.scan(null, 10)).toEqual({ records: [], cursor: null });
  });

  it('sees answers that are not ours', async () => {
    db.sql(`INSERT INTO contact_sync_outbox (record_id, op, record) VALUES (1, 'update', '{"odd": 1}')`);
    expect(await thrownBy(db.changes())).toMatchObject({ code: 'LOCAL_INCOMPATIBLE' });
  });
});

describe('watching', () => {
  it('wakes on an edit, not on what the hub writes, and not once it was ended', async () => {
    const db = await fresh();
    const bell = alarm();
    const end = await db.hub.watch?.(bell.ring);
    await db.apply(delivery('77', { version: 3 }));
    db.sql(`INSERT INTO contacts (canonical_name) VALUES ('Zoe')`);
    await bell.heard();
    expect(bell.count).toBe(1);
    const hub = db.another();
    // Another hub's writes are no edits either; they take longer than there is between two looks.
    for (let version = 4; version < 24; version++) await hub.apply([delivery('77', { version })]);
    expect(bell.count).toBe(1);
    await db.drain();
    db.sql(`INSERT INTO contacts (canonical_name) VALUES ('Una')`);
    await bell.heard();
    expect(bell.count).toBe(2);
    await end?.();
    const other = alarm();
    await hub.watch?.(other.ring);
    db.sql(`INSERT INTO contacts (canonical_name) VALUES ('Ida')`);
    await other.heard();
    expect(bell.count).toBe(2);
  });

  it("hears another process, in that process's own time", async () => {
    const db = await fresh();
    const bell = alarm();
    await db.hub.watch?.(bell.ring);
    const other = await otherProcess(db.path);
    await other.run(`BEGIN; INSERT INTO contacts (canonical_name) VALUES ('Zoe')`);
    await db.changes();
    expect(bell.count).toBe(0);
    await other.run('COMMIT');
    await bell.heard();
    expect(await db.changes()).toHaveLength(1);
    await other.end();
  });

  it('goes on with a file that was put in the place of the other', async () => {
    const db = await fresh();
    const replacement = await fresh();
    replacement.sql(`INSERT INTO contacts (canonical_name) VALUES ('restored')`);
    await replacement.hub.close();
    replacement.user.exec('PRAGMA journal_mode = DELETE');
    const bell = alarm();
    await db.hub.watch?.(bell.ring);
    db.user.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    renameSync(db.path, `${db.path}.old`);
    for (const tail of ['-wal', '-shm']) rmSync(`${db.path}${tail}`, { force: true });
    renameSync(replacement.path, db.path);
    await bell.heard();
    expect((await db.changes()).map(({ record }) => record.fields.canonical_name)).toEqual(['restored']);
  });
});

describe('locked by another program', () => {
  it('a write waits for it, and reads and the event loop do not', async () => {
    const db = await fresh();
    db.user.exec(`BEGIN IMMEDIATE; INSERT INTO contacts (canonical_name) VALUES ('mine')`);
    let written = false;
    const write = db.outcomes(delivery('5')).finally(() => {
      written = true;
    });
    for (let n = 0; n < 5; n++) expect(await db.hub.fetch(['1'])).toEqual([]);
    expect(written).toBe(false);
    db.user.exec('COMMIT');
    expect(await write).toEqual({ '5': 'applied' });
  });

  it('for too long, it is a passing trouble', async () => {
    const db = await fresh();
    const hub = createSqlite({ path: db.path, busy_ms: 100 });
    db.user.exec('BEGIN IMMEDIATE');
    const error = await thrownBy(hub.apply([delivery('5')]));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code: 'LOCAL_BUSY' });
    db.user.exec('ROLLBACK');
    expect(await hub.apply([delivery('5')])).toMatchObject([{ outcome: 'applied' }]);
    await hub.close();
  });

  it('in rollback mode, beside a reader, it waits too', async () => {
    const db = await fresh();
    await db.hub.close();
    db.user.exec('PRAGMA journal_mode = DELETE');
    const hub = db.another();
    await hub.apply([delivery('1'), delivery('2')]);
    const reading = db.user.prepare('SELECT id FROM contacts').iterate();
    reading.next();
    const write = hub.apply([delivery('5')]);
    await expect.poll(() => existsSync(`${db.path}-journal`)).toBe(true);
    reading.return?.();
    expect(await write).toMatchObject([{ outcome: 'applied' }]);
    expect(await hub.health()).toMatchObject({ ok: true, detail: expect.stringContaining('WAL') });
  });
});

describe('a file that does not serve is an outage', () => {
  const failing = async (path: string) => {
    const hub = createSqlite({ path, busy_ms: 100 });
    const errors = [await thrownBy(hub.fetch(['1'])), await thrownBy(hub.install())];
    const health = await hub.health();
    await hub.close();
    expect(health).toMatchObject({ ok: false });
    for (const error of errors) {
      if (!(error instanceof OutageError)) throw new Error('not an outage', { cause: error });
      expect(`${error.message} ${error.advice} ${health.detail}`).not.toContain(dirname(path));
    }
    return errors.map((error) => (error instanceof OutageError ? error.code : ''));
  };
  let db: Rig;
  beforeAll(async () => {
    db = await rig();
  });
  afterAll(() => db.close());

  it('when its directory is missing, or is none', async () => {
    expect(await failing(join(dirname(db.path), 'no', 'contacts.db'))).toEqual([
      'LOCAL_NO_DIRECTORY',
      'LOCAL_NO_DIRECTORY',
    ]);
    expect(await failing(join(db.path, 'contacts.db'))).toEqual(['LOCAL_CANNOT_OPEN', 'LOCAL_CANNOT_OPEN']);
  });

  it('when it is a directory', async () => {
    const path = join(dirname(db.path), 'folder');
    mkdirSync(path);
    expect(await failing(path)).toEqual(['LOCAL_CANNOT_OPEN', 'LOCAL_CANNOT_OPEN']);
  });

  it('when it is no database', async () => {
    const path = join(dirname(db.path), 'letter.txt');
    writeFileSync(path, 'Dear Ada, '.repeat(1_000));
    expect(await failing(path)).toEqual(['LOCAL_NOT_A_DATABASE', 'LOCAL_NOT_A_DATABASE']);
    expect(readFileSync(path, 'utf8')).toMatch(/^Dear Ada/);
  });

  it('when it is damaged', async () => {
    const broken = await fresh();
    await broken.apply(...Array.from({ length: 300 }, (_, n) => delivery(String(n))));
    await broken.hub.close();
    broken.user.exec('PRAGMA journal_mode = DELETE');
    const root = Number(broken.sql(`SELECT rootpage FROM sqlite_schema WHERE name = 'contacts'`)[0]?.rootpage);
    const file = openSync(broken.path, 'r+');
    writeSync(file, Buffer.alloc(4096, 0xee), 0, 4096, (root - 1) * 4096);
    closeSync(file);
    const hub = broken.another();
    expect(await thrownBy(hub.scan(null, 500))).toMatchObject({ code: 'LOCAL_CORRUPT' });
    expect(await thrownBy(hub.apply([delivery('5')]))).toMatchObject({ code: 'LOCAL_CORRUPT' });
  });

  it('when it has no room left, and then nothing is half written', async () => {
    const full = await fresh();
    // To SQLite a table that has used up its ids is as full as a disk without room.
    full.user.exec(`CREATE TABLE log (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
      INSERT INTO log VALUES (9223372036854775807, 'last');
      CREATE TRIGGER log AFTER INSERT ON contacts BEGIN INSERT INTO log (name) VALUES (NEW.canonical_name); END`);
    const error = await thrownBy(full.apply(delivery('5'), delivery('6')));
    expect(error).toBeInstanceOf(OutageError);
    expect(error).toMatchObject({ code: 'LOCAL_FULL' });
    expect(full.sql('SELECT * FROM contacts')).toEqual([]);
    full.user.exec('DROP TRIGGER log');
    expect(await full.outcomes(delivery('5'))).toEqual({ '5': 'applied' });
  });

  it.skipIf(process.getuid?.() === 0)('when it may not be written', async () => {
    const locked = await fresh();
    await locked.hub.close();
    locked.user.exec('PRAGMA journal_mode = DELETE');
    chmodSync(locked.path, 0o444);
    chmodSync(dirname(locked.path), 0o555);
    const hub = locked.another();
    expect(await thrownBy(hub.apply([delivery('5')]))).toMatchObject({ code: 'LOCAL_READONLY' });
    expect(await hub.health()).toMatchObject({ ok: false, detail: expect.stringContaining('cannot be written') });
    expect(await hub.fetch(['1'])).toEqual([]);
    chmodSync(dirname(locked.path), 0o755);
  });
});

describe('a result code of SQLite', () => {
  it.each([
    ['SQLITE_ERROR', 1, PermanentError, 'LOCAL_REFUSED'],
    ['SQLITE_PERM', 3, OutageError, 'LOCAL_DENIED'],
    ['SQLITE_ABORT', 4, TransientError, 'LOCAL_TRANSIENT'],
    ['SQLITE_BUSY', 5, TransientError, 'LOCAL_BUSY'],
    ['SQLITE_LOCKED', 6, TransientError, 'LOCAL_BUSY'],
    ['SQLITE_NOMEM', 7, OutageError, 'LOCAL_OUT_OF_MEMORY'],
    ['SQLITE_READONLY', 8, OutageError, 'LOCAL_READONLY'],
    ['SQLITE_INTERRUPT', 9, TransientError, 'LOCAL_TRANSIENT'],
    ['SQLITE_IOERR', 10, OutageError, 'LOCAL_IO'],
    ['SQLITE_CORRUPT', 11, OutageError, 'LOCAL_CORRUPT'],
    ['SQLITE_FULL', 13, OutageError, 'LOCAL_FULL'],
    ['SQLITE_CANTOPEN', 14, OutageError, 'LOCAL_CANNOT_OPEN'],
    ['SQLITE_TOOBIG', 18, PermanentError, 'LOCAL_REFUSED'],
    ['SQLITE_CONSTRAINT', 19, PermanentError, 'LOCAL_REFUSED'],
    ['SQLITE_AUTH', 23, OutageError, 'LOCAL_DENIED'],
    ['SQLITE_NOTADB', 26, OutageError, 'LOCAL_NOT_A_DATABASE'],
    ['SQLITE_IOERR_FSYNC', 1034, OutageError, 'LOCAL_IO'],
    ['SQLITE_BUSY_SNAPSHOT', 517, TransientError, 'LOCAL_BUSY'],
  ])('%s (%i) is a %o, %s', (_name, errcode, kind, code) => {
    const error = errorOfResult(errcode);
    expect(error).toBeInstanceOf(kind);
    expect(error.code).toBe(code);
  });
});

describe('the thread', () => {
  /** A process of its own, which ends by itself only if nothing of the adapter holds it. */
  const ended = async (lines: string, path: string) => {
    const index = new URL('../src/index.ts', import.meta.url).href;
    const code = `import { createSqlite } from '${index}'; const hub = createSqlite({ path: process.argv[1] }); ${lines}`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code, '--', path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (data) => {
      out += data;
    });
    const [status] = await once(child, 'exit');
    return { status, out };
  };

  it('keeps no process alive once it has answered, not even while somebody watches', async () => {
    const db = await fresh();
    const lines = `await hub.watch(() => {}); console.log((await hub.fetch(['1'])).length);`;
    expect(await ended(lines, db.path)).toEqual({ status: 0, out: '0\n' });
  });

  it('keeps the process alive until it has answered', async () => {
    const db = await fresh();
    db.user.exec('BEGIN IMMEDIATE');
    const lines = `hub.apply([${JSON.stringify(delivery('5'))}]).then(([{ outcome }]) => console.log(outcome));`;
    const child = ended(lines, db.path);
    await new Promise((resolve) => setImmediate(resolve));
    db.user.exec('COMMIT');
    expect(await child).toEqual({ status: 0, out: 'applied\n' });
  });

  it('that died takes its calls along as a passing trouble, starts again, and wakes for what was missed', async () => {
    const db = await fresh();
    const options = { path: db.path, mapping: DEFAULT_MAPPING, busy_ms: 4_000, watch_ms: 10 };
    const client = new Client(options, new URL('./mortal-thread.ts', import.meta.url));
    const bell = alarm();
    await client.watch(bell.ring);
    const error = await thrownBy(client.call('fetch', { ids: '["die"]' }));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code: 'LOCAL_THREAD_ENDED' });
    await bell.heard();
    expect(await client.call('fetch', { ids: '["1"]' })).toBe('[]');
    db.sql(`INSERT INTO contacts (canonical_name) VALUES ('Ada')`);
    await bell.heard();
    await client.close();
  });

  it('ends with the adapter, after the calls that are under way, and twice is as good as once', async () => {
    const db = await fresh();
    const { hub } = db;
    await hub.watch?.(() => {});
    db.user.exec('BEGIN IMMEDIATE');
    const write = hub.apply([delivery('5')]);
    for (let n = 0; n < 3; n++) await hub.fetch(['1']);
    const ended = Promise.all([hub.close(), hub.close()]);
    db.user.exec('COMMIT');
    await ended;
    expect(await write).toMatchObject([{ outcome: 'applied' }]);
    expect(await thrownBy(hub.fetch(['1']))).toMatchObject({ code: 'LOCAL_CLOSED' });
    db.user.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT');
  });
});
