/** What logins may do that own nothing. That contact_sync_hub suffices is what every other suite here shows: see `rig`. */
import { SYSTEMS } from '@contact-sync/sync';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLedger } from '../src/index.ts';
import { born, idOf, memberOf, type Rig, rig, undelivered } from './rig.ts';

type Member = Awaited<ReturnType<typeof memberOf>>;
let at: Rig;
let observer: Member;

beforeAll(async () => {
  at = await rig();
  observer = await memberOf(at.url, 'contact_sync_observer');
  await at.ledger.bury([undelivered(await born(at.ledger, idOf(1)), 'twenty')]);
});
afterAll(async () => {
  await observer.drop();
  await at.close();
});

/** Each statement in a transaction that is rolled back. @returns `allowed`, or the SQLSTATE */
async function attempts(url: string, statements: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const outcomes: Record<string, string> = {};
  for (const statement of statements) {
    await client.query('begin');
    outcomes[statement] = await client.query(statement).then(
      () => 'allowed',
      (error: unknown) => (error instanceof pg.DatabaseError ? (error.code ?? 'none') : 'none'),
    );
    await client.query('rollback');
  }
  await client.end();
  return outcomes;
}

const all = (statements: readonly string[], outcome: string) =>
  Object.fromEntries(statements.map((statement) => [statement, outcome]));

const TABLES = [
  'heads',
  'versions',
  'links',
  'dead_letters',
  'deliveries',
  'conflicts',
  'conflict_events',
  'inbox',
  'systems',
  'receipts',
  'actions',
  'turns',
  'alerts',
  'alert_notices',
].map((name) => `contact_sync_ledger.${name}`);

describe("the hub's login", () => {
  it('neither reads, writes, empties, alters nor drops a table', async () => {
    const statements = TABLES.flatMap((table) => [
      `select * from ${table}`,
      `insert into ${table} default values`,
      `delete from ${table}`,
      `truncate ${table} cascade`,
      `alter table ${table} add column more text`,
      `alter table ${table} disable trigger all`,
      `drop table ${table} cascade`,
      `create trigger t before insert on ${table} for each row execute function suppress_redundant_updates_trigger()`,
    ]);
    expect(await attempts(at.hubUrl, statements)).toEqual(all(statements, '42501'));
  });

  it('makes nothing in the schema, alters no function, and calls none but those it needs', async () => {
    const statements = [
      'create table contact_sync_ledger.more (x integer)',
      'create function contact_sync_ledger.more() returns void language sql begin atomic select; end',
      'alter function contact_sync_ledger.commit(jsonb) security invoker',
      'drop function contact_sync_ledger.commit(jsonb)',
      'drop schema contact_sync_ledger cascade',
      `select contact_sync_ledger.lock_heads('{1}')`,
      `select contact_sync_ledger.succeeded('twenty')`,
      `select contact_sync_ledger.going(1)`,
      `select contact_sync_ledger.facts(1, now(), '', '', 1)`,
      `select contact_sync_ledger.outstanding('pending')`,
    ];
    expect(await attempts(at.hubUrl, statements)).toEqual(all(statements, '42501'));
  });

  it('finds the ledger installed by its owner, and says when the owner has to install another version', async () => {
    await at.ledger.install();
    const mark = `select obj_description('contact_sync_ledger'::regnamespace, 'pg_namespace') as mark`;
    const [before] = await at.sql<{ mark: string }>(mark);
    await at.sql(`comment on schema contact_sync_ledger is 'contact-sync of another version'`);
    await expect(at.ledger.install()).rejects.toMatchObject({
      code: 'LEDGER_NOT_OWNED',
      advice: expect.stringContaining('contact-sync init'),
    });
    const owner = openLedger(at.url);
    await owner.install();
    await owner.close();
    expect(await at.sql(mark)).toEqual([before]);
    await at.ledger.install();
  });

  it('lends nobody the rights of the owner: types of its own making are not looked at', async () => {
    const client = new pg.Client({ connectionString: at.hubUrl });
    await client.connect();
    await client.query(`
      create function pg_temp.whoami(text) returns boolean language plpgsql as $$
        begin raise exception 'ran as %', current_user; end
      $$;
      create domain pg_temp.text as pg_catalog.text check (pg_temp.whoami(value));
      create domain pg_temp.jsonb as pg_catalog.jsonb check (pg_temp.whoami(value::pg_catalog.text));
      create domain pg_temp.json as pg_catalog.json check (pg_temp.whoami(value::pg_catalog.text));
      create domain pg_temp.regclass as pg_catalog.regclass check (pg_temp.whoami(value::pg_catalog.text))`);
    const calls = [
      `commit('{"commits": [], "rejections": [], "targets": []}')`,
      `receive('local', '[{"key": "k", "record_id": "r", "record": "{}"}]', null)`,
      `bury('[]')`,
      `delivered('local', '[]')`,
      `contacts('{${idOf(1)}}')`,
      `snapshot('local', '{a}', '{${idOf(1)}}')`,
      `status('{local}')`,
      `find_contacts('{"patterns": ["%a%"], "named": "a", "deleted": false, "most": 1}', '{local}')`,
      `timeline(${idOf(1)}, null, null, null, 1)`,
      `begin_action('{"kind": "sync", "subjects": [], "by": "a", "via": "cli", "digest": "d"}', '1 minute')`,
    ];
    for (const call of calls) await client.query(`select contact_sync_ledger.${call}`);
    await client.end();
  });

  it('without the role is told what it lacks', async () => {
    const stranger = await memberOf(at.url, 'pg_monitor');
    const ledger = openLedger(stranger.url);
    for (const call of [() => ledger.status(), () => ledger.cursor('local'), () => ledger.contacts([])])
      await expect(call()).rejects.toMatchObject({
        name: 'OutageError',
        code: 'LEDGER_DENIED',
        advice: expect.stringContaining('contact_sync_hub'),
      });
    await ledger.close();
    await stranger.drop();
  });
});

describe("an observer's login", () => {
  it('sees the status that the hub sees', async () => {
    const ledger = openLedger(observer.url);
    const { systems, ...counts } = await ledger.status();
    const hub = await at.ledger.status();
    expect(counts).toEqual({ contacts: hub.contacts, conflicts: hub.conflicts, dead_letters: hub.dead_letters });
    expect(counts).toMatchObject({ contacts: 1, dead_letters: 1 });
    expect(systems.map(({ system }) => system)).toEqual(SYSTEMS);
    await ledger.close();
  });

  it('counts for itself', async () => {
    const statements = [
      'select count(*) from contact_sync_ledger.heads where not deleted',
      'select target, count(*), min(behind_since) from contact_sync_ledger.deliveries where behind group by target',
      'select queue, code, count(*) from contact_sync_ledger.dead_letters where status = $$open$$ group by queue, code',
      'select system, count(*) from contact_sync_ledger.inbox where done_at is null group by system',
      'select status, count(*) from contact_sync_ledger.conflicts group by status',
      'select target, count(*), avg(waited_ms), sum(times) from contact_sync_ledger.receipts group by target',
      'select name, runs, ended_at, outcome, code, paused_at from contact_sync_ledger.turns',
    ];
    expect(await attempts(observer.url, statements)).toEqual(all(statements, 'allowed'));
  });

  it('sees no content, no key and no name of a person, and changes nothing', async () => {
    const statements = [
      ...TABLES.map((table) => `select * from ${table}`),
      ...['content', 'content_hash', 'last_updated_by'].map((c) => `select ${c} from contact_sync_ledger.versions`),
      ...['record', 'record_id', 'key'].map((c) => `select ${c} from contact_sync_ledger.inbox`),
      ...['reason', 'key', 'field', 'closed_by'].map((c) => `select ${c} from contact_sync_ledger.dead_letters`),
      ...['candidates', 'chosen', 'closed_by'].map((c) => `select ${c} from contact_sync_ledger.conflicts`),
      'select event from contact_sync_ledger.conflict_events',
      'select content_hash from contact_sync_ledger.receipts',
      ...['name', 'search', 'organization'].map((c) => `select ${c} from contact_sync_ledger.heads`),
      ...['by', 'reason', 'subjects'].map((c) => `select ${c} from contact_sync_ledger.actions`),
      'select paused_by from contact_sync_ledger.turns',
      'select record_id from contact_sync_ledger.links',
      'select last_updated_by from contact_sync_ledger.heads',
      'select cursor from contact_sync_ledger.systems',
      `select contact_sync_ledger.contacts('{${idOf(1)}}')`,
      `select contact_sync_ledger.snapshot('local', '{}', '{${idOf(1)}}')`,
      'select contact_sync_ledger.dead_letters(null, null, null)',
      'select contact_sync_ledger.conflicts(null)',
      `select contact_sync_ledger.close_dead_letters('{1}', 'discarded', 'me')`,
      `select contact_sync_ledger.commit('{}')`,
      'delete from contact_sync_ledger.versions',
      'update contact_sync_ledger.deliveries set behind = false',
      'truncate contact_sync_ledger.inbox',
    ];
    expect(await attempts(observer.url, statements)).toEqual(all(statements, '42501'));
  });
});

describe('an owner that is no superuser', () => {
  it('and may make no roles installs, and works, all the same', async () => {
    const owner = await memberOf(at.url, 'pg_monitor');
    const name = `owned_${new URL(owner.url).username}`;
    await at.sql(`create database ${name} owner ${new URL(owner.url).username}`);
    const ledger = openLedger(Object.assign(new URL(owner.url), { pathname: `/${name}` }).href);
    await ledger.install();
    await ledger.install();
    await born(ledger, idOf(1));
    expect(await ledger.status()).toMatchObject({ contacts: 1 });
    await ledger.close();
    await at.sql(`drop database ${name} with (force)`);
    await owner.drop();
  });
});
