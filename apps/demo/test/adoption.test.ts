/** A table that people had before, and fields of their own in Twenty, taken part in by a mapping file. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { handsOn } from './people.ts';
import { type Running, startRunning } from './running.ts';

const SOON = { timeout: 20_000, interval: 50 };

const TABLES = {
  postgres: {
    table: 'crm.people',
    create: [
      'create schema crm',
      `create table crm.people (
         person_id uuid primary key default gen_random_uuid(),
         full_name varchar(200) not null,
         email text,
         company text,
         notes text,
         vip boolean not null default false,
         version text default 'theirs'
       )`,
    ],
  },
  sqlite: {
    table: 'people',
    create: [
      `create table people (
         person_id integer primary key,
         full_name text not null,
         email text,
         company text,
         notes text,
         vip integer not null default 0,
         version text default 'theirs'
       )`,
    ],
  },
} as const;

describe.each(['postgres', 'sqlite'] as const)('a table of their own in %s', (kind) => {
  const { table, create } = TABLES[kind];
  let folder: string;
  let run: Running;
  const query = (sql: string, ...values: unknown[]) => run.clients.local.query(sql, values);
  const columns = { canonical_name: 'full_name', emails: { column: 'email', holds: 'first' }, organization: 'company' };

  const map = (local: object, twenty: object) =>
    writeFile(
      join(folder, 'mapping.json'),
      JSON.stringify({
        local: { table, id: 'person_id', columns: local, sync: { version: 'sync_version' } },
        twenty: { fields: { organization: 'companyName', 'llm_context.how_met': 'howMet', ...twenty } },
      }),
    );

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'contact-sync-adoption-'));
    await map({ ...columns, linkedin_url: null, job_title: null }, { linkedin_url: null });
    run = await startRunning(null, {
      local: kind,
      twentyRequestsPerMinute: 6_000,
      env: { MAPPING_FILE: join(folder, 'mapping.json'), TWENTY_COMPARE_MS: '2000' },
      async prepare({ local }) {
        for (const sql of create) await local.query(sql);
        await local.query(
          `insert into ${table} (full_name, email, company, notes) values
             ('Ada Lovelace', 'ada@example.com', 'Analytical Engines', 'likes Babbage'),
             ('Grace Hopper', null, 'Navy', null)`,
        );
      },
    });
  });
  afterAll(async () => {
    await run?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const personNamed = (lastName: string) =>
    vi.waitFor(() => {
      const person = run.sandbox.twenty?.people().find(({ name }) => JSON.stringify(name).includes(lastName));
      if (!person?.contactId) throw new Error('not there yet');
      return person;
    }, SOON);

  it('brings the rows that were there to all systems, with what its columns hold', async () => {
    const person = await personNamed('Lovelace');
    expect(person).toMatchObject({ companyName: 'Analytical Engines', emails: { primaryEmail: 'ada@example.com' } });
    const id = String(person.contactId);
    await vi.waitFor(async () => {
      const { data } = await run.clients.supabase.from('contacts').select('*').eq('contact_id', id).single();
      expect(data).toMatchObject({ canonical_name: 'Ada Lovelace', organization: 'Analytical Engines' });
      const { rows } = await query(`select contact_id from ${table} where email = 'ada@example.com'`);
      expect(rows).toEqual([{ contact_id: id }]);
    }, SOON);
    await personNamed('Hopper');
  });

  it('takes edits from the others, and leaves alone what is not mapped', async () => {
    const id = String((await personNamed('Lovelace')).contactId);
    const emails = ['ada@new.example', 'second@example.com'];
    const { error } = await run.clients.supabase.from('contacts').update({ emails }).eq('contact_id', id);
    expect(error).toBeNull();
    await vi.waitFor(async () => {
      const { rows } = await query(`select email, notes, version from ${table} where contact_id = $1`, id);
      expect(rows).toEqual([{ email: 'ada@new.example', notes: 'likes Babbage', version: 'theirs' }]);
    }, SOON);
    // An edit here takes no address away that the column does not show.
    await query(`update ${table} set company = 'Engines & Co' where contact_id = $1`, id);
    await vi.waitFor(async () => {
      const { data } = await run.clients.supabase.from('contacts').select('*').eq('contact_id', id).single();
      expect(data).toMatchObject({ organization: 'Engines & Co', emails });
    }, SOON);
    expect(await personNamed('Lovelace')).toMatchObject({ companyName: 'Engines & Co' });
  });

  it('takes in contacts that are born elsewhere, and tells of its own deletions', async () => {
    const hands = handsOn(run);
    const made = await hands.bigquery.create('Born Elsewhere', 'analyst');
    await vi.waitFor(async () => {
      const { rows } = await query(`select full_name, vip from ${table} where contact_id = $1`, made.record_id);
      expect(rows).toMatchObject([{ full_name: 'Born Elsewhere' }]);
    }, SOON);
    await query(`delete from ${table} where contact_id = $1`, made.record_id);
    await vi.waitFor(async () => expect(await hands.supabase.shows(made.record_id)).toBeNull(), SOON);
  });

  it('has one key of the context in a field of its own in Twenty, both ways', async () => {
    const id = String((await personNamed('Hopper')).contactId);
    const { supabase } = run.clients;
    const context = { how_met: 'on a ship', current_state: 'well' };
    await supabase.from('contacts').update({ llm_context: context }).eq('contact_id', id);
    await vi.waitFor(async () => expect(await personNamed('Hopper')).toMatchObject({ howMet: 'on a ship' }), SOON);
    await run.clients.twenty('PATCH', `/people/${(await personNamed('Hopper')).id}`, { howMet: 'in a bar' });
    await vi.waitFor(async () => {
      const { data } = await supabase.from('contacts').select('llm_context').eq('contact_id', id).single();
      expect(data?.llm_context).toEqual({ how_met: 'in a bar', current_state: 'well' });
    }, SOON);
  });

  it('starts again without doing or telling anything anew', async () => {
    await vi.waitFor(async () => {
      const { systems } = await run.hub().parts.ledger.status();
      expect(systems.map(({ pending, inbox }) => pending + inbox)).toEqual([0, 0, 0, 0]);
    }, SOON);
    await run.stop();
    await run.start();
    const done: unknown[] = [];
    await vi.waitFor(async () => {
      const installed = await run.hub().install();
      done.push(...installed.flatMap(({ steps }) => steps));
      // While the worker works the ledger may be too busy for it, and says so.
      expect(installed.flatMap(({ error }) => error?.code ?? [])).toEqual([]);
    }, SOON);
    expect(done).toEqual([]);
    expect(await run.hub().parts.targets.local.changes(null, 10)).toMatchObject({ changes: [] });
  });

  it('holds more once the mapping says so: nobody is emptied by it, not even who is edited meanwhile', async () => {
    const id = String((await personNamed('Hopper')).contactId);
    const { supabase } = run.clients;
    const url = 'https://www.linkedin.com/in/grace';
    const other = String((await personNamed('Lovelace')).contactId);
    await supabase.from('contacts').update({ linkedin_url: url, job_title: 'Admiral' }).eq('contact_id', id);
    await supabase
      .from('contacts')
      .update({ linkedin_url: `${url}s-friend` })
      .eq('contact_id', other);
    await vi.waitFor(async () => expect(await personNamed('Hopper')).toMatchObject({ jobTitle: 'Admiral' }), SOON);
    const before = await vi.waitFor(async () => {
      const state = await run.state(id);
      expect(state.held.local?.version).toBe(state.head?.version);
      return state;
    }, SOON);
    await run.stop();
    await query(`update ${table} set company = 'US Navy' where contact_id = $1`, id);
    await map(columns, {});
    await run.start();
    await vi.waitFor(async () => {
      const { rows } = await query(`select company, linkedin_url, job_title from ${table} where contact_id = $1`, id);
      expect(rows).toEqual([{ company: 'US Navy', linkedin_url: url, job_title: 'Admiral' }]);
    }, SOON);
    await vi.waitFor(async () => {
      const { data } = await supabase.from('contacts').select('*').eq('contact_id', id).single();
      expect(data).toMatchObject({ organization: 'US Navy', linkedin_url: url, job_title: 'Admiral' });
    }, SOON);
    const { head, conflict } = await run.state(id);
    expect(conflict).toBeNull();
    expect(head?.version).toBe((before.head?.version ?? 0) + 1);
    // Those that nobody edited are filled as well, and no version is made of it.
    await vi.waitFor(async () => {
      const { rows } = await query(`select linkedin_url from ${table} where contact_id = $1`, other);
      expect(rows).toEqual([{ linkedin_url: `${url}s-friend` }]);
      expect((await personNamed('Lovelace')).linkedinLink).toMatchObject({ primaryLinkUrl: `${url}s-friend` });
      const state = await run.state(other);
      expect(state.held.local?.version).toBe(state.head?.version);
      expect(state.versions.every(({ status }) => status === 'accepted')).toBe(true);
    }, SOON);
  });
});
