/** Looks read what stands otherwise than when it was found in step, and nothing else; and miss nothing all the same. */
import { contactId } from '@contact-sync/contact';
import {
  type BucketDigest,
  bucketOf,
  Desk,
  type DriftReport,
  type Parts,
  type TargetAdapter,
} from '@contact-sync/sync';
import { describe, expect, it } from 'vitest';
import { ann, type Desks } from './desk-rig.ts';
import { unique } from './services-stage.ts';

const ALL = 300;
const NONE = { stale: 0, edited_outside: 0, lost_notification: 0, extra: 0, missing: 0 };
type Query = (
  sql: string,
  values?: readonly unknown[],
) => Promise<{ readonly rows: readonly Record<string, unknown>[] }>;

/** Local contacts with the ids of their records. */
interface Row {
  readonly id: string;
  readonly contact_id: string;
}

/** What a desk read of the local database, and how often it asked for digests. */
interface Watched {
  readonly desk: Desk;
  readonly read: string[];
  digests: number;
}

export function describeSeals(at: () => Desks): void {
  const local = () => at().stage.clients.local;
  const settle = () => at().services.bigquery.syncAllContacts();
  /** Somebody who may do everything, and switches the triggers off. */
  const unseen = (run: (query: Query) => Promise<unknown>) =>
    local().transaction(async (query) => {
      await query('set local session_replication_role = replica');
      await run(query as Query);
    });

  const nothing = async (): Promise<unknown> => undefined;
  /** @param after the first page of a bucket was read @param before it is, when the digests were taken */
  function watched(after = nothing, before = nothing): Watched {
    const { parts, records, seals } = at();
    const adapter: TargetAdapter = parts.targets.local;
    const { digests, scanBuckets } = adapter;
    if (digests === undefined || scanBuckets === undefined) throw new Error('the local database can be summed up');
    let first = true;
    const saw = <Page extends { readonly records: readonly { readonly record_id: string }[] }>(page: Page): Page => {
      found.read.push(...page.records.map(({ record_id }) => record_id));
      return page;
    };
    const own: Partial<TargetAdapter> = {
      fetch: async (ids) => saw({ records: await adapter.fetch(ids) }).records,
      scan: async (cursor, limit) => saw(await adapter.scan(cursor, limit)),
      async digests(): Promise<readonly BucketDigest[]> {
        found.digests++;
        return await digests();
      },
      async scanBuckets(buckets, cursor, limit) {
        if (first) await before();
        const page = saw(await scanBuckets(buckets, cursor, limit));
        if (first) await after();
        first = false;
        return page;
      },
    };
    const seen: Parts = { ...parts, targets: { ...parts.targets, local: Object.assign(Object.create(adapter), own) } };
    const found: Watched = { desk: new Desk(seen, records, seals), read: [], digests: 0 };
    return found;
  }

  const rows = async (): Promise<readonly Row[]> => {
    const { rows: all } = await local().query(
      'select id, contact_id from contacts where deleted_at is null order by id',
    );
    return all.map((row) => ({ id: String(row.id), contact_id: String(row.contact_id) }));
  };
  const inBuckets = (all: readonly string[], of: readonly string[]): readonly string[] => {
    const buckets = new Set(of.map(bucketOf));
    return all.filter((id) => buckets.has(bucketOf(id))).sort();
  };

  /** Some hundred contacts that are all in step, and nothing else: what drifts of them is a whole number of per cent. */
  async function filled(): Promise<readonly Row[]> {
    const { scanned } = await at().desk.drift('local', { full: true });
    const names = Array.from({ length: ALL - scanned }, () => ({ canonical_name: 'Ada Contact', job_title: 'first' }));
    await local().insert(names);
    await settle();
    return await rows();
  }

  describe('looks at a system that can sum up what it holds', () => {
    it('name the 7 % that were corrupted behind the hub’s back, repair them, and read the others never again', async () => {
      const all = await filled();
      const some = all.slice(-17);
      const [edited, deleted, stale, lost] = [some.slice(0, 5), some.slice(5, 9), some.slice(9, 14), some.slice(14)];
      for (const { contact_id } of stale) await at().stage.hands.local.edit(contact_id, 'second');
      await settle();

      const first = await at().desk.drift('local');
      expect(first).toMatchObject({ scanned: ALL, in_step: ALL, drift: NONE, percent: 0 });
      const untouched = watched();
      expect(await untouched.desk.drift('local')).toMatchObject({
        scanned: ALL,
        linked: first.linked,
        in_step: ALL,
        read: 0,
      });
      expect([untouched.read, untouched.digests]).toEqual([[], 1]);

      await unseen(async (query) => {
        // Under the number that the hub gave, and later: under the very time it would tie, and wait for a person.
        const typed = `update contacts set job_title = 'typed', last_updated = clock_timestamp() where id = $1`;
        for (const { id } of edited) await query(typed, [id]);
        for (const { id } of deleted) await query('delete from contacts where id = $1', [id]);
        for (const { id } of stale)
          await query(`update contacts set job_title = 'first', version = 1 where id = $1`, [id]);
        for (let n = 0; n < 4; n++) await query(`insert into contacts (canonical_name, version) values ('Nobody', 1)`);
      });
      await local().transaction(async (query) => {
        for (const { id } of lost) await query(`update contacts set job_title = 'lost' where id = $1`, [id]);
        await query('delete from contact_sync.outbox where record_id = any ($1::bigint[])', [lost.map(({ id }) => id)]);
      });
      const extra = (await rows()).map(({ id }) => id).filter((id) => !all.some((row) => row.id === id));

      const seen = watched();
      const report: DriftReport = await seen.desk.drift('local', { items: ALL, repair: true, asker: ann });
      const named = (kind: string) => report.items.flatMap((item) => (item.kind === kind ? item.record_id : [])).sort();
      const ids = (of: readonly Row[]) => of.map(({ id }) => id).sort();
      expect({ percent: report.percent, drift: report.drift }).toEqual({
        percent: 7,
        drift: { edited_outside: 5, missing: 4, stale: 5, extra: 4, lost_notification: 3 },
      });
      expect(['edited_outside', 'missing', 'stale', 'extra', 'lost_notification'].map(named)).toEqual([
        ...[ids(edited), ids(deleted), ids(stale), extra.sort(), ids(lost)],
      ]);
      const touched = [...ids(some), ...extra];
      const there = [...(await allIds()), ...extra].filter((id) => !ids(deleted).includes(id));
      expect(report.read).toBe(new Set(inBuckets(there, touched)).size);
      expect([...new Set(seen.read)].sort()).toEqual([...new Set(inBuckets(there, touched))].sort());
      expect(report.repair).toEqual({ handed: 21, not_repaired: 0, codes: [] });

      await settle();
      expect(await at().desk.drift('local')).toMatchObject({
        drift: NONE,
        percent: 0,
        scanned: ALL + 4,
        in_step: ALL + 4,
      });
      expect(await at().desk.drift('local')).toMatchObject({ read: 0, in_step: ALL + 4 });
      for (const { contact_id } of edited.slice(0, 1)) await at().stage.everywhere(contact_id, 'typed');
      for (const { contact_id } of deleted.slice(0, 1)) await at().stage.everywhere(contact_id, 'first');
      for (const { contact_id } of stale.slice(0, 1)) await at().stage.everywhere(contact_id, 'second');
      for (const { contact_id } of lost.slice(0, 1)) await at().stage.everywhere(contact_id, 'lost');
    });

    it('do not seal what was corrupted while they read it', async () => {
      const [victim] = (await rows()).slice(-1) as [Row];
      const title = unique('typed');
      const corrupt = () =>
        unseen((query) =>
          query('update contacts set job_title = $2, last_updated = clock_timestamp() where id = $1', [
            victim.id,
            title,
          ]),
        );
      const during = watched(corrupt);
      expect(await during.desk.drift('local', { full: true })).toMatchObject({ drift: NONE });
      expect(during.read).toContain(victim.id);
      const after = watched();
      const report = await after.desk.drift('local');
      expect(report.items).toMatchObject([{ record_id: victim.id, kind: 'edited_outside' }]);
      expect(report.percent).toBeGreaterThan(0);
      await at().desk.drift('local', { repair: true, asker: ann });
      await settle();
      expect(await at().desk.drift('local')).toMatchObject({ drift: NONE });
      await at().stage.everywhere(victim.contact_id, title);
    });

    it('do not seal what was mended while they ran, and comes back as it was', async () => {
      const [victim] = (await rows()).slice(-1) as [Row];
      const kept = 'select job_title, last_updated::text as last_updated from contacts where id = $1';
      const { job_title, last_updated } = (await local().query(kept, [victim.id])).rows[0] ?? {};
      const written = (...values: readonly unknown[]) =>
        unseen((query) =>
          query('update contacts set job_title = $2, last_updated = $3 where id = $1', [victim.id, ...values]),
        );
      const corrupt = () => written('typed again', '2026-11-20T10:00:00Z');
      const mend = () => written(job_title, last_updated);
      await corrupt();
      expect(await watched(nothing, mend).desk.drift('local', { full: true })).toMatchObject({ drift: NONE });
      await corrupt();
      expect(await at().desk.drift('local')).toMatchObject({ items: [{ record_id: victim.id }] });
      await mend();
      expect(await at().desk.drift('local')).toMatchObject({ drift: NONE });
    });

    it('read again what is pending, until it is in step', async () => {
      const [one] = (await rows()).slice(-2) as [Row];
      await at().desk.drift('local');
      await at().stage.hands.local.edit(one.contact_id, unique('news'));
      for (let n = 0; n < 2; n++) {
        const report = await at().desk.drift('local');
        expect(report).toMatchObject({ drift: NONE, explained: { pending: 1 } });
        expect(report.read).toBeGreaterThan(0);
      }
      await settle();
      expect(await at().desk.drift('local')).toMatchObject({ explained: { pending: 0 } });
      expect(await at().desk.drift('local')).toMatchObject({ read: 0 });
    });

    it('find a contact of which the ledger knows no record, and bring it there again', async () => {
      const [one] = (await rows()).slice(-3) as [Row];
      await unseen((query) => query('delete from contacts where id = $1', [one.id]));
      await at().sql(`delete from links where system = 'local' and contact_id = $1`, [one.contact_id]);
      const report = await at().desk.drift('local', { repair: true, asker: ann });
      expect(report).toMatchObject({
        drift: { ...NONE, missing: 1 },
        items: [{ contact_id: contactId(one.contact_id), record_id: null, kind: 'missing' }],
        repair: { handed: 1, not_repaired: 0 },
      });
      await settle();
      expect((await rows()).filter(({ contact_id }) => contact_id === one.contact_id)).toHaveLength(1);
      expect(await at().desk.drift('local')).toMatchObject({ drift: NONE });
    });
  });

  async function allIds(): Promise<readonly string[]> {
    const { rows: kept } = await local().query(
      'select record_id as id from contact_sync.tombstones union select id from contacts',
    );
    return kept.map(({ id }) => String(id));
  }
}
