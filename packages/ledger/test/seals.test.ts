/** What looks for drift ask of the ledger: digests that change with what decides, and what the last look left. */
import { timestamp } from '@contact-sync/contact';
import { BUCKETS, bucketOf, type DriftReport, type Seal, SYSTEMS, type System } from '@contact-sync/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { change, commit, failure, headed, heldOf, idOf, type Rig, rig, tied, undelivered, version } from './rig.ts';

let r: Rig;
beforeAll(async () => {
  r = await rig();
});
afterAll(() => r.close());

const seals = () => r.ledger.watching.seals;
const rowOf = (n: number): string => `row ${n} é`;
const twentyOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const CONTACTS = 12;
const [FIRST, UNTOUCHED] = [1, CONTACTS];
/** In one bucket with the first. */
const NEIGHBOUR = Array.from({ length: 100_000 }, (_, n) => rowOf(1_000 + n)).find(
  (id) => bucketOf(id) === bucketOf(rowOf(FIRST)),
);
const localOf = (n: number): string => (n === UNTOUCHED ? (NEIGHBOUR ?? '') : rowOf(n));

/** Contacts that `local` and Twenty have, under records of their own. */
async function populate(): Promise<void> {
  const commits = Array.from({ length: CONTACTS }, (_, index) => {
    const n = FIRST + index;
    const first = version(idOf(n), 1, 'first');
    const links = [
      { system: 'local', record_id: localOf(n) },
      { system: 'twenty', record_id: twentyOf(n) },
    ] as const;
    return headed(first, 0, { held: [heldOf('local', first), heldOf('twenty', first)], links });
  });
  await r.ledger.commit(commits, []);
}

type Digests = ReadonlyMap<string, string>;
const SEEN = ['bigquery', 'local', 'twenty'] as const;
async function digests(): Promise<Digests> {
  const all = await Promise.all(
    SEEN.map(async (system) =>
      (await seals().standingDigests(system)).map(
        ({ bucket, digest }) => [`${system} ${bucket}`, digest] as [string, string],
      ),
    ),
  );
  return new Map(all.flat());
}
const changed = (before: Digests, after: Digests): readonly string[] =>
  [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key)).sort();

const at = (system: (typeof SEEN)[number], record_id: string): string => `${system} ${bucketOf(record_id)}`;
const inBigQuery = (n: number) => at('bigquery', idOf(n));
const inLocal = (n: number) => at('local', localOf(n));
const everywhere = (n: number) => [inBigQuery(n), inLocal(n), at('twenty', twentyOf(n))];
const STRANGER = 'nobody’s row';

const sql = (text: string) => (n: number) => r.sql(text, [idOf(n)]);
const delivery = (what: string) => sql(`update deliveries set ${what} where contact_id = $1 and target = 'local'`);
const letterOf = (n: number) => undelivered(version(idOf(n), 1, 'first'), 'local');
const refused = (n: number) => failure({ queue: 'ingest', system: 'local', key: localOf(n) });

/** What is done, one after the other, and which buckets stand otherwise after it. */
const STEPS: readonly (readonly [string, (n: number) => Promise<unknown>, (n: number) => readonly string[]])[] = [
  ['an edit is received', (n) => r.ledger.receive('local', [change(`k${n}`, localOf(n))], null), (n) => [inLocal(n)]],
  ['it is parked', (n) => parked(n), (n) => [inLocal(n)]],
  [
    'it is decided',
    sql(`update inbox set done_at = now() where key = 'k' || ($1::bigint - 9007199254740992)`),
    (n) => [inLocal(n)],
  ],
  ['a letter about the record is closed', (n) => closed(n), (n) => [inLocal(n)]],
  ['a letter about the record is opened', (n) => r.ledger.bury([refused(n)]), (n) => [inLocal(n)]],
  ['a letter about the delivery is opened', (n) => r.ledger.bury([letterOf(n)]), (n) => [inLocal(n)]],
  ['both are closed', (n) => closed(n), (n) => [inLocal(n)]],
  ['a conflict is opened', (n) => opened(n), everywhere],
  ['it grows', sql('update conflicts set events = events + 1 where contact_id = $1'), everywhere],
  ['it is closed', sql(`update conflicts set status = 'superseded' where contact_id = $1`), everywhere],
  ['the head has another number', sql('update heads set version = version + 1 where contact_id = $1'), everywhere],
  ['the head has other content', sql(`update heads set content_hash = 'x' where contact_id = $1`), everywhere],
  ['the head is deleted', sql('update heads set deleted = true where contact_id = $1'), everywhere],
  ['another number is held', delivery('version = version + 1'), (n) => [inLocal(n)]],
  ['other content is held', delivery(`content_hash = 'y'`), (n) => [inLocal(n)]],
  ['it is behind', delivery('behind = not behind'), (n) => [inLocal(n)]],
  [
    'it is parked by a letter',
    delivery('dead_letter_id = (select max(dead_letter_id) from dead_letters)'),
    (n) => [inLocal(n)],
  ],
  [
    'BigQuery has yet to be told',
    sql('update versions set appended_at = null where contact_id = $1'),
    (n) => [inBigQuery(n)],
  ],
  ['BigQuery was told', sql('update versions set appended_at = now() where contact_id = $1'), (n) => [inBigQuery(n)]],
  [
    'another record stands for it',
    sql(`update links set record_id = 'new ' || record_id where contact_id = $1 and system = 'local'`),
    (n) => [inLocal(n), at('local', `new ${localOf(n)}`)],
  ],
  [
    'no record stands for it',
    sql(`delete from links where contact_id = $1 and system = 'local'`),
    (n) => [at('local', `new ${localOf(n)}`)],
  ],
];

/** What decides nothing. */
const NOISE: readonly string[] = [
  // It lies elsewhere then.
  `update links set record_id = record_id where contact_id = 9007199254740993`,
  `update deliveries set delivered_at = now(), written_at = now(), emitted_at = now(), emits = 7, behind_since = now()`,
  `update heads set version = version, name = 'another', changed_at = now(), revision = revision + 1`,
  `update inbox set told_at = now(), tells = 9`,
  `update dead_letters set attempts = 5, reason = 'another', failed_at = now()`,
  `insert into inbox (system, key, record_id, record, done_at) select 'local', 'old' || n, 'row ' || n || ' é', '{}', now() from generate_series(1, 12) n`,
  `insert into versions select contact_id, 90, 'z', 'superseded', '', '', null, 'local', '', now(), now() from heads`,
];

const closed = async (n: number) => {
  const open = (await r.ledger.deadLetters()).filter(({ key }) => key === localOf(n) || key === idOf(n));
  await r.ledger.closeDeadLetters(
    open.map(({ dead_letter_id }) => dead_letter_id),
    'replayed',
    'ann',
  );
};
const parked = async (n: number) => {
  const { inbox } = await r.ledger.snapshot('local', [localOf(n)], []);
  const inbox_ids = inbox.map(({ inbox_id }) => inbox_id);
  await r.ledger.commit([], [{ contact_id: null, inbox_ids, letter: refused(n) }]);
};
const opened = (n: number) => {
  const head = version(idOf(n), 1, 'first');
  return r.ledger.commit([commit(idOf(n), 1, { conflict: tied(head, version(idOf(n), 1, 'rival')), events: [] })], []);
};

describe('the digests of what the ledger believes', () => {
  beforeEach(async () => {
    await r.empty();
    await populate();
  });

  it('change in just the bucket of whatever changes, at each step of a contact’s life', async () => {
    let before = await digests();
    for (const n of [FIRST, 5, CONTACTS - 1])
      for (const [what, step, buckets] of STEPS) {
        await step(n);
        const after = await digests();
        expect([n, what, changed(before, after)]).toEqual([n, what, [...buckets(n)].sort()]);
        before = after;
      }
  });

  it('do not change with what decides nothing, and come back with what they tell of', async () => {
    await r.ledger.bury([refused(2), letterOf(3)]);
    await r.ledger.receive('local', [change('k', localOf(4))], null);
    const before = await digests();
    for (const what of NOISE) {
      await r.sql(what);
      expect([what, changed(before, await digests())]).toEqual([what, []]);
    }
    await r.sql('update heads set version = version + 1');
    expect(changed(before, await digests())).toHaveLength(before.size);
    await r.sql('update heads set version = version - 1');
    expect(changed(before, await digests())).toEqual([]);
  });

  it('hold what nobody is linked to in the bucket of its record, where no record is believed to be', async () => {
    const before = await digests();
    await r.ledger.receive('local', [change('k', STRANGER)], null);
    const edited = await digests();
    expect(changed(before, edited)).toEqual([at('local', STRANGER)]);
    const another = `${STRANGER} too`;
    await r.ledger.bury([failure({ queue: 'ingest', system: 'local', key: another })]);
    expect(changed(edited, await digests())).toEqual([at('local', another)]);
    const bucket = bucketOf(STRANGER);
    expect((await seals().standingDigests('local')).find((one) => one.bucket === bucket)).toMatchObject({ records: 0 });
  });

  it('count the records that are believed to be there, in BigQuery those of deleted contacts as well', async () => {
    const counted = async (system: System) =>
      (await seals().standingDigests(system)).reduce((sum, { records }) => sum + records, 0);
    await r.sql('update heads set deleted = true where contact_id = $1', [idOf(1)]);
    expect(await Promise.all(SYSTEMS.map(counted))).toEqual([CONTACTS, 0, CONTACTS - 1, CONTACTS - 1]);
  });
});

describe('the linked records of some buckets', () => {
  it('are those of all linked records that fall into them, in order', async () => {
    await r.empty();
    await populate();
    await r.sql('update heads set deleted = true where contact_id = $1', [idOf(1)]);
    const all = await r.ledger.linked('local', '', 100);
    expect(all).toHaveLength(CONTACTS - 1);
    for (const half of [0, 1]) {
      const buckets = Array.from({ length: BUCKETS / 2 }, (_, n) => n * 2 + half);
      const wanted = all.filter(({ record_id }) => bucketOf(record_id) % 2 === half);
      expect(await seals().linkedIn('local', buckets)).toEqual(wanted);
    }
    expect(await seals().linkedIn('local', [])).toEqual([]);
    const everyone = await seals().linkedIn(
      'bigquery',
      Array.from({ length: BUCKETS }, (_, n) => n),
    );
    expect(everyone.map(({ record_id }) => record_id)).toEqual(Array.from({ length: CONTACTS }, (_, n) => idOf(n + 1)));
  });
});

describe('contacts that no record stands for', () => {
  it('are those that a target is believed to hold: neither pending, nor in conflict, nor deleted', async () => {
    await r.empty();
    await populate();
    await r.sql(`delete from links where system = 'local' and contact_id <= $1`, [idOf(6)]);
    await r.sql('update heads set deleted = true where contact_id = $1', [idOf(1)]);
    await delivery('behind = true')(2);
    await opened(3);
    expect(await seals().unlinked('local', null, 10)).toEqual([idOf(4), idOf(5), idOf(6)]);
    expect(await seals().unlinked('local', idOf(4), 1)).toEqual([idOf(5)]);
    for (const system of ['bigquery', 'twenty', 'supabase'] as const)
      expect([system, await seals().unlinked(system, null, 10)]).toEqual([system, []]);
  });
});

describe('what a look leaves', () => {
  beforeEach(() => r.empty());
  const sealOf = (bucket: number, there: string): Seal => ({ bucket, records: bucket + 1, there, here: 'here' });

  it('are seals of a system, each in place of what was kept of its bucket', async () => {
    await seals().seal('local', [sealOf(BUCKETS - 1, 'a'), sealOf(0, 'b')]);
    await seals().seal('twenty', [sealOf(0, 'c')]);
    await seals().seal('local', [sealOf(0, ''), sealOf(1, 'd')]);
    await seals().seal('local', []);
    expect(await seals().seals('local')).toEqual([sealOf(0, ''), sealOf(1, 'd'), sealOf(BUCKETS - 1, 'a')]);
    expect(await seals().seals('twenty')).toEqual([sealOf(0, 'c')]);
    expect(await seals().seals('supabase')).toEqual([]);
  });

  const report = (system: System, started_at: string, percent: number): DriftReport => ({
    ...{ system, scanned: 200, read: 3, linked: 200, in_step: 197, percent, took_ms: 5, repair: null },
    explained: { pending: 0, in_conflict: 0, dead_lettered: 0, discarded: 0 },
    drift: { stale: 1, edited_outside: 1, lost_notification: 0, extra: 0, missing: 1 },
    items: [{ contact_id: idOf(1), record_id: 'a\0b', kind: 'stale', fields: ['job_title'] }],
    started_at: timestamp(started_at),
  });

  it('is the report of the look at each system that began last', async () => {
    const nobody = { bigquery: null, supabase: null, local: null, twenty: null };
    expect(await seals().lastReports()).toEqual(nobody);
    const [first, second] = [report('local', '2026-11-28T10:00:00Z', 1.5), report('local', '2026-11-28T11:00:00Z', 7)];
    await seals().keepLook(first);
    await seals().keepLook(second);
    await seals().keepLook(first);
    await seals().keepLook(report('twenty', '2026-11-28T09:00:00Z', 0));
    const kept = await seals().lastReports();
    expect(kept.twenty).toMatchObject({ percent: 0 });
    expect({ ...kept, twenty: null }).toEqual({
      ...nobody,
      local: { ...second, items: [{ ...second.items[0], record_id: 'a\ufffdb' }] },
    });
  });
});
