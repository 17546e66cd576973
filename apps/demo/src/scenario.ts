/** The story: what people and programs do in the four systems, and what must come of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenQueues } from '@contact-sync/queue';
import type { Sandbox } from '@contact-sync/sandbox';
import { z } from 'zod';
import type { Clients } from './clients.ts';
import type { Hub } from './hub.ts';
import { Latencies } from './latency.ts';
import type { Query } from './local.ts';
import { people } from './people.ts';
import type { Progress } from './progress.ts';
import type { Watch } from './watch.ts';

export interface Stage {
  readonly clients: Clients;
  readonly hub: Hub;
  readonly watch: Watch;
  readonly sandbox: Sandbox;
  /** The hub's queues, to look at. */
  readonly queues: OpenQueues;
  readonly progress: Progress;
}

export interface Story {
  readonly conflicts: { readonly opened: number; readonly resolved: number };
  readonly deletes: { readonly deleted: number; readonly revived: number };
  readonly dead_letters: { readonly seen: number; readonly replayed: number };
  readonly latencies: Latencies;
}

const COUNT = 200;
const SEED = 20_261_122;
const IDLE_EDITS = 16;
const KINDS = { postgres: 'Postgres', sqlite: 'SQLite' };

/** @throws {Error} at the first thing that does not come out as told */
export async function play(stage: Stage): Promise<Story> {
  const { progress } = stage;
  await progress.step(
    `${COUNT} people are written into the local ${KINDS[stage.clients.local.kind]} by plain SQL`,
    () => create(stage),
  );
  const ids = await contactIds(stage);
  const at = (index: number): string => {
    const id = ids[index];
    if (id === undefined) throw new Error(`there is no contact ${index}`);
    return id;
  };
  await progress.step('ten are edited in Supabase, ten in Twenty, five in BigQuery', () => edit(stage, at));
  await progress.step('one is edited in two systems: the later edit wins, the other is in the history', () =>
    compete(stage, at(30)),
  );
  const conflicts = await progress.step('one is edited in two systems at the very same time: a person decides', () =>
    tie(stage, at(31)),
  );
  const deletes = await progress.step(
    'one is deleted in Twenty and taken back in Supabase, one is removed by SQL for good',
    () => remove(stage, at),
  );
  await progress.step('Twenty is down for five seconds: nothing is lost, no attempt is spent', () => outage(stage, at));
  const dead_letters = await progress.step(
    'a contact of an impossible category: dead letter, corrected, replayed',
    () => impossible(stage),
  );
  const latencies = await progress.step(`${IDLE_EDITS} single edits while nothing else happens, timed`, () =>
    timed(stage, at),
  );
  await stage.watch.quiet(COUNT, progress.detail);
  return { conflicts, deletes, dead_letters, latencies };
}

async function create({ clients, watch, progress }: Stage): Promise<void> {
  const rows = people(COUNT, SEED);
  for (let from = 0; from < COUNT; from += 50) await clients.local.insert(rows.slice(from, from + 50));
  await watch.quiet(COUNT, progress.detail);
}

/** The ids that the hub gave, as they were written back to where the contacts were born. */
async function contactIds({ clients }: Stage): Promise<readonly string[]> {
  const { rows } = await clients.local.query('select contact_id from contacts order by id');
  return rows.map(({ contact_id }) => String(contact_id));
}

async function editSupabase({ clients }: Stage, contactId: string, change: object): Promise<void> {
  const { error, data } = await clients.supabase
    .from('contacts')
    .update(change)
    .eq('contact_id', contactId)
    .select('id');
  if (error) throw new Error(`Supabase answered ${error.code}`);
  if (data.length !== 1) throw new Error(`Supabase changed ${data.length} rows for ${contactId}`);
}

const found = z.object({ data: z.object({ people: z.tuple([z.looseObject({ id: z.string() })]) }) });

async function editTwenty({ clients }: Stage, personId: string, change: object): Promise<void> {
  await clients.twenty('PATCH', `/people/${personId}`, change);
}

async function personOf({ clients }: Stage, contactId: string): Promise<string> {
  const filter = encodeURIComponent(`contactId[eq]:"${contactId}"`);
  return found.parse(await clients.twenty('GET', `/people?depth=0&filter=${filter}`)).data.people[0].id;
}

async function editBigQuery({ clients }: Stage, contactId: string, change: object): Promise<void> {
  // The id stands in the SQL: the client would send a JS number, and none holds it.
  await clients.bigquery(
    `CALL \`${clients.dataset}.edit_contact\`(${contactId}, PARSE_JSON(@edit), 'analyst@example.com')`,
    {
      edit: JSON.stringify(change),
    },
  );
}

async function edit(stage: Stage, at: (index: number) => string): Promise<void> {
  const tenFrom = (first: number, count: number) => Array.from({ length: count }, (_, index) => at(first + index));
  const [supabase, twenty, bigquery] = [tenFrom(0, 10), tenFrom(10, 10), tenFrom(20, 5)];
  await Promise.all(supabase.map((id) => editSupabase(stage, id, { job_title: 'edited in Supabase ✎' })));
  for (const id of twenty) await editTwenty(stage, await personOf(stage, id), { jobTitle: 'edited in Twenty ✎' });
  for (const id of bigquery) await editBigQuery(stage, id, { job_title: 'edited in BigQuery ✎' });
  const all = [
    ...supabase.map((id) => [id, 'edited in Supabase ✎'] as const),
    ...twenty.map((id) => [id, 'edited in Twenty ✎'] as const),
    ...bigquery.map((id) => [id, 'edited in BigQuery ✎'] as const),
  ];
  for (const [id, title] of all) await stage.watch.settled(`“${title}” everywhere`, id, 'job_title', title);
}

/** Two edits of one contact of which neither system knows the other's: one lies in an open transaction meanwhile. */
async function twoAtOnce(
  { clients }: Stage,
  local: (query: Query) => Promise<unknown>,
  meanwhile: () => Promise<void>,
): Promise<void> {
  await clients.local.transaction(async (query) => {
    await local(query);
    await meanwhile();
  });
}

async function compete(stage: Stage, id: string): Promise<void> {
  await twoAtOnce(
    stage,
    (query) => query('update contacts set job_title = $2 where contact_id = $1', [id, 'the earlier edit']),
    () => editSupabase(stage, id, { job_title: 'the later edit' }),
  );
  await stage.watch.settled('the later edit everywhere', id, 'job_title', 'the later edit');
  await stage.watch.until('the earlier edit in the history', async () => {
    const rows = await stage.clients.bigquery(
      `SELECT status FROM \`${stage.clients.dataset}.contact_versions\` WHERE contact_id = ${id} AND job_title = 'the earlier edit'`,
    );
    // Superseded, or a version of its own if it was heard of first.
    return rows.length > 0 && rows;
  });
}

const conflictList = z.array(
  z.looseObject({
    conflict_id: z.string(),
    contact_id: z.string(),
    candidates: z.array(
      z.looseObject({
        content_hash: z.string(),
        content: z.looseObject({ job_title: z.string().optional() }).nullable(),
      }),
    ),
  }),
);

async function tie(stage: Stage, id: string): Promise<Story['conflicts']> {
  const moment = new Date().toISOString();
  await twoAtOnce(
    stage,
    (query) =>
      query('update contacts set job_title = $2, last_updated = $3 where contact_id = $1', [id, 'tie: local', moment]),
    () => editSupabase(stage, id, { job_title: 'tie: supabase', last_updated: moment }),
  );
  const conflict = await stage.watch.until('the tie in the conflict queue', async () => {
    const { open } = await stage.watch.one<{ open: number }>(
      `select count(*)::int as open from contact_sync_ledger.conflicts where status = 'open'`,
    );
    if (open === 0) return false;
    const listed = conflictList.parse(JSON.parse(await stage.hub.command('conflicts', 'list', '--json')));
    return listed.find(({ contact_id }) => contact_id === id) ?? false;
  });
  const choice = conflict.candidates.find(({ content }) => content?.job_title === 'tie: supabase');
  if (choice === undefined || conflict.candidates.length !== 2)
    throw new Error('the conflict does not show both sides');
  await stage.hub.command('conflicts', 'resolve', conflict.conflict_id, '--candidate', choice.content_hash);
  await stage.watch.settled('the choice everywhere', id, 'job_title', 'tie: supabase');
  return { opened: 1, resolved: 1 };
}

/** A deletion is an edit like any other: it travels everywhere, and a newer edit may take it back. */
async function remove(stage: Stage, at: (index: number) => string): Promise<Story['deletes']> {
  const { clients, watch, progress } = stage;
  const [back, gone] = [at(32), at(33)];
  await clients.twenty('DELETE', `/people/${await personOf(stage, back)}?soft_delete=true`);
  await clients.local.query('delete from contacts where contact_id = $1', [gone]);
  for (const id of [back, gone]) await watch.deleted(`${id} deleted everywhere`, id);
  progress.detail('both are gone everywhere');
  await editSupabase(stage, back, { deleted_at: null, job_title: 'taken back' });
  await watch.settled('the revived contact everywhere', back, 'job_title', 'taken back');
  return { deleted: 2, revived: 1 };
}

async function outage(stage: Stage, at: (index: number) => string): Promise<void> {
  const { sandbox, clients, watch, progress } = stage;
  const ids = Array.from({ length: 10 }, (_, index) => at(40 + index));
  const attempts = await attemptsSpent(stage);
  sandbox.twenty?.setDown(true);
  try {
    await clients.local.query(
      `update contacts set job_title = 'while Twenty slept' where contact_id in (${ids.map((id) => `'${id}'`)})`,
    );
    for (let left = 5; left > 0; left--) {
      progress.detail(`Twenty is down, ${left} s to go`);
      await sleep(1000);
    }
  } finally {
    sandbox.twenty?.setDown(false);
  }
  for (const id of ids)
    await watch.settled('the edits of the outage everywhere', id, 'job_title', 'while Twenty slept');
  const spent = (await attemptsSpent(stage)) - attempts;
  if (spent !== 0) throw new Error(`${spent} attempts were spent on an outage`);
}

/** Attempts beyond the first that Twenty's jobs were charged with, and jobs that failed, as the queue itself counts. */
async function attemptsSpent({ queues }: Stage): Promise<number> {
  const jobs = await queues.bull('propagate-twenty').getJobs(['completed', 'failed', 'delayed', 'waiting', 'active']);
  return (
    jobs.reduce((sum, job) => sum + Math.max(0, job.attemptsMade - 1), 0) +
    jobs.filter((job) => job.failedReason).length
  );
}

async function impossible(stage: Stage): Promise<Story['dead_letters']> {
  const { clients, watch, hub, progress } = stage;
  await clients.local.query(`insert into contacts (canonical_name, category_code) values ('Nemo Niemand', 'Q')`);
  const letter = await watch.until('the dead letter', async () => {
    const { code, reason } = await watch.one<{ code: string | null; reason: string | null }>(
      `select max(code) as code, max(reason) as reason from contact_sync_ledger.dead_letters where status = 'open'`,
    );
    return code !== null && { code, reason };
  });
  if (letter.code !== 'INVALID_CATEGORY') throw new Error(`the dead letter says ${letter.code}`);
  progress.detail(`${letter.code}: ${letter.reason}`);
  await clients.local.query(`update contacts set category_code = 'C' where canonical_name = 'Nemo Niemand'`);
  const replayed = z
    .array(z.looseObject({ result: z.string() }))
    .parse(JSON.parse(await hub.command('replay', '--all', '--json')));
  if (replayed.length !== 1 || replayed.some(({ result }) => result === 'failed'))
    throw new Error(`the replay came to ${JSON.stringify(replayed)}`);
  await watch.quiet(COUNT, progress.detail);
  return { seen: 1, replayed: replayed.length };
}

async function timed(stage: Stage, at: (index: number) => string): Promise<Latencies> {
  const latencies = new Latencies();
  const origins = [
    [
      'local',
      (id: string, title: string) =>
        stage.clients.local.query('update contacts set job_title = $2 where contact_id = $1', [id, title]),
    ],
    ['supabase', (id: string, title: string) => editSupabase(stage, id, { job_title: title })],
    ['twenty', async (_: string, title: string, person: string) => editTwenty(stage, person, { jobTitle: title })],
    ['bigquery', (id: string, title: string) => editBigQuery(stage, id, { job_title: title })],
  ] as const;
  for (let round = 0; round < IDLE_EDITS; round++) {
    const id = at(60 + round);
    const [origin, change] = origins[round % origins.length] ?? origins[0];
    const person = origin === 'twenty' ? await personOf(stage, id) : '';
    const title = `timed edit ${round} in ${origin}`;
    stage.progress.detail(title);
    await change(id, title, person);
    const edited = Date.now();
    const receipts = await stage.watch.settled(`“${title}” everywhere`, id, 'job_title', title);
    for (const { system, at: arrived } of receipts) if (system !== origin) latencies.add(system, arrived - edited);
  }
  return latencies;
}
