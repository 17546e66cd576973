/** What went wrong behind the hub's back is named in each system, and repaired; what is on its way is no drift. */
import { Readable } from 'node:stream';
import { type ContactId, contactId } from '@contact-sync/contact';
import { Desk, type DriftReport, ingest, type Parts, SYSTEMS, type System } from '@contact-sync/sync';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../cli/src/run.ts';
import { ann, counting, type Desks, openDesks } from './desk-rig.ts';
import { describeSeals } from './drift-seals.ts';
import { afterFirst } from './services-rig.ts';
import { openStage, type Stage, unique } from './services-stage.ts';

/** A contact that all four systems have. */
type Born = Awaited<ReturnType<Desks['born']>>;

const NONE = { stale: 0, edited_outside: 0, lost_notification: 0, extra: 0, missing: 0 };
const CALM = { pending: 0, in_conflict: 0, dead_lettered: 0, discarded: 0 };
/** Longer ago than BigQuery's edits are looked for. */
const LONG_AGO = `TIMESTAMP '2020-01-01 00:00:00+00'`;

let stage: Stage;
let desks: Desks;
let supabase: pg.Client;
beforeAll(async () => {
  stage = await openStage();
  desks = await openDesks(stage);
  supabase = new pg.Client({ connectionString: stage.env.SUPABASE_DB_URL });
  await supabase.connect();
});
afterAll(async () => {
  await supabase?.end();
  await desks?.close();
  await stage?.close();
});

const settle = () => desks.services.bigquery.syncAllContacts();
/** So many new contacts, at once. */
async function born(count: number): Promise<readonly Born[]> {
  const titles = Array.from({ length: count }, () => unique('born'));
  await stage.clients.local.insert(titles.map((title) => ({ canonical_name: 'Ada Contact', job_title: title })));
  await settle();
  const { rows } = await stage.clients.local.query('select id, contact_id, job_title from contacts');
  return titles.map((title) => {
    const row = rows.find(({ job_title }) => job_title === title);
    return { id: contactId(String(row?.contact_id)), record_id: String(row?.id), title };
  });
}
const look = (system: System): Promise<DriftReport> => desks.desk.drift(system);
const looks = () => Promise.all(SYSTEMS.map(look));
const named = ({ items }: DriftReport, ids: Readonly<Record<string, ContactId | null>>) =>
  items
    .map(({ contact_id, kind, fields }) => {
      const name = Object.keys(ids).find((one) => ids[one] === contact_id) ?? contact_id;
      return [name, kind, fields.join()];
    })
    .sort();

/** `contact-sync`, as it is called on a terminal. */
async function called(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  const lines: string[] = [];
  const keep = (text: string) => void lines.push(text);
  const code = await run(args, { env: stage.env, stdin: Readable.from([]), out: keep, err: keep });
  return { code, out: lines.join('\n') };
}

/** As the hub itself writes: no trigger keeps a trace of it. */
async function unheard(system: 'local' | 'supabase', text: string, values: readonly unknown[] = []): Promise<void> {
  const run = async (query: (sql: string, values?: readonly unknown[]) => Promise<unknown>) => {
    await query(`select set_config('app.sync_origin', 'hub', true)`);
    await query(text, values);
  };
  if (system === 'local') return await stage.clients.local.transaction(run);
  await supabase.query('begin');
  await run((sql, given = []) => supabase.query(sql, [...given]));
  await supabase.query('commit');
}

/** BigQuery acknowledges what it then loses. */
const forgetful = (parts: Parts): Parts => ({
  ...parts,
  canonical: Object.assign(Object.create(parts.canonical), { append: async () => undefined }),
});

const analysed = (id: string, title: string, version: number) =>
  stage.clients.bigquery(
    `INSERT INTO contacts.contact_versions (change_id, contact_id, version, last_updated, last_updated_by, canonical_name,
       job_title, recorded_at)
     VALUES (GENERATE_UUID(), ${id}, ${version}, CURRENT_TIMESTAMP(), 'ann', 'Behind The Back', '${title}', ${LONG_AGO})`,
  );

it('finds nothing where all is in step, reading each page with a few queries, and then nothing', async () => {
  await born(5);
  for (const report of await looks()) {
    expect(report).toMatchObject({ scanned: 5, linked: 5, in_step: 5, explained: CALM, drift: NONE, percent: 0 });
    expect(report).toMatchObject({ items: [], repair: null });
  }
  const { calls, desk } = counting(desks);
  const asked = ['ledger.deadLetters', 'local.digests', 'seals.standingDigests'];
  const kept = ['seals.unlinked', 'seals.keepLook'];
  expect(await desk.drift('local')).toMatchObject({ scanned: 5, read: 0, in_step: 5 });
  expect(calls.splice(0)).toEqual([...asked, 'seals.seals', ...kept]);
  expect(await desk.drift('local', { full: true })).toMatchObject({ scanned: 5, read: 5, in_step: 5 });
  const read = ['local.scanBuckets', 'ledger.snapshot', 'seals.linkedIn'];
  expect(calls).toEqual([...asked, ...read, 'local.digests', 'seals.standingDigests', 'seals.seal', ...kept]);
});

it('takes for drift neither an edit on its way, nor a delivery, nor what waits for a person', async () => {
  const [told, tied, refused] = (await born(3)) as [Born, Born, Born];
  await desks.tied(tied.id, tied.record_id, 'here', 'there');
  await stage.clients.local.query(`update contacts set category_code = 'Q' where id = $1`, [refused.record_id]);
  await desks.heard(refused.record_id);
  for (const system of SYSTEMS) await stage.hands[system].edit(told.id, unique(system));
  const reports = new Map((await looks()).map((report) => [report.system, report]));
  for (const system of SYSTEMS) expect(reports.get(system)).toMatchObject({ drift: NONE, items: [] });
  expect(reports.get('local')?.explained).toEqual({ ...CALM, pending: 1, dead_lettered: 1 });
  expect(reports.get('supabase')?.explained).toEqual({ ...CALM, pending: 1, in_conflict: 1 });
  for (const system of ['bigquery', 'twenty'] as const)
    expect(reports.get(system)?.explained).toEqual({ ...CALM, pending: 1 });

  const letters = await desks.desk.deadLetters({}, { limit: 10 });
  await desks.desk.discard({ ids: letters.items.map(({ dead_letter_id }) => dead_letter_id) }, 'a test', ann);
  expect((await look('local')).explained).toEqual({ ...CALM, pending: 1, discarded: 1 });
  await stage.hands.local.edit(refused.id, unique('mended'));
  await stage.clients.local.query(`update contacts set category_code = 'B' where id = $1`, [refused.record_id]);
  await settle();
});

it('does not call drift what is mended between the reading of the record and of the ledger', async () => {
  const [stale] = (await born(1)) as [Born];
  const title = unique('edited');
  await stage.hands.local.edit(stale.id, title);
  await desks.heard(stale.record_id);
  const back = 'update contacts set job_title = $2, version = 1 where contact_id = $1';
  await unheard('local', back, [stale.id, stale.title]);
  const parts = afterFirst(desks.parts, 'cursor', () => desks.heard(stale.record_id));
  expect(await new Desk(parts, desks.records, desks.seals).drift('local')).toMatchObject({ drift: NONE, items: [] });
  await stage.everywhere(stale.id, title);
});

it('names what was done behind its back in each system, repairs it, and finds nothing afterwards', async () => {
  const all = await born(10);
  const [stale, edited, removed, undead, there] = all as [Born, Born, Born, Born, Born];
  const [gone, person, nobody, older, analyst] = all.slice(5) as [Born, Born, Born, Born, Born];
  const news = unique('news');
  for (const { id } of [stale, older]) await stage.hands.local.edit(id, news);
  await stage.hands.local.remove(undead.id);
  const { record_id: unsaid } = await stage.hands.local.create(unique('Only Here'), unique('born'));
  const forgets = forgetful(desks.parts);
  await ingest(forgets, { system: 'local', record_ids: [older.record_id, unsaid] });
  await settle();
  const silent = contactId(
    String(
      (await stage.clients.local.query('select contact_id from contacts where id = $1', [unsaid])).rows[0]?.contact_id,
    ),
  );

  // The local database.
  const anew = 'version = version + 1, last_updated = clock_timestamp()';
  const back = 'update contacts set job_title = $2, version = 1 where contact_id = $1';
  await unheard('local', back, [stale.id, stale.title]);
  await unheard('local', `update contacts set job_title = 'typed', ${anew} where contact_id = $1`, [edited.id]);
  await unheard('local', 'delete from contacts where contact_id = $1', [removed.id]);
  await unheard('local', 'update contacts set deleted_at = null, version = 1 where contact_id = $1', [undead.id]);
  await unheard('local', `insert into contacts (canonical_name, version) values ('Nobody Told', 1)`);
  // Supabase.
  await unheard('supabase', `update contacts set job_title = 'typed', ${anew} where contact_id = $1`, [there.id]);
  await unheard('supabase', 'delete from contacts where contact_id = $1', [gone.id]);
  // BigQuery.
  await analysed(analyst.id, 'analysed', 2);
  await analysed('1234567890123', 'unknown', 1);
  // Twenty, whose poll does not reach back to it.
  await stage.hands.twenty.edit(person.id, 'typed');
  await stage.hands.twenty.destroy?.(nobody.id);
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  await desks.parts.ledger.receive('twenty', [], JSON.stringify({ since: tomorrow, began: null, after: null }));

  const ids = {
    ...{ stale: stale.id, edited: edited.id, removed: removed.id, undead: undead.id, there: there.id, gone: gone.id },
    ...{ person: person.id, nobody: nobody.id, lost: silent, older: older.id, analyst: analyst.id, newborn: null },
    ...{ unknown: contactId('1234567890123') },
  };
  const { code, out } = await called('drift', 'supabase', '--limit', '1');
  expect([code, out]).toEqual([
    1,
    expect.stringMatching(/^system .*\n+supabase .*\n+system .*\nsupabase .*\n+and 1 more/),
  ]);

  const found = new Map<System, DriftReport>();
  for (const system of SYSTEMS) {
    const repaired = await called('drift', system, '--repair', '--by', 'ann', '--json');
    expect([system, repaired.code]).toEqual([system, 0]);
    found.set(system, JSON.parse(repaired.out)[0]);
  }
  const { items: done } = await desks.desk.actions(null, { limit: SYSTEMS.length });
  expect(done.map(({ by, kind, reason, outcome }) => [by, kind, reason, outcome].join())).toEqual(
    SYSTEMS.map(() => 'ann,drift,repair,done'),
  );
  const repairs = await desks.desk.lastLooks();
  for (const [system, { percent, items }] of found)
    expect(repairs[system]).toMatchObject({ percent, found: items.length });
  const names = Object.fromEntries([...found].map(([system, report]) => [system, named(report, ids)]));
  expect(names).toEqual({
    bigquery: [
      ['analyst', 'lost_notification', 'canonical_name,job_title'],
      ['lost', 'missing', ''],
      ['older', 'stale', 'job_title'],
      ['unknown', 'extra', ''],
    ],
    supabase: [
      ['gone', 'missing', ''],
      ['there', 'lost_notification', 'job_title'],
    ],
    local: [
      ['edited', 'lost_notification', 'job_title'],
      ['newborn', 'extra', ''],
      ['removed', 'missing', ''],
      ['stale', 'stale', 'job_title'],
      ['undead', 'extra', 'deleted'],
    ],
    twenty: [
      ['nobody', 'missing', ''],
      ['person', 'lost_notification', 'job_title'],
    ],
  });
  for (const [system, { repair, items, percent }] of found) {
    expect([system, repair]).toEqual([system, { handed: items.length, not_repaired: 0, codes: [] }]);
    expect(percent).toBeGreaterThan(0);
  }
  const after = await called('drift', '--json');
  const reports: readonly DriftReport[] = JSON.parse(after.out);
  expect([after.code, reports.map(({ system, items }) => [system, items])]).toEqual([
    0,
    SYSTEMS.map((system) => [system, []]),
  ]);
  const none = { percent: 0, found: 0 };
  expect(await desks.desk.lastLooks()).toMatchObject(Object.fromEntries(SYSTEMS.map((system) => [system, none])));
  await stage.everywhere(stale.id, news);
  await stage.everywhere(older.id, news);
  for (const { id } of [edited, there, person]) await stage.everywhere(id, 'typed');
  await stage.everywhere(removed.id, removed.title);
  await stage.everywhere(gone.id, gone.title);
  await stage.everywhere(analyst.id, 'analysed');
  for (const { id } of [nobody, undead]) await stage.everywhere(id, null);
});

// Last: it makes of what is there a few hundred contacts.
describeSeals(() => desks);
