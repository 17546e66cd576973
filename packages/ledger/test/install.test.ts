import { once } from 'node:events';
import { createServer } from 'node:net';
import { type contactId, contentHash } from '@contact-sync/contact';
import { OutageError, SyncError } from '@contact-sync/sync';
import { type TestDatabase, testDatabase } from '@contact-sync/testkit';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLedger } from '../src/index.ts';
import { born, headed, idOf, receiptOf, version } from './rig.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase();
});
afterEach(() => database.close());

const thrownBy = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'nothing',
    (error: unknown) => error,
  );

/** A server that takes connections and says nothing. */
async function silentServer() {
  const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return { port: address.port, close: () => new Promise((resolve) => server.close(resolve)) };
}

describe('installing', () => {
  it('twice is the same as once, and keeps what is there', async () => {
    const ledger = openLedger(database.url);
    await ledger.install();
    await born(ledger, idOf(1));
    await ledger.install();
    expect((await ledger.contacts([idOf(1)])).get(idOf(1))?.head?.version).toBe(1);
    await ledger.close();
  });

  it('from several processes at the same moment succeeds in each', async () => {
    const ledgers = Array.from({ length: 4 }, () => openLedger(database.url));
    await Promise.all(ledgers.map((ledger) => ledger.install()));
    await Promise.all(ledgers.map((ledger, n) => born(ledger, idOf(n))));
    await Promise.all(ledgers.map((ledger) => ledger.close()));
  });
});

describe('a ledger of an earlier form', () => {
  /** As the ledger was before it kept anything for people. */
  const EARLIER = `
    set search_path = contact_sync_ledger;
    drop table receipts, actions cascade;
    alter table heads drop column name, drop column name_key, drop column organization, drop column category, drop column search;
    alter table versions drop column heard_at;
    alter table inbox drop column outcome`;

  it('is brought up to date where it is: its contacts are found, deleted ones as what they were', async () => {
    const ledger = openLedger(database.url);
    await ledger.install();
    const content = { canonical_name: 'Özlem', organization: 'Engines', category_code: 'B' } as const;
    const named = Array.from({ length: 1_003 }, (_, n) => ({
      ...version(idOf(n), 1, null),
      content,
      content_hash: contentHash(content),
    }));
    await ledger.commit(
      named.map((one) => headed(one, 0)),
      [],
    );
    await ledger.commit([headed(version(idOf(0), 2, null), 1)], []);
    await ledger.commit([headed(version(idOf(5000), 1, null), 0)], []);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(EARLIER);
    await client.end();

    await ledger.install();
    const found = (deleted: boolean) =>
      ledger.findContacts({ text: 'ÖZLEM eng', category: 'B', deleted, limit: 1_000 });
    expect((await found(true)).items).toMatchObject([
      { contact_id: idOf(0), canonical_name: 'Özlem', organization: 'Engines' },
    ]);
    const living = await found(false);
    expect(living.items).toHaveLength(1_000);
    expect(living.next).not.toBeNull();
    await ledger.install();
    expect(await found(false)).toEqual(living);
    await ledger.delivered('local', [receiptOf(version(idOf(0), 2, null), 'r')]);
    expect(await ledger.receipts(idOf(0))).toHaveLength(1);
    await ledger.close();
  });
});

describe('what goes wrong', () => {
  it('before installing is an outage that says what to do', async () => {
    const ledger = openLedger(database.url);
    for (const call of [() => ledger.cursor('local'), () => ledger.status(), () => ledger.contacts([])]) {
      const error = await thrownBy(call());
      expect(error).toBeInstanceOf(OutageError);
      expect(error).toMatchObject({ code: 'LEDGER_NOT_INSTALLED', advice: expect.stringContaining('init') });
    }
    await ledger.close();
  });

  it('because nobody listens is an outage', async () => {
    const { port, close } = await silentServer();
    await close();
    const ledger = openLedger(`postgres://nobody@127.0.0.1:${port}/x`);
    for (const call of [() => ledger.status(), () => ledger.install()]) {
      const error = await thrownBy(call());
      expect(error).toBeInstanceOf(OutageError);
      expect(error).toMatchObject({ code: 'LEDGER_UNREACHABLE' });
    }
    await ledger.close();
  });

  it('because the server takes the connection and says nothing is an outage too, soon', async () => {
    const { port, close } = await silentServer();
    const ledger = openLedger(`postgres://nobody@127.0.0.1:${port}/x`, { connect_ms: 100 });
    expect(await thrownBy(ledger.status())).toMatchObject({ name: 'OutageError', code: 'LEDGER_UNREACHABLE' });
    await ledger.close();
    await close();
  });

  it('because an answer never comes is an outage, and the connection is not used again', async () => {
    const patient = openLedger(database.url);
    await patient.install();
    await patient.close();
    const ledger = openLedger(database.url, { answer_ms: 300, max: 1 });
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    await other.query('begin; lock table contact_sync_ledger.systems');
    expect(await thrownBy(ledger.cursor('local'))).toMatchObject({ code: 'LEDGER_UNREACHABLE' });
    await other.query('rollback');
    await other.end();
    expect(await ledger.cursor('local')).toBeNull();
    await ledger.close();
  });

  it('because the password is wrong or the database is not there is an outage', async () => {
    const stranger = Object.assign(new URL(database.url), { username: 'nobody_at_all' }).href;
    const elsewhere = Object.assign(new URL(database.url), { pathname: '/no_such_database' }).href;
    for (const url of [stranger, elsewhere]) {
      const ledger = openLedger(url);
      expect(await thrownBy(ledger.status())).toMatchObject({ code: 'LEDGER_UNREACHABLE' });
      await ledger.close();
    }
  });

  it('in a running call, because the server ends the connection, is an outage; the next call works', async () => {
    const ledger = openLedger(database.url);
    await ledger.install();
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    await other.query('begin; lock table contact_sync_ledger.systems');
    const call = thrownBy(ledger.cursor('local'));
    const end = `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    await expect.poll(async () => (await other.query(end)).rowCount).toBe(1);
    expect(await call).toMatchObject({ code: 'LEDGER_UNREACHABLE' });
    await other.query('rollback');
    await other.end();
    expect(await ledger.cursor('local')).toBeNull();
    await ledger.close();
  });

  it('because of a bug of ours is no outage', async () => {
    const ledger = openLedger(database.url);
    await ledger.install();
    // No ContactId: what a caller that skipped its check would pass.
    const wrong = 'seven' as ReturnType<typeof contactId>;
    const error = await thrownBy(ledger.contacts([wrong]));
    expect(error).toBeInstanceOf(pg.DatabaseError);
    expect(error).not.toBeInstanceOf(SyncError);
    expect(error).toMatchObject({ code: '22P02' });
    await ledger.close();
  });

  it('never tells the password', async () => {
    const { port, close } = await silentServer();
    await close();
    const ledger = openLedger(`postgres://nobody:hunter2@127.0.0.1:${port}/x`);
    const error = await thrownBy(ledger.status());
    expect(error).toBeInstanceOf(Error);
    expect(`${error}${JSON.stringify(error)}`).not.toContain('hunter2');
    await ledger.close();
  });
});
