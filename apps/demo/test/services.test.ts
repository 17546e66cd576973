/** The services as a program uses them: alone, with no queue and no worker; and by the queues of a hub that runs. */

import { contactId } from '@contact-sync/contact';
import { openServices, type Services } from '@contact-sync/hub';
import { type Sandbox, startSandbox } from '@contact-sync/sandbox';
import {
  type ContactOutcome,
  drain,
  ingest,
  LocalSyncService,
  replay,
  SYSTEMS,
  type System,
  type Via,
} from '@contact-sync/sync';
import { type HttpProxy, openHttpProxy } from '@contact-sync/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { audit } from '../src/audit.ts';
import { type Clients, connect } from '../src/clients.ts';
import { type Hands, handsOn } from './people.ts';
import { afterFirst, Death, dyingAt, SILENT, startQuietWorker, withoutBigQuery } from './services-rig.ts';

const BORN_IN = ['local', 'supabase', 'twenty'] as const;

let sandbox: Sandbox;
let clients: Clients;
let hands: Readonly<Record<System, Hands>>;
let door: HttpProxy;
let env: Readonly<Record<string, string>>;
let serial = 0;
const unique = (what: string) => `${what} ${++serial}`;

beforeAll(async () => {
  // The allowance is the real one elsewhere: here it would only make everybody wait.
  sandbox = await startSandbox({ twentyRequestsPerMinute: 60_000 });
  door = await openHttpProxy(sandbox.env.TWENTY_URL ?? '');
  env = { ...sandbox.env, TWENTY_URL: door.url };
  clients = connect(sandbox.env, sandbox.twenty?.userToken ?? '');
  hands = handsOn({ sandbox, clients });
  await using services = await openServices(env, { log: SILENT });
  for (const { part, error } of await services.install()) if (error) throw new Error(`${part}: ${error.code}`);
});
afterAll(async () => {
  await clients?.close();
  await door?.close();
  await sandbox?.close();
});

const outcomes = ({ systems }: ContactOutcome) =>
  Object.fromEntries(SYSTEMS.map((system) => [system, systems[system].outcome]));
const everywhere = async (id: string, title: string | null) => {
  for (const system of SYSTEMS) expect([system, await hands[system].shows(id)]).toEqual([system, title]);
};
/** Records that somebody asked for, and that were news. */
const askedFor = async () => {
  const ledger = new pg.Client({ connectionString: env.LEDGER_URL });
  await ledger.connect();
  const { rows } = await ledger.query(
    `select count(*) as kept from contact_sync_ledger.inbox where key like 'asked:%'`,
  );
  await ledger.end();
  return rows[0]?.kept;
};
const allBut = (system: System) =>
  Object.fromEntries(SYSTEMS.map((one) => [one, one === system ? 'in_step' : 'written']));

describe.each(['direct', 'queue'] satisfies Via[])('%s', (via) => {
  let services: Services;
  let stopWorker = async () => {};
  beforeAll(async () => {
    services = await openServices(env, { via, log: SILENT, timeout_ms: 20_000 });
    if (via === 'queue') stopWorker = await startQuietWorker(env);
  });
  afterAll(async () => {
    await stopWorker();
    await services?.close();
  });

  const from = (system: System, recordId: string): Promise<ContactOutcome> => {
    if (system === 'supabase') return services.supabase.syncFromSupabaseToBigQuery(recordId);
    if (system === 'twenty') return services.twenty.syncFromCrmToBigQuery(recordId);
    return services.local.syncFromLocalToBigQuery(recordId);
  };
  const recordOf = async (id: string, system: System) => {
    const record = (await services.parts.ledger.contacts([contactId(id)])).get(contactId(id))?.links[system];
    if (record === undefined) throw new Error('not linked');
    return record;
  };
  /** A contact that all four systems have. */
  const born = async () => {
    const title = unique('born');
    const { record_id } = await hands.local.create(unique('Ada Contact'), title);
    const { contact_id } = await from('local', record_id);
    return { id: contact_id, title };
  };

  it.each(BORN_IN)(
    'brings a record born in %s to BigQuery and to all the others, and once is enough',
    async (system) => {
      const title = unique('born');
      const { record_id } = await hands[system].create(unique('Born Here'), title);
      const first = await from(system, record_id);
      expect(first).toMatchObject({ version: 1, deleted: false, conflict_id: null });
      await everywhere(first.contact_id, title);
      const again = await from(system, record_id);
      expect(outcomes(again)).toEqual({
        bigquery: 'in_step',
        supabase: 'in_step',
        local: 'in_step',
        twenty: 'in_step',
      });
      expect(again).toMatchObject({ contact_id: first.contact_id, version: 1 });
    },
  );

  it.each(BORN_IN)('brings an edit made in %s everywhere, and says who was written to', async (system) => {
    const { id } = await born();
    const title = unique('edited');
    await hands[system].edit(id, title);
    const outcome = await from(system, await recordOf(id, system));
    expect(outcomes(outcome)).toEqual(allBut(system));
    await everywhere(id, title);
  });

  it('brings everywhere what an analyst wrote, and a contact that only BigQuery knows', async () => {
    const { contactId: newborn } = await hands.bigquery.create(unique('Only There'), 'analysed');
    const id = await newborn();
    expect(outcomes(await services.bigquery.syncContactToAll(id))).toEqual(allBut('bigquery'));
    await everywhere(id, 'analysed');
    await hands.bigquery.edit(id, 'analysed again');
    expect(outcomes(await services.bigquery.syncContactToAll(id))).toEqual(allBut('bigquery'));
    await everywhere(id, 'analysed again');
  });

  it('finds an edit made anywhere when it is asked for the contact, and a deletion', async () => {
    const { id } = await born();
    await hands.twenty.edit(id, 'by a person');
    await services.bigquery.syncContactToAll(id);
    await everywhere(id, 'by a person');
    await hands.supabase.remove(id);
    expect(await services.bigquery.syncContactToAll(id)).toMatchObject({ deleted: true });
    await everywhere(id, null);
  });

  it.each(['local', 'supabase'] as const)('hears of a row that was removed for good in %s', async (system) => {
    const { id } = await born();
    const record = await recordOf(id, system);
    await hands[system].destroy?.(id);
    expect(await from(system, record)).toMatchObject({ contact_id: id, deleted: true });
    await everywhere(id, null);
    const { id: other } = await born();
    await hands[system].destroy?.(other);
    expect(await services.bigquery.syncContactToAll(other)).toMatchObject({ deleted: true });
    await everywhere(other, null);
  });

  it('leaves an exact tie to a person, and makes the choice a version everywhere', async () => {
    const { id } = await born();
    const at = '2026-11-20T10:00:00Z';
    // Whoever writes both columns chooses the rank.
    const sql = 'update contacts set job_title = $2, version = version + 1, last_updated = $3 where contact_id = $1';
    await clients.local.query(sql, [id, 'here', at]);
    await clients.supabase
      .from('contacts')
      .update({ job_title: 'there', version: 2, last_updated: at })
      .eq('contact_id', id);
    const outcome = await services.bigquery.syncContactToAll(id);
    expect(outcome).toMatchObject({ conflict_id: expect.any(String) });
    const { aligned, systems } = await services.validator.compareSystems(id);
    expect(aligned).toBe(false);
    // Whichever was heard first is the head.
    const [rival, ...others] = [systems.local, systems.supabase].filter(({ state }) => state === 'different');
    expect(others).toEqual([]);
    expect(rival).toMatchObject({ explained: 'conflict', differences: [{ field: 'job_title' }] });
    const [conflict] = await services.parts.ledger.conflicts([outcome.conflict_id ?? '']);
    const there = conflict?.candidates.find(({ content }) => content?.job_title === 'there');
    if (conflict === undefined || there === undefined) throw new Error('no candidate');
    const resolved = await services.conflicts.resolve(conflict.conflict_id, { candidate: there.content_hash }, 'ann');
    expect(resolved).toMatchObject({ conflict_id: null, systems: { local: { outcome: 'written' } } });
    await everywhere(id, 'there');
    await expect(
      services.conflicts.resolve(conflict.conflict_id, { candidate: there.content_hash }),
    ).rejects.toMatchObject({ code: 'CONFLICT_CLOSED' });
  });

  it('tells of a refused edit and what to do, and throws for a record that cannot become a contact', async () => {
    const { id, title } = await born();
    await clients.local.query(`update contacts set category_code = 'Q' where contact_id = $1`, [id]);
    const record = await recordOf(id, 'local');
    const refused = await from('local', record);
    expect(refused.systems.local).toMatchObject({
      outcome: 'rejected',
      code: 'INVALID_CATEGORY',
      field: 'category_code',
    });
    await everywhere(id, title);
    const before = await services.parts.ledger.deadLetters({ contact_ids: [contactId(id)] });
    await from('local', record);
    expect(await services.parts.ledger.deadLetters({ contact_ids: [contactId(id)] })).toEqual(before);

    await clients.local.query(`update contacts set category_code = 'B' where contact_id = $1`, [id]);
    // The edit that was refused waits for a person all the same.
    expect((await from('local', record)).systems.local).toMatchObject({ outcome: 'rejected' });
    await replay(services.parts, null, 'ann');
    expect((await from('local', record)).systems.local).toMatchObject({ outcome: 'in_step' });

    const { rows } = await clients.local.query(
      `insert into contacts (canonical_name, category_code) values ('Nobody', 'Q') returning id`,
    );
    await expect(from('local', String(rows[0]?.id))).rejects.toMatchObject({ code: 'INVALID_CATEGORY' });
    const letters = (await services.parts.ledger.deadLetters()).map(({ dead_letter_id }) => dead_letter_id);
    expect(letters).toHaveLength(1);
    await services.parts.ledger.closeDeadLetters(letters, 'discarded', 'ann');
    await clients.local.query(`delete from contacts where id = $1`, [rows[0]?.id]);
  });

  it('refuses ids that name nothing', async () => {
    await expect(services.bigquery.syncContactToAll('1')).rejects.toMatchObject({ code: 'NO_SUCH_CONTACT' });
    await expect(services.bigquery.syncContactToAll('Ada')).rejects.toMatchObject({ code: 'INVALID_CONTACT_ID' });
    await expect(services.validator.compareSystems('1')).rejects.toMatchObject({ code: 'NO_SUCH_CONTACT' });
    const nobody = '018f0000-0000-7000-8000-000000000000';
    await expect(services.twenty.syncFromCrmToBigQuery(nobody)).rejects.toMatchObject({ code: 'NO_SUCH_RECORD' });
  });

  it('shows a contact as a system has it, and as excluded where anybody says so', async () => {
    const { id, title } = await born();
    const key = contactId(id);
    const shown = async (system: System) => (await services.sources[system].fetchContacts([key])).get(key);
    for (const system of SYSTEMS) expect(await shown(system)).toMatchObject({ contact_id: id, job_title: title });
    await clients.local.query(`update contacts set category_code = 'X' where contact_id = $1`, [id]);
    expect(await shown('local')).toMatchObject({ category_code: 'X' });
    await from('local', await recordOf(id, 'local'));
    for (const system of SYSTEMS) expect([system, (await shown(system))?.category_code]).toEqual([system, 'X']);
    expect(await services.sources.local.fetchContacts([contactId('1')])).toEqual(new Map());
  });

  it('brings everything everywhere, and the second time finds nothing to do', async () => {
    await services.bigquery.syncAllContacts();
    const { ledger } = services.parts;
    const ids = [await born(), await born(), await born()].map(({ id }) => id);
    const [edited = '', deleted = ''] = ids;
    const fresh = await hands.supabase.create(unique('Fresh There'), unique('fresh'));
    await hands.twenty.edit(edited, 'at large');
    await hands.local.remove(deleted);
    const steps = new Set<string>();
    const first = await services.bigquery.syncAllContacts({ onProgress: ({ phase }) => void steps.add(phase) });
    expect(first).toMatchObject({ failed: 0, conflicts: 0, faults: {} });
    expect(first.synced).toBe(3);
    expect([...steps]).toEqual(expect.arrayContaining(['edits', 'records']));
    await everywhere(edited, 'at large');
    await everywhere(deleted, null);
    expect(typeof (await fresh.contactId())).toBe('string');
    expect((await audit(clients)).differences).toEqual([]);

    const kept = await askedFor();
    const second = await services.bigquery.syncAllContacts();
    expect(await askedFor()).toBe(kept);
    const { contacts } = await ledger.standings({ limit: 10_000 });
    expect(second).toMatchObject({ synced: 0, skipped: contacts.length, failed: 0, conflicts: 0 });
    const since = await services.bigquery.syncAllContacts({ lastSyncTime: second.started_at });
    expect(since).toMatchObject({ synced: 0, skipped: 0, failed: 0 });
    await hands.supabase.edit(edited, 'once more');
    expect(await services.bigquery.syncAllContacts({ lastSyncTime: second.started_at })).toEqual({
      synced: 1,
      skipped: 0,
      failed: 0,
      conflicts: 0,
      faults: {},
      started_at: expect.any(String),
    });
    await everywhere(edited, 'once more');
  });

  it('goes on with the others while a system is away, says so, and catches up', async () => {
    const { id } = await born();
    await door.cut();
    try {
      await hands.local.edit(id, 'meanwhile');
      const quick = await openServices(env, { via, log: SILENT, timeout_ms: 1_500 });
      const outcome = await quick.local.syncFromLocalToBigQuery(await recordOf(id, 'local'));
      expect(outcomes(outcome)).toMatchObject({ bigquery: 'written', supabase: 'written', twenty: 'pending' });
      expect(outcome.systems.twenty).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/) });
      const all = await quick.bigquery.syncAllContacts({
        lastSyncTime: '2100-01-01T00:00:00Z',
        timeout_ms: 1_500,
      });
      expect(all).toMatchObject({ failed: 1, faults: { twenty: expect.any(String) } });
      expect((await quick.validator.compareSystems(id)).systems.twenty).toMatchObject({ state: 'unreadable' });
      await quick.close();
    } finally {
      await door.mend();
    }
    expect(outcomes(await services.bigquery.syncContactToAll(id))).toMatchObject({ twenty: 'written' });
    await everywhere(id, 'meanwhile');
  });

  it('stops when it is told to, and the next call goes on', async () => {
    const { id } = await born();
    await hands.supabase.edit(id, 'stopped');
    const stopped = services.bigquery.syncAllContacts({ signal: AbortSignal.abort(new Error('enough')) });
    await expect(stopped).rejects.toThrow('enough');
    const halfway = new AbortController();
    const going = services.bigquery.syncAllContacts({
      signal: halfway.signal,
      onProgress: () => halfway.abort(new Error('enough now')),
    });
    await expect(going).rejects.toThrow('enough now');
    await services.bigquery.syncAllContacts();
    await everywhere(id, 'stopped');
    await expect(services.bigquery.syncAllContacts({ lastSyncTime: 'yesterday' })).rejects.toThrow(RangeError);
  });
});

describe('a program that uses the services', () => {
  let services: Services;
  beforeAll(async () => {
    services = await openServices(env, { log: SILENT });
    await services.bigquery.syncAllContacts();
  });
  afterAll(() => services?.close());
  const born = async () => {
    const { record_id } = await hands.local.create(unique('Ada Contact'), unique('born'));
    return { record_id, id: (await services.local.syncFromLocalToBigQuery(record_id)).contact_id };
  };
  const versions = async (id: string) =>
    (await services.parts.canonical.history([contactId(id)])).map((row) => row.version);

  it('may die at any request: whoever comes next finds all that it left undone, and no edit twice (I11)', async () => {
    const { record_id, id } = await born();
    let deaths = 0;
    for (let request = 1; deaths === request - 1; request++) {
      const title = unique('mortal');
      await hands.local.edit(id, title);
      const mortal = new LocalSyncService(dyingAt(services.parts, request));
      await mortal.syncFromLocalToBigQuery(record_id).catch((error: unknown) => {
        if (!(error instanceof Death)) throw error;
        deaths++;
      });
      expect(await services.bigquery.syncAllContacts({ lastSyncTime: '2100-01-01T00:00:00Z' })).toMatchObject({
        failed: 0,
        faults: {},
      });
      await everywhere(id, title);
      expect(await versions(id)).toHaveLength(request + 1);
    }
    // Reading, deciding, appending, three deliveries and their receipts, and what is looked up on the way.
    expect(deaths).toBeGreaterThan(12);
  });

  /** As a system shows it while it has not heard of what happened elsewhere. */
  const deaf = async (run: () => Promise<unknown>) => {
    await door.cut();
    await run().finally(() => door.mend());
  };
  const inTwenty = async (id: string) =>
    (await services.sources.twenty.fetchContacts([contactId(id)])).get(contactId(id));

  it('sees as excluded what was excluded anywhere, whatever the system says that it asks', async () => {
    const { id, record_id } = await born();
    expect(await inTwenty(id)).not.toHaveProperty('category_code');
    // An edit that waits.
    await clients.local.query(`update contacts set category_code = 'X' where contact_id = $1`, [id]);
    await drain(services.parts, 'local');
    expect(await inTwenty(id)).toMatchObject({ category_code: 'X' });
    // The head, which Twenty has yet to be told of.
    await deaf(() => services.local.syncFromLocalToBigQuery(record_id));
    expect((await services.validator.compareSystems(id)).systems.twenty).toMatchObject({ explained: 'pending' });
    expect(await inTwenty(id)).toMatchObject({ category_code: 'X' });
    // A candidate of a conflict, while the head says otherwise.
    const tied = await born();
    const at = '2026-11-20T10:00:00Z';
    const excluded = `update contacts set category_code = 'X', version = 2, last_updated = $2 where contact_id = $1`;
    await clients.local.query(excluded, [tied.id, at]);
    const other = { category_code: 'A', version: 2, last_updated: at };
    const { data } = await clients.supabase
      .from('contacts')
      .update(other)
      .eq('contact_id', tied.id)
      .select('id')
      .single();
    const outcome = await services.supabase.syncFromSupabaseToBigQuery(String(data?.id));
    expect(outcome).toMatchObject({ conflict_id: expect.any(String) });
    const { head } = (await services.parts.ledger.contacts([tied.id])).get(tied.id) ?? {};
    expect(head?.content?.category_code).toBe('A');
    expect(await inTwenty(tied.id)).toMatchObject({ category_code: 'X' });
  });

  it('is not shown what was deleted elsewhere', async () => {
    const { id, record_id } = await born();
    await hands.local.remove(id);
    await deaf(() => services.local.syncFromLocalToBigQuery(record_id));
    expect(await hands.twenty.shows(id)).not.toBeNull();
    expect(await inTwenty(id)).toBeUndefined();
  });

  it('finds in BigQuery the next time what was decided while BigQuery was away', async () => {
    const { id, record_id } = await born();
    const title = unique('unappended');
    await hands.local.edit(id, title);
    const without = new LocalSyncService(withoutBigQuery(services.parts));
    expect((await without.syncFromLocalToBigQuery(record_id)).systems).toMatchObject({
      bigquery: { outcome: 'pending', code: 'BIGQUERY_AWAY' },
      twenty: { outcome: 'pending', code: 'BIGQUERY_AWAY' },
    });
    // Nobody tells of the contact again: Twenty, which would, is away.
    await deaf(() => services.bigquery.syncAllContacts({ lastSyncTime: '2100-01-01T00:00:00Z' }));
    expect(await hands.bigquery.shows(id)).toBe(title);
    await services.bigquery.syncAllContacts();
    await everywhere(id, title);
  });

  it('finds an edit of which nobody tells when it looks at every record', async () => {
    const { id } = await born();
    const title = unique('untold');
    // As by somebody who restores a table: no trigger runs, and nothing is kept in the outbox.
    await clients.local.transaction(async (query) => {
      await query('set local session_replication_role = replica');
      await query('update contacts set job_title = $2, version = version + 1 where contact_id = $1', [id, title]);
    });
    await services.bigquery.syncAllContacts({ lastSyncTime: new Date() });
    expect(await hands.supabase.shows(id)).not.toBe(title);
    expect(await services.bigquery.syncAllContacts()).toMatchObject({ synced: 1 });
    await everywhere(id, title);
  });

  it.each(['direct', 'queue'] satisfies Via[])(
    'ends what another process took from under its hands, and left halfway: %s',
    async (via) => {
      const stop = await startQuietWorker(env);
      await using beside = await openServices(env, { via, log: SILENT });
      try {
        const title = unique('taken');
        const { record_id } = await hands.local.create(unique('Ada Contact'), title);
        const overtaken = afterFirst(beside.parts, 'snapshot', async () => {
          await drain(services.parts, 'local');
          await ingest(services.parts, { system: 'local', record_ids: [record_id] });
        });
        const outcome = await new LocalSyncService(overtaken, { via }).syncFromLocalToBigQuery(record_id);
        expect(outcomes(outcome)).toEqual(allBut('local'));
        await everywhere(outcome.contact_id, title);
      } finally {
        await stop();
      }
    },
  );

  it('may call them many times at once: one edit is one version, written once to each system (I4)', async () => {
    const { record_id, id } = await born();
    const title = unique('hurried');
    await hands.supabase.edit(id, title);
    const calls = [1, 2, 3].flatMap(() => [
      services.bigquery.syncContactToAll(id),
      services.local.syncFromLocalToBigQuery(record_id),
      services.bigquery.syncAllContacts({ lastSyncTime: new Date() }),
    ]);
    await Promise.all(calls);
    await everywhere(id, title);
    expect(await versions(id)).toEqual([1, 2]);
  });
});

it('finds every contact in BigQuery again when its ledger is new', async () => {
  const other = (await sandbox.postgres?.createDatabase('ledger_anew')) ?? '';
  await using services = await openServices({ ...env, LEDGER_URL: other, QUEUE_URL: other }, { log: SILENT });
  await services.install();
  const result = await services.bigquery.syncAllContacts();
  expect(result).toMatchObject({ failed: 0, conflicts: 0, faults: {} });
  await vi.waitFor(async () => expect((await audit(clients)).differences).toEqual([]));
});
