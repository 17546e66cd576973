import type { ContactId } from '@contact-sync/contact';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  born,
  commit,
  eventOf,
  headed,
  heldOf,
  idOf,
  type Rig,
  receiptOf,
  rig,
  row,
  tied,
  undelivered,
  version,
} from './rig.ts';

let at: Rig;
beforeAll(async () => {
  at = await rig();
});
beforeEach(() => at.empty());
afterAll(() => at.close());

const A = idOf(1);
const goes = async (ids: readonly ContactId[], fill = 0) =>
  (await at.ledger.deliverable('twenty', ids, fill)).map(({ contact_id }) => contact_id);
const heldBy = async (target: 'twenty' | 'local') => (await at.ledger.contacts([A])).get(A)?.held[target];
/** Makes a contact that fell behind so many minutes ago. */
const waiting = async (n: number, minutes: number) => {
  const first = await born(at.ledger, idOf(n));
  const since = `update deliveries set behind_since = behind_since - make_interval(mins => $2) where contact_id = $1`;
  await at.sql(since, [idOf(n), minutes]);
  return first;
};
const conflicted = async (first: Awaited<ReturnType<typeof born>>) => {
  const conflict = tied(first, version(first.contact_id, 1, 'rival'));
  const told = { conflict, events: [eventOf(conflict, 'opened')] };
  await at.ledger.commit([commit(first.contact_id, 1, told)], []);
};

describe('what may go to a target', () => {
  it('is the head, with the record it is linked to and what the target holds now', async () => {
    const first = await born(at.ledger, A);
    await at.ledger.delivered('twenty', [receiptOf(first, 'person')]);
    const second = version(A, 2, 'second');
    await at.ledger.commit([headed(second, 1)], []);
    expect(await at.ledger.deliverable('twenty', [A], 0)).toEqual([{ ...second, record_id: 'person', held: first }]);
    expect(await at.ledger.deliverable('local', [A], 0)).toEqual([{ ...second, record_id: null, held: null }]);
  });

  it('says what is held under the number that is held, whichever version brought the content', async () => {
    const first = await born(at.ledger, A);
    await at.ledger.commit([commit(A, 1, { held: [{ ...heldOf('twenty', first), version: 9 }] })], []);
    await at.ledger.commit([headed(version(A, 10, 'tenth'), 1)], []);
    const [delivery] = await at.ledger.deliverable('twenty', [A], 0);
    expect(delivery?.held).toEqual({ ...first, version: 9 });
  });

  it('is a tombstone where something is held, and may follow a tombstone', async () => {
    const first = await born(at.ledger, A);
    await at.ledger.delivered('twenty', [receiptOf(first, 'person')]);
    const gone = version(A, 2, null);
    await at.ledger.commit([headed(gone, 1)], []);
    expect(await at.ledger.deliverable('twenty', [A], 0)).toMatchObject([{ content: null, held: first }]);
    expect(await at.ledger.deliverable('local', [A], 0)).toMatchObject([{ content: null, held: null }]);
    await at.ledger.delivered('twenty', [receiptOf(gone, 'person')]);
    await at.ledger.commit([headed(version(A, 3, 'back'), 2)], []);
    expect(await at.ledger.deliverable('twenty', [A], 0)).toMatchObject([{ version: 3, held: gone }]);
  });

  it('that arrives after the contact was deleted leaves its target behind, and says so', async () => {
    const first = await born(at.ledger, A);
    const other = await born(at.ledger, idOf(99));
    await at.ledger.commit([headed(version(A, 2, null), 1)], []);
    // Whatever came there unheard has to go.
    expect(await at.ledger.deliverable('twenty', [A], 0)).toMatchObject([{ content: null, held: null }]);
    const receipts = [receiptOf(first, 'person'), receiptOf(other, 'another')];
    expect(await at.ledger.delivered('twenty', receipts)).toEqual([A]);
    expect(await at.ledger.deliverable('twenty', [A], 0)).toMatchObject([{ content: null, version: 2 }]);
  });

  it('is only what is behind', async () => {
    const first = await born(at.ledger, A);
    await at.ledger.delivered('twenty', [receiptOf(first, 'person')]);
    expect(await goes([A, idOf(99)])).toEqual([]);
  });

  it('is only what BigQuery has', async () => {
    const first = version(A, 1, 'first');
    await at.ledger.commit([headed(first, 0, { history: [row(first, { appended: false })] })], []);
    expect(await goes([A], 5)).toEqual([]);
    expect(await at.ledger.pending('twenty', 0, 10)).toEqual([]);
    await at.ledger.markAppended({ rows: [row(first)], events: [] });
    expect(await goes([A])).toEqual([A]);
    expect(await at.ledger.pending('twenty', 0, 10)).toEqual([A]);
  });

  it('is nothing that a conflict holds back', async () => {
    await conflicted(await born(at.ledger, A));
    expect(await goes([A], 5)).toEqual([]);
    expect(await at.ledger.pending('twenty', 0, 10)).toEqual([]);
  });

  it('comes once, however often it is asked for', async () => {
    await born(at.ledger, A);
    expect(await goes([A, A], 5)).toEqual([A]);
  });
});

describe('filling up', () => {
  it('takes others along, longest behind first, until there are as many as asked', async () => {
    for (const [n, minutes] of [
      [1, 1],
      [2, 9],
      [3, 5],
      [4, 7],
    ] as const)
      await waiting(n, minutes);
    expect((await goes([A], 3)).toSorted()).toEqual([1, 2, 4].map(idOf).toSorted());
    expect(await goes([A], 1)).toEqual([A]);
    expect(await goes([A], 0)).toEqual([A]);
    expect(await goes([], 100)).toHaveLength(4);
  });

  it('passes over those that may not go, however long they are behind', async () => {
    for (const n of [2, 3, 4]) await conflicted(await waiting(n, 100));
    for (const n of [5, 6]) await at.ledger.bury([undelivered(await waiting(n, 50), 'twenty')]);
    for (const n of [1, 7, 8]) await waiting(n, 1);
    expect((await goes([A], 3)).toSorted()).toEqual([1, 7, 8].map(idOf));
  });

  it('makes up for those that were asked for and may not go', async () => {
    const held = await waiting(1, 1);
    await at.ledger.delivered('twenty', [receiptOf(held, 'p')]);
    await waiting(2, 1);
    expect(await goes([A], 1)).toEqual([idOf(2)]);
  });
});

describe('a receipt', () => {
  it('says what the target holds, links the record, and leaves the others behind', async () => {
    const first = await born(at.ledger, A);
    await at.ledger.delivered('twenty', [receiptOf(first, 'person')]);
    expect((await at.ledger.contacts([A])).get(A)).toMatchObject({
      revision: 1,
      held: { twenty: { version: 1, content_hash: first.content_hash } },
      links: { twenty: 'person' },
    });
    expect(await goes([A])).toEqual([]);
    expect(await at.ledger.deliverable('local', [A], 0)).toHaveLength(1);
  });

  it('that comes late never lowers what a later one said', async () => {
    const first = await born(at.ledger, A);
    const second = version(A, 2, 'second');
    await at.ledger.commit([headed(second, 1)], []);
    await at.ledger.delivered('twenty', [receiptOf(second, 'person')]);
    await at.ledger.delivered('twenty', [receiptOf(first, 'another')]);
    expect(await heldBy('twenty')).toMatchObject({ version: 2 });
    expect((await at.ledger.contacts([A])).get(A)?.links.twenty).toBe('person');
    expect(await goes([A])).toEqual([]);
  });

  it('of a version that the head left behind meanwhile leaves the target behind', async () => {
    const first = await born(at.ledger, A);
    await at.ledger.commit([headed(version(A, 2, 'second'), 1)], []);
    await at.ledger.delivered('twenty', [receiptOf(first, 'person')]);
    expect(await at.ledger.deliverable('twenty', [A], 0)).toMatchObject([{ version: 2, held: { version: 1 } }]);
  });

  it('and a new head at the same moment end in step, whoever comes first', async () => {
    for (let n = 0; n < 10; n++) {
      const first = await born(at.ledger, idOf(n));
      await Promise.all([
        at.ledger.delivered('twenty', [receiptOf(first, `p${n}`)]),
        at.ledger.commit([headed(version(idOf(n), 2, 'second'), 1)], []),
      ]);
      expect(await at.ledger.deliverable('twenty', [idOf(n)], 0)).toMatchObject([{ version: 2, held: first }]);
    }
  });

  it('that a restored record was written anew links the new one', async () => {
    const first = await born(at.ledger, A);
    await at.ledger.delivered('twenty', [receiptOf(first, 'destroyed')]);
    const second = version(A, 2, 'second');
    await at.ledger.commit([headed(second, 1)], []);
    await at.ledger.delivered('twenty', [receiptOf(second, 'created')]);
    expect((await at.ledger.contacts([A])).get(A)?.links.twenty).toBe('created');
  });

  it('for a record of another contact takes nothing from it', async () => {
    const first = await born(at.ledger, A);
    await born(at.ledger, idOf(2), { links: [{ system: 'twenty', record_id: 'theirs' }] });
    await at.ledger.delivered('twenty', [receiptOf(first, 'theirs')]);
    expect([...(await at.ledger.snapshot('twenty', ['theirs'], [])).links]).toEqual([['theirs', idOf(2)]]);
    expect(await heldBy('twenty')).toMatchObject({ version: 1 });
  });

  it('starts the intervals of reminding anew, and is the target’s last success', async () => {
    const first = await born(at.ledger, A);
    await at.sql('update deliveries set emits = 7');
    await at.ledger.delivered('twenty', [receiptOf(first, 'person')]);
    expect(await at.sql(`select emits from deliveries where target = 'twenty'`)).toEqual([{ emits: 0 }]);
    const { systems } = await at.ledger.status();
    expect(systems.map(({ system, last_success }) => [system, last_success !== null])).toEqual([
      ['bigquery', false],
      ['supabase', false],
      ['local', false],
      ['twenty', true],
    ]);
  });
});

describe('contacts that are pending', () => {
  const pending = (limit = 10) => at.ledger.pending('twenty', 60_000, limit);
  const later = (interval: string) =>
    at.sql('update deliveries set emitted_at = emitted_at - $1::interval', [interval]);

  it('are left to their queue for a while, then told again, at growing intervals', async () => {
    await born(at.ledger, A);
    expect(await pending()).toEqual([]);
    let wait = 1;
    for (const _ of Array(4)) {
      await later(`${wait} minutes`);
      expect(await pending()).toEqual([A]);
      wait *= 2;
      await later(`${wait - 1} minutes`);
      expect(await pending()).toEqual([]);
    }
    await at.ledger.commit([headed(version(A, 2, 'second'), 1)], []);
    await later('1 minute');
    expect(await pending()).toEqual([A]);
  });

  it('are told longest untold first, no more than asked for, each target for itself', async () => {
    for (const n of [1, 2, 3]) {
      await born(at.ledger, idOf(n));
      await later('1 hour');
    }
    expect((await pending(2)).toSorted()).toEqual([idOf(1), idOf(2)]);
    expect(await pending(2)).toEqual([idOf(3)]);
    expect(await at.ledger.pending('local', 60_000, 10)).toHaveLength(3);
  });

  it('are told by one of two sweepers, never by both at once', async () => {
    const ids = Array.from({ length: 40 }, (_, n) => idOf(n));
    await at.ledger.commit(
      ids.map((id) => headed(version(id, 1, 'x'), 0)),
      [],
    );
    await later('1 hour');
    const told = (await Promise.all(Array.from({ length: 4 }, () => pending(30)))).flat();
    expect(new Set(told).size).toBe(told.length);
    expect([...told, ...(await pending(100))].toSorted()).toEqual(ids.toSorted());
  });

  it('are not waited for while somebody commits them', async () => {
    for (const n of [1, 2]) await born(at.ledger, idOf(n));
    await later('1 hour');
    await at.transaction(async (worker) => {
      await worker.query('select from deliveries where contact_id = $1 for update', [idOf(1)]);
      expect(await pending()).toEqual([idOf(2)]);
    });
  });
});
