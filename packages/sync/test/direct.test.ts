/** Work that is done in this process: what waits, what is tried again, what is split, and what is left to the ledger. */
import { type ContactId, contentHash, timestamp } from '@contact-sync/contact';
import { expect, it } from 'vitest';
import {
  type Delivery,
  type NewDeadLetter,
  OutageError,
  type Parts,
  PermanentError,
  type SyncError,
  ThrottledError,
  TransientError,
} from '../src/index.ts';
import { direct } from '../src/services/direct.ts';

const content = { canonical_name: 'Ada' };
const deliveryOf = (contact_id: ContactId): Delivery => ({
  contact_id,
  content,
  content_hash: contentHash(content),
  version: 1,
  last_updated: timestamp('2026-11-22T12:00:00Z'),
  last_updated_by: 'somebody',
  record_id: null,
  held: null,
});
const ids = (...numbers: number[]) => numbers.map((n) => String(n) as ContactId);

/** Targets that take everything, but for what `fails` says of a call; time passes only by waiting. */
function world(fails: (target: string, keys: readonly string[], call: number) => SyncError | null = () => null) {
  const calls: (readonly [target: string, ...keys: string[]])[] = [];
  const waits: number[] = [];
  const letters: NewDeadLetter[] = [];
  const target = (name: string) => ({
    batch_size: 500,
    apply: async (deliveries: readonly Delivery[]) => {
      const keys = deliveries.map(({ contact_id }) => contact_id);
      calls.push([name, ...keys]);
      const failure = fails(name, keys, calls.length);
      if (failure !== null) throw failure;
      return deliveries.map(({ contact_id }) => ({ contact_id, outcome: 'applied', record_id: `r${contact_id}` }));
    },
  });
  const parts = {
    ambient: {
      now: () => 0,
      random: () => 0,
      after(ms: number, run: () => void) {
        // The bound of the whole call is the longest.
        if (ms === BOUND) return () => undefined;
        waits.push(ms);
        queueMicrotask(run);
        return () => undefined;
      },
    },
    targets: { supabase: target('supabase'), local: target('local'), twenty: target('twenty') },
    ledger: {
      deliverable: async (_: string, wanted: readonly ContactId[]) => wanted.map(deliveryOf),
      delivered: async () => [],
      bury: async (given: readonly NewDeadLetter[]) => {
        letters.push(...given);
        return [];
      },
    },
    queues: { bury: async () => undefined },
  } as unknown as Parts;
  return { parts, calls, waits, letters };
}
const BOUND = 60_000;

async function run(fails: Parameters<typeof world>[0], tell: (parts: Parts) => Promise<void>, signal?: AbortSignal) {
  const at = world(fails);
  using way = direct(at.parts, { timeout_ms: BOUND, signal });
  await tell(way.parts);
  const faults = await way.settled();
  return { ...at, faults: [...faults].map(([system, { code }]) => [system, code]) };
}

it('does what it is told, together what is told together', async () => {
  const { calls, faults } = await run(
    () => null,
    async ({ queues }) => {
      await queues.propagate('local', ids(1, 2));
      await queues.propagate('local', ids(3, 3));
      await queues.split({ target: 'twenty', contact_ids: ids(4, 5) });
    },
  );
  expect(calls.filter(([target]) => target === 'local')).toEqual([
    ['local', '1', '2'],
    ['local', '3'],
  ]);
  expect(calls.filter(([target]) => target === 'twenty')).toEqual([
    ['twenty', '4'],
    ['twenty', '5'],
  ]);
  expect(faults).toEqual([]);
});

it('waits as long as a system asks for, however often, and spends no attempt', async () => {
  const { calls, waits, faults } = await run(
    (_, __, call) => (call <= 9 ? new ThrottledError('BUSY', 'later', 777) : null),
    ({ queues }) => queues.propagate('twenty', ids(1)),
  );
  expect(calls).toHaveLength(10);
  expect(waits).toEqual(Array(9).fill(777));
  expect(faults).toEqual([]);
});

it('tries again what failed for a moment, ever later, and then leaves it to the ledger', async () => {
  const { calls, waits, letters, faults } = await run(
    () => new TransientError('DROPPED', 'the connection broke'),
    ({ queues }) => queues.propagate('local', ids(1)),
  );
  expect(calls).toHaveLength(4);
  expect(waits).toEqual([...waits].sort((a, b) => a - b));
  expect(letters).toEqual([]);
  expect(faults).toEqual([['local', 'DROPPED']]);
});

it('tries each alone when several failed, so that one bad contact fails alone and waits for a person', async () => {
  const { calls, letters, faults } = await run(
    (_, keys) =>
      keys.includes('2') ? new PermanentError('BAD', 'never', { field: 'emails', advice: 'Mend it.' }) : null,
    ({ queues }) => queues.propagate('local', ids(1, 2, 3)),
  );
  expect(calls.slice(1)).toEqual([
    ['local', '1'],
    ['local', '2'],
    ['local', '3'],
  ]);
  expect(letters).toMatchObject([
    { queue: 'propagate-local', key: '2', contact_id: '2', code: 'BAD', field: 'emails' },
  ]);
  expect(faults).toEqual([]);
});

it('asks a system that is away once, and goes on with the others', async () => {
  const { calls, letters, faults } = await run(
    (target) => (target === 'twenty' ? new OutageError('GONE', 'nobody answers') : null),
    async ({ queues }) => {
      await queues.propagate('twenty', ids(...Array.from({ length: 500 }, (_, n) => n + 1)));
      await queues.propagate('local', ids(1));
    },
  );
  expect(calls.filter(([target]) => target === 'twenty')).toHaveLength(1);
  expect(calls.filter(([target]) => target === 'local')).toHaveLength(1);
  expect(letters).toEqual([]);
  expect(faults).toEqual([['twenty', 'GONE']]);
});

it('begins nothing more once it is aborted', async () => {
  const enough = new AbortController();
  const { calls } = await run(
    () => {
      enough.abort();
      return null;
    },
    ({ queues }) => queues.propagate('local', ids(...Array.from({ length: 1000 }, (_, n) => n + 1))),
    enough.signal,
  );
  expect(calls).toHaveLength(1);
});

it('does not hide a fault of its own', async () => {
  const { parts } = world(() => {
    throw new RangeError('a bug');
  });
  using way = direct(parts, { timeout_ms: BOUND });
  await way.parts.queues.propagate('local', ids(1));
  await expect(way.settled()).rejects.toThrow('a bug');
});

it('has whoever tells much wait until some of it is done', async () => {
  const { parts, calls } = world();
  using way = direct(parts, { timeout_ms: BOUND });
  await way.parts.queues.propagate('local', ids(...Array.from({ length: 5_000 }, (_, n) => n + 1)));
  await way.room();
  // Two thousand may wait.
  expect(calls.length).toBeGreaterThanOrEqual(14);
  expect(calls.length).toBeLessThan(25);
  await way.settled();
  expect(calls).toHaveLength(25);
});
