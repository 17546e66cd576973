import type { Content } from '@contact-sync/contact';
import type { SystemRecord } from '@contact-sync/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ColumnMapping, DEFAULT_MAPPING, type TableMapping } from '../src/index.ts';
import { delivery, type Rig, rig, T0, T1 } from './rig.ts';

const all = (column: string): ColumnMapping => ({ column, holds: 'all' });
const first = (column: string): ColumnMapping => ({ column, holds: 'first' });
const none = Object.fromEntries(Object.keys(DEFAULT_MAPPING.columns).map((field) => [field, null]));
const holding = (columns: Partial<TableMapping['columns']>): TableMapping => ({
  ...DEFAULT_MAPPING,
  adopt: true,
  table: 'book',
  // Every field is among the keys of the default mapping.
  columns: { ...(none as TableMapping['columns']), canonical_name: all('name'), job_title: all('title'), ...columns },
});
const SMALL = holding({});
const LARGE = holding({ organization: all('org'), linkedin_url: all('link') });
const ADA: Content = {
  canonical_name: 'Ada',
  job_title: 'Analyst',
  organization: 'Navy',
  linkedin_url: 'https://l.org/a',
};

let db: Rig;
const at = (version: number, content: Content | null = ADA, last_updated = T0) =>
  delivery('5', { version, content, last_updated });
const row = async () => (await db.sql('select name, title, org, link, version::text from book'))[0];
const told = async (): Promise<SystemRecord | undefined> => (await db.drain()).at(-1)?.record;
const stored = async () => (await db.fetch('1'))[0];
const entries = () => db.sql('select record_id::text, fields from contact_sync.incomplete order by record_id');

beforeEach(async () => {
  db = await rig('create table book (id bigserial primary key, name text not null, title text, org text, link text)');
  await db.install(SMALL);
  await db.apply(at(3));
});
afterEach(() => db.close());

describe('a row that its table holds more of since', () => {
  it('keeps its rank, and is told without what is missing', async () => {
    await db.install(LARGE);
    expect(await db.drain()).toMatchObject([{ record: { version: 3, last_updated: T0, incomplete: true } }]);
    expect((await stored())?.fields).toEqual({ canonical_name: 'Ada', job_title: 'Analyst' });
    expect((await db.scan(null, 9)).records).toEqual([await stored()]);
  });

  it('is brought what is missing by the version that it stands for, and is then like any other', async () => {
    await db.install(LARGE);
    expect(await db.outcomes(at(3))).toEqual({ '5': 'applied' });
    expect(await row()).toEqual({ name: 'Ada', title: 'Analyst', org: 'Navy', link: 'https://l.org/a', version: '3' });
    expect(await entries()).toEqual([]);
    expect(await stored()).not.toHaveProperty('incomplete');
    expect(await db.outcomes(at(3))).toEqual({ '5': 'unchanged' });
    expect(await db.outcomes(at(3, { ...ADA, organization: 'Army' }))).toEqual({ '5': 'ahead' });
    await db.drain();
    await db.sql('update book set org = null');
    expect((await told())?.fields).toMatchObject({ organization: null });
  });

  it('gets by that version nothing else: what it says is overwritten by a higher rank alone', async () => {
    await db.install(LARGE);
    expect(await db.outcomes(at(3, { ...ADA, job_title: 'Other' }))).toEqual({ '5': 'applied' });
    expect(await row()).toMatchObject({ title: 'Analyst', org: 'Navy' });
  });

  it('is written by a higher rank as a whole, and by a lower one not at all', async () => {
    await db.install(LARGE);
    expect(await db.outcomes(at(2))).toEqual({ '5': 'ahead' });
    expect(await entries()).toHaveLength(1);
    expect(await db.outcomes(at(3, { canonical_name: 'Eve', organization: 'Army' }, T1))).toEqual({ '5': 'applied' });
    expect(await row()).toMatchObject({ name: 'Eve', title: null, org: 'Army', link: null });
    expect(await entries()).toEqual([]);
    expect((await stored())?.fields).toMatchObject({ linkedin_url: null });
  });

  it('is brought nothing where the version has nothing either, and is complete', async () => {
    await db.install(LARGE);
    expect(await db.outcomes(at(3, { canonical_name: 'Ada', job_title: 'Analyst' }))).toEqual({ '5': 'applied' });
    expect((await stored())?.fields).toMatchObject({ organization: null, linkedin_url: null });
  });

  it('that a user edits meanwhile says nothing of what is missing', async () => {
    await db.install(LARGE);
    await db.drain();
    await db.sql(`update book set title = 'Chief'`);
    const edit = await told();
    expect(edit).toMatchObject({ version: 4, incomplete: true });
    expect(edit?.fields).toEqual({ canonical_name: 'Ada', job_title: 'Chief' });
    const heard = at(4, { ...ADA, job_title: 'Chief' }, edit?.last_updated);
    expect(await db.outcomes(heard)).toEqual({ '5': 'applied' });
    expect(await row()).toMatchObject({ title: 'Chief', org: 'Navy', link: 'https://l.org/a' });
  });

  it('is theirs where a user fills it in, also when they empty it again', async () => {
    await db.install(LARGE);
    await db.drain();
    await db.sql(`update book set org = 'Mine'`);
    expect((await told())?.fields).toEqual({ canonical_name: 'Ada', job_title: 'Analyst', organization: 'Mine' });
    await db.sql('update book set org = null');
    const emptied = await told();
    expect(emptied?.fields).toEqual({ canonical_name: 'Ada', job_title: 'Analyst', organization: null });
    await db.outcomes(at(5, { ...ADA, organization: 'X' }, emptied?.last_updated));
    expect(await row()).toMatchObject({ org: null, link: 'https://l.org/a' });
  });

  it('is not theirs for blanks, at whatever depth', async () => {
    await db.sql(`alter table book add mails jsonb; update book set org = ' ', mails = '["", " "]'`);
    await db.install(holding({ organization: all('org'), linkedin_url: all('link'), emails: all('mails') }));
    expect(await stored()).toMatchObject({ version: 3 });
    expect(await entries()).toMatchObject([{ fields: ['emails', 'linkedin_url', 'organization'] }]);
  });

  it('that was filled past the triggers is read as it is, and not written over', async () => {
    await db.install(LARGE);
    await db.sql(`set session_replication_role = replica; update book set org = 'Past', link = 'https://l.org/p'`);
    await db.sql('set session_replication_role = origin');
    expect((await stored())?.fields).toMatchObject({ organization: 'Past' });
    expect(await stored()).not.toHaveProperty('incomplete');
    expect(await db.outcomes(at(3))).toEqual({ '5': 'ahead' });
  });
});

describe('values that are there', () => {
  it('are an edit, beside which the empty ones are still missing', async () => {
    await db.sql(`update book set org = 'Army'`);
    await db.install(LARGE);
    const edit = await told();
    expect(edit).toMatchObject({ version: 4, incomplete: true });
    expect(edit?.fields).toEqual({ canonical_name: 'Ada', job_title: 'Analyst', organization: 'Army' });
    expect(await db.outcomes(at(4, { ...ADA, organization: 'Army' }, edit?.last_updated))).toEqual({ '5': 'applied' });
    expect(await row()).toMatchObject({ org: 'Army', link: 'https://l.org/a' });
  });

  it('of all new fields leave none missing', async () => {
    await db.sql(`update book set org = 'Army', link = 'https://l.org/b'`);
    await db.install(LARGE);
    expect(await told()).not.toHaveProperty('incomplete');
    expect(await entries()).toEqual([]);
  });
});

describe('a row without a name yet', () => {
  it('is told again under the same rank, named and filled', async () => {
    await db.sql(`insert into book (name) values ('Eve')`);
    const [born] = await db.drain();
    await db.install(LARGE);
    const again = (await db.drain()).find(({ record_id }) => record_id === born?.record_id)?.record;
    expect(again).toMatchObject({ contact_id: null, version: 1, incomplete: true });
    const { record_id = null, last_updated = T0 } = again ?? {};
    const eve = delivery('6', { record_id, last_updated, content: { canonical_name: 'Eve', organization: 'O' } });
    expect(await db.outcomes(eve)).toEqual({ '6': 'applied' });
    expect(await db.sql(`select name, org from book where contact_id = '6'`)).toEqual([{ name: 'Eve', org: 'O' }]);
  });
});

describe('a deleted row', () => {
  beforeEach(async () => {
    await db.apply(at(4, null));
    await db.install(LARGE);
  });

  it('lacks nothing, and is told when it comes back what it lacks', async () => {
    expect(await db.drain()).toEqual([]);
    expect(await stored()).not.toHaveProperty('incomplete');
    expect(await db.outcomes(at(5, null))).toEqual({ '5': 'applied' });
    await db.sql('update book set deleted_at = null');
    const revival = await told();
    expect(revival).toMatchObject({ version: 6, deleted: false, incomplete: true });
    expect(revival?.fields).toEqual({ canonical_name: 'Ada', job_title: 'Analyst' });
    expect(await db.outcomes(at(6, null, revival?.last_updated))).toEqual({ '5': 'ahead' });
    expect(await db.outcomes(at(6, ADA, revival?.last_updated))).toEqual({ '5': 'applied' });
    expect(await row()).toMatchObject({ org: 'Navy' });
  });

  it('that the hub brings back is whole', async () => {
    expect(await db.outcomes(at(5))).toEqual({ '5': 'applied' });
    expect(await row()).toMatchObject({ org: 'Navy' });
    expect(await entries()).toEqual([]);
  });
});

describe('a row that goes away', () => {
  it.each(['delete from book', 'truncate book'])('takes what is missing along: %s', async (removing) => {
    await db.install(LARGE);
    await db.drain();
    await db.sql(removing);
    expect(await entries()).toEqual([]);
    expect(await told()).toMatchObject({ version: 4, deleted: true });
    expect(await db.changes()).toEqual([]);
    expect(await db.outcomes(at(5))).toEqual({ '5': 'applied' });
    expect(await stored()).not.toHaveProperty('incomplete');
  });

  it('is told without', async () => {
    await db.install(LARGE);
    await db.drain();
    await db.sql('delete from book');
    expect(await told()).not.toHaveProperty('incomplete');
  });
});

describe('a mapping that changes again', () => {
  it('holds less: what is not held is not missing', async () => {
    await db.install(LARGE);
    await db.install(holding({ linkedin_url: all('link') }));
    expect(await entries()).toEqual([{ record_id: '1', fields: ['linkedin_url'] }]);
    await db.install(SMALL);
    expect(await entries()).toEqual([]);
    await db.install(LARGE);
    expect(await entries()).toEqual([{ record_id: '1', fields: ['linkedin_url', 'organization'] }]);
  });

  it('holds still more: all of it is missing', async () => {
    await db.install(holding({ linkedin_url: all('link') }));
    await db.install(LARGE);
    expect(await entries()).toEqual([{ record_id: '1', fields: ['linkedin_url', 'organization'] }]);
  });

  it('moves a field that is missing to a column where it is not', async () => {
    await db.sql(`alter table book add firm text; update book set firm = 'Firm'`);
    await db.install(LARGE);
    await db.install(holding({ organization: all('firm'), linkedin_url: all('link') }));
    expect(await entries()).toEqual([{ record_id: '1', fields: ['linkedin_url'] }]);
    expect(await told()).toMatchObject({ version: 4, fields: { organization: 'Firm' } });
  });

  it('holds all of a list after its first: an empty column lacks it', async () => {
    await db.install(holding({ emails: first('mail') }));
    await db.apply(at(4, { ...ADA, emails: ['a@x.org', 'b@x.org'] }));
    await db.drain();
    await db.install(holding({ emails: all('mails') }));
    expect(await stored()).toMatchObject({ version: 4, incomplete: true });
    expect(await db.outcomes(at(4, { ...ADA, emails: ['a@x.org', 'b@x.org'] }))).toEqual({ '5': 'applied' });
    expect(await db.sql('select mails from book')).toEqual([{ mails: ['a@x.org', 'b@x.org'] }]);
  });
});

describe('edits that wait while the mapping grows', () => {
  it('say nothing of what was not held', async () => {
    await db.sql(`update book set title = 'Chief'`);
    await db.install(LARGE);
    const [edit, again] = await db.drain();
    expect(edit?.record.fields).toEqual({ canonical_name: 'Ada', job_title: 'Chief' });
    expect(again?.record).toMatchObject({ version: 4, incomplete: true });
  });

  it('have to be read before where they tell of a list in another way', async () => {
    const lists = (emails: ColumnMapping) => holding({ emails, organization: all('org') });
    await db.sql(`update book set title = 'Chief'`);
    await db.install(holding({ emails: first('mail') }));
    await db.sql(`update book set mail = 'a@x.org'`);
    await expect(db.install(lists(all('mails')))).rejects.toMatchObject({ code: 'SQL_UNREAD_EDITS' });
    expect((await stored())?.fields).not.toHaveProperty('organization');
    await db.drain();
    expect(await db.install(lists(all('mails')))).not.toEqual([]);
  });
});
