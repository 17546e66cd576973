/** Each alert fires by a real fault of a real part, once, and is over once the fault is mended. */
import { contactId } from '@contact-sync/contact';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { audit } from '../src/audit.ts';
import { type AlertsRig, openAlerts } from './alerts-rig.ts';
import { ann } from './desk-rig.ts';

let rig: AlertsRig;
beforeAll(async () => {
  rig = await openAlerts();
});
afterAll(() => rig?.close());

const SOON = { timeout: 25_000, interval: 50 };
const local = (sql: string, ...values: unknown[]) => rig.clients.local.query(sql, values);
const inSupabase = (contact_id: string, values: object) =>
  rig.clients.supabase.from('contacts').update(values).eq('contact_id', contact_id);
/** As the owner of the sandbox's Postgres, which is this test's alone. */
async function asOwner<T>(url: string | undefined, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

test('a system that is away: SYNC_FAILING', async () => {
  rig.twenty.cut();
  expect(await rig.fires('SYNC_FAILING', 'system:twenty')).toMatch(/^Twenty does not answer/);
  await rig.hub.alerting.round();
  rig.twenty.mend();
  await rig.resolves('SYNC_FAILING', 'system:twenty');
});

test('a clock that is wrong: CLOCK_SKEW', async () => {
  rig.twenty.redate((date) => new Date(Date.parse(date) + 120_000).toUTCString());
  expect(await rig.fires('CLOCK_SKEW', 'system:twenty')).toMatch(/ahead of the hub/);
  rig.twenty.redate((date) => date);
  await rig.resolves('CLOCK_SKEW', 'system:twenty');
});

test('an exact tie: CONFLICT_OPEN', async () => {
  const { contact_id, row } = await rig.born('tied');
  const rank = { version: 50, last_updated: '2026-11-20T10:00:00Z' };
  await local(
    'update contacts set job_title = $2, version = $3, last_updated = $4 where id = $1',
    row,
    'local',
    rank.version,
    rank.last_updated,
  );
  await inSupabase(contact_id, { job_title: 'supabase', ...rank });
  expect(await rig.fires('CONFLICT_OPEN', 'hub')).toMatch(/^1 exact tie waits/);
  const { items } = await rig.hub.desk.conflicts('open', { limit: 2 });
  const [conflict] = items;
  const chosen = conflict?.candidates[0]?.content_hash;
  if (conflict === undefined || chosen === undefined) throw new Error('no conflict');
  await rig.hub.desk.resolve(conflict.conflict_id, { candidate: chosen }, ann);
  await rig.resolves('CONFLICT_OPEN', 'hub');
});

test('work that failed for good: DEAD_LETTERS_OPEN', async () => {
  const { contact_id, row } = await rig.born('lettered');
  await local('update contacts set category_code = $2 where id = $1', row, 'Q');
  expect(await rig.fires('DEAD_LETTERS_OPEN', 'system:local')).toMatch(/INVALID_CATEGORY 1/);
  await local('update contacts set category_code = null, job_title = $2 where id = $1', row, 'mended');
  const mended = async () => {
    const { data } = await rig.clients.supabase
      .from('contacts')
      .select('job_title')
      .eq('contact_id', contact_id)
      .single();
    expect(data?.job_title).toBe('mended');
  };
  await vi.waitFor(mended, SOON);
  await rig.hub.desk.replay({ filter: {}, page: { limit: 10 } }, ann);
  await rig.resolves('DEAD_LETTERS_OPEN', 'system:local');
});

test('7 % of the rows, changed, set back and removed behind everybody’s back: DRIFT_HIGH, and all of it is repaired', async () => {
  const { rows } = await local('select count(*)::int as there from contacts');
  const missing = 100 - Number(rows[0]?.there);
  await local(
    `insert into contacts (canonical_name, job_title) select 'Ada ' || n, 'old' from generate_series(1, $1::int) n`,
    missing,
  );
  const everywhere = async () => {
    expect(await audit(rig.clients)).toMatchObject({ contacts: 100, equal: 100 });
  };
  await vi.waitFor(everywhere, SOON);
  const ids = (await local(`select id from contacts where job_title = 'old' order by id limit 7`)).rows.map(
    ({ id }) => id,
  );
  await local(`update contacts set job_title = 'new' where id = any ($1)`, ids.slice(3, 5));
  await vi.waitFor(everywhere, SOON);
  expect(await rig.hub.desk.drift('local')).toMatchObject({ scanned: 100, in_step: 100, percent: 0 });

  await asOwner(rig.sandbox.env.LOCAL_URL, async (client) => {
    await client.query('set session_replication_role = replica');
    const some = (from: number, to: number) => [ids.slice(from, to)];
    await client.query(
      `update contacts set job_title = 'nobody told', last_updated = now() where id = any ($1)`,
      some(0, 3),
    );
    await client.query(`update contacts set job_title = 'old', version = version - 1 where id = any ($1)`, some(3, 5));
    await client.query('delete from contacts where id = any ($1)', some(5, 7));
  });
  const found = await rig.hub.desk.drift('local');
  expect(found).toMatchObject({ percent: 7, drift: { edited_outside: 3, stale: 2, missing: 2 } });
  expect(found.read).toBeLessThan(20);
  expect(await rig.fires('DRIFT_HIGH', 'system:local')).toMatch(/^7 % of the records of the local database/);
  await rig.hub.desk.drift('local', { asker: ann, repair: true });
  await vi.waitFor(everywhere, SOON);
  expect(await rig.hub.desk.drift('local')).toMatchObject({ in_step: 100, percent: 0 });
  await rig.resolves('DRIFT_HIGH', 'system:local');
});

test('a database that takes its time: LATENCY_HIGH', async () => {
  const { contact_id } = await rig.born('in time');
  await asOwner(rig.sandbox.env.LOCAL_URL, async (client) => {
    await client.query('begin');
    await client.query('lock table contacts in exclusive mode');
    await inSupabase(contact_id, { job_title: 'late' });
    expect(await rig.fires('LATENCY_HIGH', 'system:local')).toMatch(/waits, the oldest/);
    await client.query('rollback');
  });
  await rig.resolves('LATENCY_HIGH', 'system:local');
});

test('a queue that quietly stands still: STALLED, and the server is not ready', async () => {
  const { contact_id } = await rig.born('moving');
  const queue = rig.hub.queues.bull('propagate-local');
  await queue.pause();
  await inSupabase(contact_id, { job_title: 'standing still' });
  expect(await rig.fires('STALLED', 'system:local')).toMatch(/though it answers/);
  expect(await rig.hub.monitor.health()).toMatchObject({ status: 'stalled' });
  await queue.resume();
  await rig.resolves('STALLED', 'system:local');
});

test('a program that edits one contact without end: ECHO_STORM', async () => {
  const { contact_id, row } = await rig.born('calm');
  const version = async () => {
    const states = await rig.hub.parts.ledger.contacts([contactId(contact_id)]);
    return states.get(contactId(contact_id))?.head?.version ?? 0;
  };
  for (let edit = 0; edit < 9; edit++) {
    const before = await version();
    await local('update contacts set job_title = $2 where id = $1', row, `edit ${edit}`);
    await vi.waitFor(async () => expect(await version()).toBeGreaterThan(before), SOON);
  }
  expect(await rig.fires('ECHO_STORM', `contact:${contact_id}`)).toMatch(/versions within a minute/);
  // The minute goes by.
  await rig.sql(`update versions set committed_at = committed_at - interval '2 minutes' where contact_id = $1`, [
    contact_id,
  ]);
  await rig.resolves('ECHO_STORM', `contact:${contact_id}`);
});

test('queues that would not survive a crash: QUEUE_NOT_DURABLE', async () => {
  const set = (value: string) =>
    asOwner(rig.sandbox.env.QUEUE_URL, async (client) => {
      await client.query(`alter system set synchronous_commit = ${value}`);
      await client.query('select pg_reload_conf()');
    });
  await set('off');
  expect(await rig.fires('QUEUE_NOT_DURABLE', 'hub')).toMatch(/would lose jobs/);
  await set('on');
  await rig.resolves('QUEUE_NOT_DURABLE', 'hub');
});

test('no worker: NO_WORKER', async () => {
  await rig.worker().close();
  await rig.fires('NO_WORKER', 'hub');
  await rig.restartWorker();
  await rig.resolves('NO_WORKER', 'hub');
});

test('queues that are away: QUEUES_DOWN', async () => {
  rig.queue.cut();
  await rig.fires('QUEUES_DOWN', 'hub');
  rig.queue.mend();
  await rig.resolves('QUEUES_DOWN', 'hub');
});

test('a ledger that is away is told all the same, and kept once it is back: LEDGER_DOWN', async () => {
  rig.ledger.cut();
  await vi.waitFor(async () => {
    await rig.hub.alerting.round();
    if (!rig.told.some((text) => text.includes('Firing: LEDGER_DOWN hub'))) throw new Error('nobody was told');
  }, SOON);
  rig.ledger.mend();
  await rig.resolves('LEDGER_DOWN', 'hub');
});
