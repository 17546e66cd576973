import { type Content, contactId, contentHash, timestamp } from '@contact-sync/contact';
import type { Change, HistoryRow, Version } from '@contact-sync/sync';
import { describe, expect, it } from 'vitest';
import { direct, type Rpc } from '../src/rpc.ts';
import {
  bigQueryAdapter,
  createBigQueryServer,
  createSqlServer,
  createTwentyServer,
  type Patch,
  type SqlServer,
  sqlAdapter,
  twentyAdapter,
} from '../src/systems/index.ts';
import { tickingClock } from './systems-rig.ts';

const TIME = timestamp('2026-01-02T03:04:05.678901Z');

const versionOf = (id: string, version: number, content: Content | null): Version => ({
  contact_id: contactId(id),
  version,
  last_updated: TIME,
  last_updated_by: 'hub',
  content,
  content_hash: contentHash(content),
});
const delivery = (version: Version, held: Version | null = null) => ({ ...version, record_id: null, held });
const ada = { canonical_name: 'Ada' };

function rowOf(version: Version, status: HistoryRow['status'] = 'accepted'): HistoryRow {
  const change_id = `${version.contact_id}:${version.version}:${version.content_hash}`;
  return { ...version, change_id, status, source: 'local', recorded_at: TIME };
}

/** Counts requests by name, and fails the one that is to be refused before it arrives. */
function counting(): { readonly rpc: Rpc; readonly asked: string[]; refuseNext(name: string): void } {
  const asked: string[] = [];
  let refused: string | null = null;
  return {
    asked,
    refuseNext: (name) => {
      refused = name;
    },
    async rpc(name, effect) {
      asked.push(name);
      if (name !== refused || asked.filter((one) => one === name).length < 2) return effect();
      throw new Error('the worker died here');
    },
  };
}

describe('a model of a database', () => {
  const open = (): { server: SqlServer; adapter: ReturnType<typeof sqlAdapter> } => {
    const server = createSqlServer({ now: tickingClock() });
    return { server, adapter: sqlAdapter('supabase', server, direct) };
  };

  it('lists the writes of the hub that took effect, and whether they changed the contact', async () => {
    const { server, adapter } = open();
    const first = versionOf('1', 1, ada);
    await adapter.apply([delivery(first)]);
    await adapter.apply([delivery(first)]);
    await adapter.apply([delivery(versionOf('1', 2, ada))]);
    await adapter.apply([delivery(versionOf('1', 1, { canonical_name: 'stale' }))]);
    await adapter.apply([delivery(versionOf('1', 3, null))]);
    expect(server.writes.map(({ version, changed }) => [version, changed])).toEqual([
      [1, true],
      [2, false],
      [3, true],
    ]);
  });

  it('names a born row, and a born grave, though both rank above what came', async () => {
    const { server, adapter } = open();
    const [kept, gone] = [server.create(ada), server.create({ canonical_name: 'Eve' })];
    server.edit(kept.record_id, { job_title: 'Countess' });
    server.destroy(gone.record_id);
    const [one, two] = [versionOf('1', 1, ada), versionOf('2', 1, { canonical_name: 'Eve' })];
    const outcomes = await adapter.apply([
      { ...one, record_id: kept.record_id, held: null },
      { ...two, record_id: gone.record_id, held: null },
    ]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['ahead', 'ahead']);
    expect(server.records().map(({ contact_id, deleted }) => [contact_id, deleted])).toEqual([
      ['1', false],
      ['2', true],
    ]);
  });

  it('does not name a born row for a contact whose deletion ranks above what came', async () => {
    const { server, adapter } = open();
    await adapter.apply([delivery(versionOf('1', 3, null))]);
    const { record_id } = server.create(ada);
    const [outcome] = await adapter.apply([{ ...versionOf('1', 2, ada), record_id, held: null }]);
    expect(outcome?.outcome).toBe('ahead');
    expect(server.records().map(({ contact_id }) => contact_id)).toEqual(['1', null]);
  });

  it('does not name a born grave for a contact that has one', async () => {
    const { server, adapter } = open();
    await adapter.apply([delivery(versionOf('1', 3, null))]);
    const { record_id } = server.create(ada);
    server.destroy(record_id);
    const [outcome] = await adapter.apply([{ ...versionOf('1', 3, null), record_id, held: null }]);
    expect(outcome).toMatchObject({ outcome: 'unchanged', record_id: '1' });
    expect(server.records().map(({ contact_id }) => contact_id)).toEqual(['1', null]);
  });

  it('brings a contact that a user inserts again back under its old record id, above its deletion', () => {
    const { server } = open();
    const { record_id } = server.create(ada, undefined, contactId('1'));
    server.destroy(record_id);
    expect(server.create(ada, undefined, contactId('1'))).toMatchObject({ record_id, version: 3, deleted: false });
  });
});

describe('a model of Twenty', () => {
  const open = (rpc: Rpc = direct) => {
    const now = tickingClock();
    const heard: Change[] = [];
    const server = createTwentyServer({ now, onWebhook: (change) => heard.push(change) });
    return { server, heard, adapter: twentyAdapter(server, rpc, { now: () => now() / 1_000 }) };
  };

  it("tells every change by webhook, the hub's too, under the key of the poll, and no write that changes nothing", async () => {
    const { server, heard, adapter } = open();
    await adapter.apply([delivery(versionOf('1', 1, ada))]);
    const [{ record_id } = { record_id: '' }] = server.records();
    server.set(record_id, { jobTitle: 'Countess' });
    server.set(record_id, { jobTitle: 'Countess' });
    const { changes } = await adapter.changes(null, 10);
    expect(heard.map(({ record }) => record.edited ?? false)).toEqual([false, true]);
    expect(changes.map(({ record }) => record.fields)).toEqual([heard[1]?.record.fields]);
    server.remove(record_id);
    server.revive(record_id);
    server.destroy(record_id);
    expect(heard.slice(2).map(({ record }) => record.deleted)).toEqual([true, false, true]);
    expect(new Set(heard.map(({ key }) => key)).size).toBe(heard.length);
    expect(server.records()).toEqual([]);
  });

  it('polls a state under the key by which its webhook told it', async () => {
    const { server, heard, adapter } = open();
    server.create(ada);
    expect((await adapter.changes(null, 10)).changes).toEqual(heard);
  });

  it('reads before it writes, in requests of their own: who comes between is written over', async () => {
    const { rpc, asked } = counting();
    const { server, adapter } = open(rpc);
    const first = versionOf('1', 1, ada);
    await adapter.apply([delivery(first)]);
    await adapter.apply([delivery(versionOf('1', 2, { ...ada, job_title: 'Analyst' }), first)]);
    await adapter.apply([delivery(versionOf('1', 3, null), versionOf('1', 2, { ...ada, job_title: 'Analyst' }))]);
    expect(asked).toEqual([
      ...['twenty.find', 'twenty.create', 'twenty.find', 'twenty.upsert'],
      ...['twenty.find', 'twenty.softDelete', 'twenty.patch'],
    ]);
    expect(server.writes.map(({ version, changed }) => [version, changed])).toEqual([
      [1, true],
      [2, true],
      [2, true],
      [3, false],
    ]);
  });

  it('keeps the updates of a batch whose later row is refused, and tells none of them', () => {
    const { server, heard } = open();
    const [one, two] = [server.create(ada), server.create({ canonical_name: 'Eve', emails: ['Eve@example.com'] })];
    server.set(two.record_id, { emails: { primaryEmail: 'EVE@example.com' } });
    const before = heard.length;
    const rows: readonly Patch[] = [
      { id: one.record_id, jobTitle: 'Countess' },
      { contactId: '1', emails: { primaryEmail: 'new@example.com' } },
      { contactId: '2', emails: { primaryEmail: 'new@example.com' } },
    ];
    expect(() => server.rest.upsert(rows)).toThrow('refused with 400');
    expect(heard.length).toBe(before);
    expect(server.records()).toHaveLength(2);
    expect(server.rest.find([{ field: 'id', values: [one.record_id] }])[0]?.values.jobTitle).toBe('Countess');
    expect(server.rest.find([{ field: 'emails.primaryEmail', values: ['eve@example.com'] }])[0]?.id).toBe(
      two.record_id,
    );
  });
});

describe('a model of BigQuery', () => {
  it('takes rows in two requests: a crash in between leaves the half, and the next try makes nothing twice', async () => {
    const server = createBigQueryServer({ now: tickingClock() });
    const { rpc, refuseNext } = counting();
    const rows = [1, 2, 3].map((version) => rowOf(versionOf('1', version, { canonical_name: `Ada ${version}` })));
    refuseNext('bigquery.append');
    await expect(bigQueryAdapter(server, rpc).append(rows)).rejects.toThrow('died');
    expect(server.history().map(({ version }) => version)).toEqual([1, 2]);
    await bigQueryAdapter(server, direct).append(rows);
    expect(server.history().map(({ version }) => version)).toEqual([1, 2, 3]);
    expect(server.writes.map(({ version, changed }) => [version, changed])).toEqual([
      [1, true],
      [2, true],
      [3, true],
    ]);
  });

  it('shows the highest accepted row of a contact as its head', async () => {
    const server = createBigQueryServer({ now: tickingClock() });
    const adapter = bigQueryAdapter(server, direct);
    await adapter.append([rowOf(versionOf('1', 1, ada)), rowOf(versionOf('1', 9, null), 'superseded')]);
    expect(await adapter.heads([contactId('1')])).toMatchObject([{ version: 1, content: ada }]);
    server.edit('1', { job_title: 'Countess' });
    expect(server.records()).toMatchObject([{ contact_id: '1', version: 2, deleted: false }]);
    expect(server.remove('1')).toMatchObject({ version: 3, deleted: true });
    expect(server.edit('1', { job_title: 'no name' })).toBeNull();
    expect(server.revive('1')).toMatchObject({ version: 4, deleted: false });
    expect((await adapter.changes(null, 10)).changes.map(({ record }) => record.version)).toEqual([2, 3, 4]);
  });

  it('tells edits of one moment a page at a time, each once', async () => {
    const server = createBigQueryServer({ now: () => 1_767_312_000_000_000 });
    const adapter = bigQueryAdapter(server, direct);
    const made = Array.from({ length: 5 }, () => server.create(ada).record_id);
    const told: string[] = [];
    let cursor: string | null = null;
    for (let more = true; more; ) {
      const page: Awaited<ReturnType<typeof adapter.changes>> = await adapter.changes(cursor, 2);
      told.push(...page.changes.map(({ record_id }) => record_id));
      ({ cursor, more } = page);
    }
    expect(told).toEqual(made);
  });

  it('does not tell again what was recorded longer ago than a row may be late', async () => {
    let now = 1_767_312_000_000_000;
    const server = createBigQueryServer({ now: () => now });
    const adapter = bigQueryAdapter(server, direct, { overlapMs: 1_000 });
    server.create(ada);
    const first = await adapter.changes(null, 10);
    now += 5_000_000;
    const second = await adapter.changes(first.cursor, 10);
    const third = await adapter.changes(second.cursor, 10);
    expect([first, second, third].map(({ changes }) => changes.length)).toEqual([1, 1, 0]);
  });
});
