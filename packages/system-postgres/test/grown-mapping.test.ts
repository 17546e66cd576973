import { type Content, contactId, fromMillis, timestamp } from '@contact-sync/contact';
import { DEFAULT_MAPPING, sqlLens, type TableMapping } from '@contact-sync/contacts-sql';
import {
  type ContactState,
  type Decision,
  decide,
  type Surroundings,
  type TargetAdapter,
  unknownContact,
} from '@contact-sync/sync';
import { type TestDatabase, testDatabase } from '@contact-sync/testkit';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPostgres } from '../src/index.ts';

const LARGE: TableMapping = { ...DEFAULT_MAPPING, adopt: true, table: 'book', id: 'nr' };
const SMALL: TableMapping = { ...LARGE, columns: { ...LARGE.columns, organization: null, linkedin_url: null } };
const ID = contactId('5');
const ADA: Content = {
  canonical_name: 'Ada',
  job_title: 'Analyst',
  organization: 'Navy',
  linkedin_url: 'https://l.org/a',
};

let database: TestDatabase;
let user: pg.Client;
let local: TargetAdapter;
let state: ContactState;

const around = (system: Surroundings['system'], lens: Surroundings['lens']): Surroundings => {
  const now = Date.now();
  const bounds = { skew_ms: 300_000, max_version_jump: 1000 };
  return { ...bounds, system, lens, counts_versions: true, now: fromMillis(now), latest: fromMillis(now + 300_000) };
};

/** What ingest does: decides over the edits that wait, and over the record as it stands. */
async function hear(): Promise<Decision> {
  const { changes } = await local.changes(null, 100);
  const [record = null] = await local.fetch(['1']);
  const edits = changes.map(({ key, record: edit }) => ({ inbox_id: key, record: edit, dead_letter_id: null }));
  const decision = decide(state, edits, record, around('local', local.lens));
  ({ state } = decision);
  await local.ack(changes.map(({ key }) => key));
  return decision;
}

/** What propagate does. */
async function deliver(): Promise<string | undefined> {
  if (state.head === null) throw new Error('there is nothing to deliver');
  const [done] = await local.apply([{ ...state.head, record_id: '1', held: null }]);
  return done?.outcome;
}

async function install(mapping: TableMapping): Promise<void> {
  await local?.close();
  local = createPostgres({ url: database.url, mapping });
  await local.install();
}

beforeEach(async () => {
  database = await testDatabase();
  user = new pg.Client({ connectionString: database.url });
  await user.connect();
  await user.query('create table book (nr serial primary key, canonical_name text, job_title text)');
  await user.query(`insert into book (canonical_name, job_title) values ('Ada', 'Analyst')`);
  await install(SMALL);
  const fields = sqlLens.toRecord(ADA);
  const last_updated = timestamp('2024-05-01T12:00:00.123456Z');
  const rank = { version: 3, last_updated, last_updated_by: 'somebody' };
  const rich = { record_id: 'x', contact_id: ID, ...rank, deleted: false, fields };
  ({ state } = decide(unknownContact(ID), [], rich, around('supabase', sqlLens)));
  await deliver();
  await hear();
});
afterEach(async () => {
  await user.end();
  await local.close();
  await database.close();
});

describe('a table that is to hold more of its contacts', () => {
  it('is brought it without an edit, a version or anything in the history', async () => {
    await install(LARGE);
    const { outcomes, commit } = await hear();
    expect(new Set(outcomes)).toEqual(new Set(['echo']));
    expect(commit.history).toEqual([]);
    expect(state.held.local).toMatchObject({ version: 0 });
    expect(await deliver()).toBe('applied');
    expect((await user.query('select organization, linkedin_url, version from book')).rows).toEqual([
      { organization: 'Navy', linkedin_url: 'https://l.org/a', version: '3' },
    ]);
    expect((await hear()).outcomes).toEqual(['echo']);
    expect(state.held.local).toMatchObject({ version: 3 });
    expect(await deliver()).toBe('unchanged');
  });

  it('loses nothing when a user edits something else before', async () => {
    await install(LARGE);
    await user.query(`update book set job_title = 'Chief'`);
    expect((await hear()).commit.history).toMatchObject([{ status: 'accepted', version: 4 }]);
    expect(state.head?.content).toEqual({ ...ADA, job_title: 'Chief' });
    expect(await deliver()).toBe('applied');
    expect(local.lens.same((await local.fetch(['1']))[0]?.fields ?? {}, { ...ADA, job_title: 'Chief' })).toBe(true);
    expect((await hear()).outcomes).toEqual(['echo']);
  });

  it('loses nothing of an edit that was waiting', async () => {
    await user.query(`update book set job_title = 'Chief'`);
    await install(LARGE);
    await hear();
    expect(state.head).toMatchObject({ version: 4, content: { ...ADA, job_title: 'Chief' } });
  });

  it('tells of one field that a user fills in, and not of the other', async () => {
    await install(LARGE);
    await user.query(`update book set organization = 'Army'`);
    await hear();
    expect(state.head?.content).toEqual({ ...ADA, organization: 'Army' });
    expect(await deliver()).toBe('applied');
    await user.query('update book set organization = null');
    await hear();
    const { organization: _, ...without } = ADA;
    expect(state.head?.content).toEqual(without);
  });

  it('tells of a value that was there before, and not of the field beside it that is empty', async () => {
    await user.query(`alter table book add organization text; update book set organization = 'Army'`);
    await install(LARGE);
    await hear();
    expect(state.head?.content).toEqual({ ...ADA, organization: 'Army' });
    expect(await deliver()).toBe('applied');
  });
});
