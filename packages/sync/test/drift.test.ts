/** The look itself, against a ledger and a system that say what they are told to: how much is asked, kept and repaired. */
import { contentHash } from '@contact-sync/contact';
import { describe, expect, it } from 'vitest';
import type {
  ContactCommit,
  ContactState,
  LinkedRecord,
  OperatorLedger,
  Parts,
  SealLedger,
  System,
  SystemRecord,
} from '../src/index.ts';
import { type DriftOptions, findDrift } from '../src/operators/drift.ts';
import { ExpectedSoFar } from '../src/operators/drift-expected.ts';
import { around, at, ID } from './ingest-cases.ts';

const idOf = (n: number): string => String(n).padStart(6, '0');
const recordOf = (record_id: string): SystemRecord => ({
  ...{ record_id, contact_id: null, version: 1, last_updated: at(1), last_updated_by: 'ann', deleted: false },
  fields: { canonical_name: 'Ada' },
});
const linkedOf = (record_id: string): LinkedRecord => ({ record_id, contact_id: ID, version: 1, seen_at: at(1) });
const content = { canonical_name: 'Ada' };
const version = { version: 1, content_hash: contentHash(content) };
const contact: ContactState = {
  ...{
    contact_id: ID,
    revision: 1,
    versions: [],
    links: {},
    conflict: null,
    held: { local: version, twenty: version },
  },
  head: { ...version, contact_id: ID, last_updated: at(1), last_updated_by: 'ann', content },
};

interface World {
  readonly system: System;
  /** What the scan gives; only these are there. */
  readonly records?: readonly SystemRecord[];
  /** What the ledger has linked, all of it of one contact. */
  readonly linked?: readonly string[];
  /** Every read finds the records changed. */
  readonly restless?: true;
  /** When an edit of any record was discarded. */
  readonly discarded?: string;
  /** Nothing is held of the contact; whether it may be delivered. */
  readonly behind?: 'going' | 'braked' | 'parked';
  /** Every commit comes too late. */
  readonly contended?: true;
}

function worldOf({ system, records = [], linked = [], restless, contended, discarded, behind }: World) {
  const state = behind === undefined ? contact : { ...contact, held: {} };
  const calls: string[] = [];
  const told: string[] = [];
  const commits: ContactCommit[] = [];
  let reads = 0;
  const adapter = {
    ...{ system, lens: around(system).lens, counts_versions: true, forgets_removed: system === 'twenty' },
    scan: async (cursor: string | null, limit: number) => {
      const from = Number(cursor ?? 0);
      const page = records.slice(from, from + limit);
      return { records: page, cursor: from + limit < records.length ? String(from + limit) : null };
    },
    fetch: async (ids: readonly string[]) => {
      calls.push('fetch');
      const asked = new Set(ids);
      return records
        .filter(({ record_id }) => asked.has(record_id))
        .map((record) => (restless ? { ...record, last_updated: at(++reads) } : record));
    },
    changes: async () => ({ changes: [], cursor: null, more: false }),
  };
  const ledger = {
    snapshot: async (_: System, ids: readonly string[]) => {
      calls.push('snapshot');
      const known = new Set(linked);
      const links = new Map(ids.filter((id) => known.has(id)).map((id) => [id, ID]));
      return { inbox: [], links, contacts: new Map(links.size > 0 ? [[ID, state]] : []) };
    },
    linked: async (_: System, after: string, limit: number) =>
      linked
        .filter((id) => id > after)
        .slice(0, limit)
        .map(linkedOf),
    deadLetters: async () => [],
    deliverable: async (_target: System, _ids: unknown, _fill: number, braked = false) =>
      behind === 'going' || (behind === 'braked' && braked) ? [{ contact_id: ID }] : [],
    cursor: async () => null,
    receive: async (_: System, changes: readonly { readonly record_id: string }[]) =>
      changes.map(({ record_id }) => record_id),
    commit: async (all: readonly ContactCommit[]) => {
      commits.push(...all);
      return { lost: new Set(contended ? all.map(({ contact_id }) => contact_id) : []), letters: [], overtaken: [] };
    },
  };
  const rests: number[] = [];
  const rested = (ms: number, run: () => void) => {
    rests.push(ms);
    run();
    return () => undefined;
  };
  const tell = async (_: System, ids: readonly string[]) => void told.push(...ids);
  const parts = {
    ...{ ledger, targets: { local: adapter, twenty: adapter }, canonical: adapter },
    queues: { ingest: tell, propagate: tell },
    ambient: { now: () => 1, random: () => 0, after: rested },
    bounds: { skew_ms: 0, max_version_jump: 1 },
    // No more of them is asked for.
  } as unknown as Parts;
  const letter = { key: 'r', status: 'discarded', closed_at: discarded };
  const pages = [
    { items: [], next: 'more' },
    { items: discarded === undefined ? [] : [letter], next: null },
  ];
  const listDeadLetters = async (_: unknown, { after }: { readonly after?: string }) => pages[after ? 1 : 0];
  const letters = { listDeadLetters } as unknown as OperatorLedger;
  // Of a system without digests nothing is sealed.
  const seals = { unlinked: async () => [] } as unknown as SealLedger;
  const look = (options?: DriftOptions) => findDrift(parts, letters, seals, system, options);
  return { calls, told, commits, look, parts, rests };
}

const many = (count: number) => Array.from({ length: count }, (_, n) => idOf(n));

describe('a look at a system', () => {
  it('counts all of what is wrong, tells some of it, and asks once for each page', async () => {
    const { look, calls, told } = worldOf({ system: 'local', records: many(5_200).map(recordOf) });
    const phases: string[] = [];
    const report = await look({ items: 3, repair: true, onProgress: ({ phase }) => void phases.push(phase) });
    // Before all is read, so that they need not be kept.
    expect(phases.indexOf('suspects')).toBeLessThan(phases.lastIndexOf('records'));
    expect(report).toMatchObject({ scanned: 5_200, in_step: 0, drift: { extra: 5_200 }, percent: 100 });
    expect(report.items.map(({ record_id }) => record_id)).toEqual(['000000', '000001', '000002']);
    expect(told).toHaveLength(5_200);
    // 11 pages, and the suspects of all of them again.
    expect(calls.filter((name) => name === 'snapshot').length).toBeLessThanOrEqual(11 + 12);
  });

  it('finds what is missing in either order of reading, whatever stands between', async () => {
    for (const system of ['local', 'twenty'] as const) {
      const linked = many(1_700);
      const records = [...linked.filter((_, n) => n % 1_000 !== 1), '900000'].map(recordOf);
      const { look } = worldOf({ system, records: records.map((one) => ({ ...one, contact_id: ID })), linked });
      const report = await look();
      expect(report).toMatchObject({ linked: 1_700, scanned: 1_699, in_step: 1_698 });
      expect(report.items.map(({ record_id, kind }) => [record_id, kind]).sort()).toEqual([
        ['000001', 'missing'],
        ['001001', 'missing'],
        ['900000', 'extra'],
      ]);
    }
  });

  it('does not call drift what is being written to all the while', async () => {
    const { look } = worldOf({ system: 'local', records: [recordOf('r')], restless: true });
    expect(await look()).toMatchObject({ drift: { extra: 0 }, explained: { pending: 1 } });
  });

  it('knows what somebody gave up: an edit, unless another came after, and a delivery', async () => {
    const records = [recordOf('r')];
    const given = async (world: Omit<World, 'system' | 'records'>) => {
      const { explained, drift } = await worldOf({ system: 'local', records, ...world }).look();
      return { ...explained, ...drift };
    };
    expect(await given({ discarded: at(2) })).toMatchObject({ discarded: 1, extra: 0 });
    expect(await given({ discarded: at(0) })).toMatchObject({ discarded: 0, extra: 1 });
    expect(await given({ linked: ['r'], behind: 'parked' })).toMatchObject({ discarded: 1, pending: 0 });
    expect(await given({ linked: ['r'], behind: 'going' })).toMatchObject({ discarded: 0, pending: 1 });
    expect(await given({ linked: ['r'], behind: 'braked' })).toMatchObject({ discarded: 0, pending: 1 });
  });

  it('rests between two pages where it has to read everything and nobody waits for it', async () => {
    const { look, rests } = worldOf({ system: 'twenty', records: many(1_200).map(recordOf) });
    expect(await look()).toMatchObject({ scanned: 1_200, read: 1_200 });
    expect(rests).toEqual([]);
    expect(await look({ paced: true })).toMatchObject({ read: 1_200 });
    expect(rests).toEqual([2_000, 2_000]);
  });

  it('ends between two pages when it is told to', async () => {
    const { look } = worldOf({ system: 'local', records: many(1_200).map(recordOf) });
    const stopping = new AbortController();
    const seen: number[] = [];
    const onProgress = ({ done }: { readonly done: number }) => {
      seen.push(done);
      stopping.abort(new Error('enough'));
    };
    await expect(look({ signal: stopping.signal, onProgress })).rejects.toThrow('enough');
    expect(seen).toEqual([500]);
  });

  it('takes contacts of BigQuery in the order of their numbers', async () => {
    const ids = ['-5', '9', '10', '11'];
    const ledger = {
      standings: async ({ after }: { readonly after?: string }) => ({
        contacts: after === undefined ? ids.map((contact_id) => ({ contact_id })) : [],
      }),
    };
    const sofar = new ExpectedSoFar({ ledger } as unknown as Parts, 'bigquery');
    const next = async (last: string | null) => (await sofar.next(last)).map(({ record_id }) => record_id);
    expect([await next('9'), await next('9'), await next('10'), await next(null), await next(null)]).toEqual([
      ...[['-5', '9'], [], ['10'], ['11'], []],
    ]);
  });
});

describe('the repair', () => {
  it('takes nobody for deleted where too many are missing: a key that sees nothing looks just the same', async () => {
    const { look, told } = worldOf({ system: 'twenty', linked: many(30) });
    expect((await look({ repair: true })).repair).toEqual({ handed: 0, not_repaired: 30, codes: ['TOO_MANY_MISSING'] });
    expect(told).toEqual([]);
    const few = worldOf({ system: 'twenty', linked: many(20) });
    expect((await few.look({ repair: true })).repair).toEqual({ handed: 20, not_repaired: 0, codes: [] });
    expect(few.told).toHaveLength(20);
  });

  it('notes that nothing is held where a row is gone unheard, and says when somebody was quicker', async () => {
    const { look, told, commits } = worldOf({ system: 'local', linked: ['r'] });
    expect((await look({ repair: true })).repair).toEqual({ handed: 1, not_repaired: 0, codes: [] });
    expect(told).toEqual([ID]);
    expect(commits).toMatchObject([{ head: null, held: [{ target: 'local', version: 0 }] }]);
    const late = worldOf({ system: 'local', linked: ['r'], contended: true });
    expect((await late.look({ repair: true })).repair).toEqual({ handed: 0, not_repaired: 1, codes: ['CONTENDED'] });
    expect(late.told).toEqual([]);
  });

  it('is not done unasked', async () => {
    const { look, told, commits } = worldOf({ system: 'local', records: [recordOf('x')], linked: ['r'] });
    expect((await look()).repair).toBeNull();
    expect([told, commits]).toEqual([[], []]);
  });
});
