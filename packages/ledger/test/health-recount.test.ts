import { type ContactId, fromMillis } from '@contact-sync/contact';
import { type LedgerHealth, SYSTEMS, type System, TARGETS } from '@contact-sync/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recount } from './recount.ts';
import { change, commit, failure, headed, idOf, type Rig, receiptOf, rig, row, tied, version } from './rig.ts';

/** More than the ten seconds to which it is known when a fault was. */
const WINDOW_S = 12;
const STORM = 2;
const CONTACTS = 12;
const ROUNDS = 8;
let at: Rig;

beforeAll(async () => {
  at = await rig();
});

afterAll(() => at.close());

/** Edits, appends, deliveries, conflicts, dead letters and signs of life, until it is told to stop. */
async function writer(seed: number, signal: AbortSignal): Promise<number> {
  const { ledger } = at;
  const { health } = ledger.watching;
  let number = 0;
  for (; !signal.aborted; number++) {
    const id = idOf((seed * 7 + number) % CONTACTS);
    const state = (await ledger.contacts([id])).get(id);
    const revision = state?.revision ?? 0;
    const source = [...SYSTEMS, null][(seed + number) % 5] ?? null;
    const edited = fromMillis(Date.now() - ((seed * 311 + number * 97) % 4_000) + 500);
    const next = { ...version(id, (state?.head?.version ?? 0) + 1, `of ${seed}`), last_updated: edited };
    const told = row(next, { source, appended: source === 'bigquery', status: 'accepted' });
    await ledger.receive('local', [change(`${seed}:${number}`, `record-${seed}-${number}`)], null);
    const { lost } = await ledger.commit([headed(next, revision, { history: [told] })], []);
    if (lost.size > 0) continue;
    if (number % 3 !== 0) await ledger.markAppended({ rows: [told], events: [] });
    for (const target of TARGETS)
      if ((seed + number) % 4 > 0) await ledger.delivered(target, [receiptOf(next, `${id}`)]);
    const code = ['BUSY', 'TOO_LONG'][number % 2] ?? 'BUSY';
    if (number % 4 === 0)
      await ledger.bury([failure({ queue: 'ingest', system: 'local', key: `${seed}-${number}`, code })]);
    if (number % 5 === 0) await holdBack(id, next.version);
    await health.beat({ worker_id: `w${seed}`, waiting: {}, failing: {} }, [
      { system: 'twenty', code, count: 1 + seed },
    ]);
  }
  return number;
}

async function holdBack(id: ContactId, number: number): Promise<void> {
  const head = version(id, number, 'one');
  const state = (await at.ledger.contacts([id])).get(id);
  if (state === undefined || state.conflict !== null) return;
  const conflict = tied(head, version(id, number, 'other'));
  await at.ledger.commit([commit(id, state.revision, { conflict })], []).catch(() => undefined);
}

/** Microseconds since the Unix epoch, of the database's clock. */
const micros = (instant: string): bigint => Temporal.Instant.from(instant).epochNanoseconds / 1_000n;
const text = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
const rounded = (span: bigint): number => (span <= 0n ? 0 : Number((span + 500n) / 1_000n));

interface Arrival {
  readonly system: System;
  readonly at: string;
  readonly source: System | null;
  readonly last_updated: string;
  readonly heard_at: string;
  readonly took_ms: string | null;
}

/** How long an edit took, by the rule as it is written down; `null` where it came from there. */
function tookOf(arrival: Arrival, since: ReadonlyMap<string, string>): number | null {
  if (arrival.source === arrival.system) return null;
  const from = since.get(arrival.source ?? '');
  const own = from !== undefined && arrival.last_updated >= from && arrival.last_updated <= arrival.heard_at;
  return rounded(micros(arrival.at) - micros(own ? arrival.last_updated : arrival.heard_at));
}

const nearest = (sorted: readonly number[], part: number): number | null =>
  sorted[Math.ceil(part * sorted.length) - 1] ?? null;

/** Everything as one snapshot has it: as the ledger counts it, and as it is counted here row by row. */
const compare = (): Promise<LedgerHealth> =>
  at.transaction(async (client) => {
    await client.query('set transaction isolation level repeatable read');
    const rows = async <Row extends object>(sql: string): Promise<Row[]> => (await client.query<Row>(sql)).rows;
    const [answer] = await rows<{ health: LedgerHealth }>(
      `select health(array['${SYSTEMS.join("','")}'], ${WINDOW_S}, ${STORM}) as health`,
    );
    const shown = answer?.health;
    if (shown === undefined) throw new Error('a function call returns one row');
    const now = micros(shown.at);
    const lately = (instant: string, seconds = WINDOW_S) => micros(instant) > now - BigInt(seconds) * 1_000_000n;
    const since = new Map(
      (await rows<{ system: string; since: string }>(`select system, ${text('since')} as since from systems`)).map(
        (one) => [one.system, one.since],
      ),
    );
    const receipts = await rows<Arrival>(
      `select r.target as system, ${text('r.at')} as at, v.source, v.last_updated, ${text('v.heard_at')} as heard_at,
        r.took_ms from receipts r join versions v using (contact_id, version, content_hash)`,
    );
    const appended = await rows<Arrival & { readonly committed_at: string }>(
      `select 'bigquery' as system, ${text('appended_at')} as at, source, last_updated, ${text('heard_at')} as heard_at,
        null as took_ms, ${text('committed_at')} as committed_at from versions where appended_at is not null`,
    );
    const arrivals = [...receipts, ...appended.filter((one) => one.at > one.committed_at)];
    const letters = await rows<{ system: string; code: string }>(
      `select system, code from dead_letters where status = 'open'`,
    );
    const faults = await rows<{ system: string; code: string; count: string; slot: string }>(
      `select system, code, count, ${text('slot')} as slot from faults`,
    );
    const conflicts = await rows<{ contact_id: string; candidates: string }>(
      `select contact_id, candidates from conflicts where status = 'open'`,
    );
    const behind = await rows<{ contact_id: string; target: string }>(
      'select contact_id, target from deliveries where behind',
    );
    for (const one of receipts) expect(one.took_ms === null ? null : Number(one.took_ms)).toBe(tookOf(one, since));
    for (const one of shown.systems) {
      const came = arrivals.filter(({ system, at: instant }) => system === one.system && lately(instant));
      const took = came.map((arrival) => tookOf(arrival, since)).filter((ms) => ms !== null);
      const sorted = took.sort((a, b) => a - b);
      const codes = [
        ...new Set([...letters, ...faults].filter(({ system }) => system === one.system).map(({ code }) => code)),
      ];
      const errors = codes.map((code) => {
        const open = letters.filter((letter) => letter.system === one.system && letter.code === code).length;
        const recent = faults
          .filter((fault) => fault.system === one.system && fault.code === code && lately(fault.slot))
          .reduce((sum, { count }) => sum + Number(count), 0);
        return { code, open, recent, per_minute: expect.closeTo(recent / (WINDOW_S / 60), 6) };
      });
      expect(one.finished).toBe(came.length);
      expect(one.latency).toEqual({
        count: sorted.length,
        p50_ms: nearest(sorted, 0.5),
        p95_ms: nearest(sorted, 0.95),
        p99_ms: nearest(sorted, 0.99),
      });
      const byCode = (a: { code: string }, b: { code: string }) => a.code.localeCompare(b.code);
      expect([...one.errors].sort(byCode)).toEqual(errors.filter(({ open, recent }) => open + recent > 0).sort(byCode));
      expect(one.conflicts).toBe(
        conflicts.filter(
          ({ contact_id, candidates }) =>
            behind.some((delivery) => delivery.contact_id === contact_id && delivery.target === one.system) ||
            (JSON.parse(candidates) as { system: string }[]).some(({ system }) => system === one.system),
        ).length,
      );
    }
    const accepted = (
      await rows<{ contact_id: string; at: string }>(
        `select contact_id, ${text('committed_at')} as at from versions where status = 'accepted'`,
      )
    ).filter((one) => lately(one.at, 60));
    const storms = [...Map.groupBy(accepted, ({ contact_id }) => contact_id)]
      .map(([contact_id, found]) => ({ contact_id, versions: found.length }))
      .filter(({ versions }) => versions >= STORM);
    const byContact = (a: { contact_id: string }, b: { contact_id: string }) =>
      a.contact_id.localeCompare(b.contact_id);
    expect([...shown.storms].sort(byContact)).toEqual(storms.sort(byContact));
    const beats = await rows<{ worker_id: string; at: string }>(
      `select worker_id, ${text('beat_at')} as at from workers`,
    );
    expect(shown.workers.map(({ worker_id }) => worker_id).sort()).toEqual(
      beats
        .filter((one) => lately(one.at, 60))
        .map(({ worker_id }) => worker_id)
        .sort(),
    );
    return shown;
  });

test('what is told of the hub’s health equals a recount of the same moment, while everybody writes', async () => {
  const stopping = new AbortController();
  const writers = [1, 2, 3].map((seed) => writer(seed, stopping.signal));
  const told: LedgerHealth[] = [];
  try {
    await expect.poll(async () => (await at.ledger.status()).contacts, { timeout: 20_000 }).toBeGreaterThan(6);
    for (let round = 0; round < ROUNDS; round++) told.push(await compare());
  } finally {
    stopping.abort();
    expect(Math.min(...(await Promise.all(writers)))).toBeGreaterThan(0);
  }
  // It was under load, and something of each kind was there.
  expect(new Set(told.map(({ systems }) => JSON.stringify(systems))).size).toBe(ROUNDS);
  const last = await compare();
  for (const { latency, finished } of last.systems) expect(latency.count).toBeLessThanOrEqual(finished);
  expect(told.some(({ systems }) => systems.some(({ conflicts }) => conflicts > 0))).toBe(true);
  expect(last.systems.find(({ system }) => system === 'twenty')?.errors.length).toBeGreaterThan(0);
  expect(last.storms.length).toBeGreaterThan(0);
  await recount(at);
}, 60_000);
