import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  born,
  change,
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
import * as shapes from './shapes.ts';

let at: Rig;
beforeAll(async () => {
  at = await rig();
});
beforeEach(() => at.empty());
afterAll(() => at.close());

const A = idOf(1);
const stateOf = async () => {
  const state = (await at.ledger.contacts([A])).get(A);
  if (state === undefined) throw new Error('the contact is known');
  return state;
};
const superseded = (number: number, title: string) =>
  row(version(A, number, title), { status: 'superseded', source: 'twenty' });

describe('the versions of a contact’s state', () => {
  it('hold the head, however many superseded versions there are and whatever numbers they carry', async () => {
    const first = await born(at.ledger, A);
    const losers = [1, 2, 3, 90].flatMap((number) =>
      Array.from({ length: 30 }, (_, n) => superseded(number, `loser ${number} ${n}`)),
    );
    await at.ledger.commit([commit(A, 1, { history: losers })], []);
    const { head, versions } = await stateOf();
    expect(head).toMatchObject(first);
    expect(versions).toContainEqual(head);
    expect(versions.length).toBeLessThan(20);
  });

  it('hold the newest ten', async () => {
    await born(at.ledger, A);
    for (let n = 2; n <= 14; n++) await at.ledger.commit([headed(version(A, n, `title ${n}`), n - 1)], []);
    const numbers = (await stateOf()).versions.map((known) => known.version);
    expect(numbers.toSorted((a, b) => a - b)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  });

  it('hold what some system holds, and whose number it carries, however old', async () => {
    const first = await born(at.ledger, A, { held: [heldOf('local', version(A, 1, 'first'))] });
    const loser = superseded(2, 'loser');
    const history = [loser, row(version(A, 2, 'second')), row(version(A, 3, 'third'))];
    const held = [
      { target: 'twenty', version: 2, content_hash: loser.content_hash },
      { ...heldOf('supabase' as const, version(A, 3, 'third')), version: 30 },
    ] as const;
    await at.ledger.commit([commit(A, 1, { history, held })], []);
    for (let n = 4; n <= 20; n++) await at.ledger.commit([headed(version(A, n, `title ${n}`), n - 3)], []);
    const old = (await stateOf()).versions.filter((known) => known.version <= 3);
    const kept = (of: typeof first, status = 'accepted') => expect.objectContaining({ ...of, status });
    expect(old).toHaveLength(4);
    expect(old).toEqual(
      expect.arrayContaining([
        kept(first),
        kept(version(A, 2, 'loser'), 'superseded'),
        kept(version(A, 2, 'second')),
        kept(version(A, 3, 'third')),
      ]),
    );
  });

  it('hold whatever BigQuery has yet to be told', async () => {
    await born(at.ledger, A);
    const waiting = Array.from({ length: 15 }, (_, n) => ({ ...superseded(1, `loser ${n}`), appended: false }));
    await at.ledger.commit([commit(A, 1, { history: waiting })], []);
    const unsent = (await stateOf()).versions.filter(({ appended }) => !appended);
    expect(unsent.map(({ content_hash }) => content_hash).toSorted()).toEqual(
      waiting.map(({ content_hash }) => content_hash).toSorted(),
    );
  });

  it('are each told once, and contacts nobody knows are left out', async () => {
    const first = await born(at.ledger, A, { held: [heldOf('local', version(A, 1, 'first'))] });
    await at.ledger.delivered('twenty', [receiptOf(first, 't')]);
    const found = await at.ledger.contacts([A, A, idOf(99)]);
    expect([...found.keys()]).toEqual([A]);
    expect(found.get(A)?.versions).toHaveLength(1);
  });
});

describe('what BigQuery has yet to be told', () => {
  const fresh = async (n: number) => {
    const head = version(idOf(n), 1, 'first');
    await at.ledger.commit([headed(head, 0, { history: [row(head, { appended: false })] })], []);
    return head;
  };

  it('is told until it is marked, oldest first and no more than asked for', async () => {
    const heads = [await fresh(1), await fresh(2), await fresh(3)];
    const two = await at.ledger.unappended(null, 0, 2);
    expect(two.rows.map(({ contact_id }) => contact_id)).toEqual([idOf(1), idOf(2)]);
    await at.ledger.markAppended(two);
    await at.ledger.markAppended(two);
    const { rows } = await at.ledger.unappended(null, 0, 10);
    expect(rows).toEqual([
      expect.objectContaining({ ...heads[2], change_id: `${idOf(3)}:1:${heads[2]?.content_hash}` }),
    ]);
  });

  it('is left for a while to whoever committed it', async () => {
    await fresh(1);
    expect((await at.ledger.unappended(null, 60_000, 10)).rows).toEqual([]);
    await at.sql(`update versions set committed_at = committed_at - interval '1 minute'`);
    expect((await at.ledger.unappended(null, 60_000, 10)).rows).toHaveLength(1);
  });

  it('may be asked for by contact', async () => {
    for (const n of [1, 2, 3]) await fresh(n);
    const { rows, events } = await at.ledger.unappended([idOf(2)], 0, 10);
    expect(rows.map(({ contact_id }) => contact_id)).toEqual([idOf(2)]);
    expect(events).toEqual([]);
  });

  it('is told of conflicts too, each event as it was', async () => {
    const first = await born(at.ledger, A);
    const conflict = tied(first, version(A, 1, 'rival'));
    const opened = eventOf(conflict, 'opened');
    await at.ledger.commit([commit(A, 1, { conflict, events: [opened] })], []);
    const found = await at.ledger.unappended(null, 0, 10);
    expect(found).toEqual({ rows: [], events: [opened] });
    await at.ledger.markAppended(found);
    expect(await at.ledger.unappended(null, 0, 10)).toEqual({ rows: [], events: [] });
  });

  it('is marked in the order of the contacts, so that two who mark the same never wait in a circle', async () => {
    const rows = (await Promise.all([1, 2, 3, 4, 5, 6].map(fresh))).map((head) => row(head));
    await at.transaction(async (first) => {
      await first.query('select from versions where contact_id = $1 for update', [idOf(1)]);
      const second = at.ledger.markAppended({ rows: rows.toReversed(), events: [] });
      await at.blocked();
      const free = await at.sql('select from versions for update skip locked');
      expect(free).toHaveLength(5);
      await first.query('rollback');
      await second;
    });
    expect((await at.ledger.unappended(null, 0, 100)).rows).toEqual([]);
  });
});

it('everything the ledger answers has the shape that the port declares', async () => {
  const first = version(A, 1, 'first');
  const unsent = row(first, { appended: false, source: null });
  await at.ledger.receive('local', [change('k1', 'r', A), change('k2', 'r')], null);
  const [one] = (await at.ledger.snapshot('local', ['r'], [])).inbox;
  const link = { system: 'local', record_id: 'r' } as const;
  await at.ledger.commit([headed(first, 0, { history: [unsent], held: [heldOf('local', first)], links: [link] })], []);
  const conflict = tied(first, version(A, 1, 'rival'), version(A, 1, null));
  const { letters } = await at.ledger.commit(
    [commit(A, 1, { conflict, events: [eventOf(conflict, 'opened')] })],
    [
      {
        contact_id: A,
        inbox_ids: [one?.inbox_id ?? ''],
        letter: undelivered(first, 'local', { queue: 'ingest', version: null, contact_id: null }),
      },
    ],
  );
  shapes.snapshot.parse(await at.ledger.snapshot('local', ['r'], []));
  shapes.contactState.parse((await at.ledger.contacts([A])).get(A));
  shapes.unappended.parse(await at.ledger.unappended(null, 0, 10));
  z.array(shapes.openConflict)
    .length(1)
    .parse(await at.ledger.conflicts());
  z.array(shapes.deadLetter).length(1).parse(letters);
  shapes.ledgerStatus.parse(await at.ledger.status());
  shapes.standings.parse(await at.ledger.standings({ limit: 10 }));

  const second = await born(at.ledger, idOf(2));
  await at.ledger.delivered('twenty', [receiptOf(second, 'person')]);
  await at.ledger.commit([headed(version(idOf(2), 2, null), 1)], []);
  z.array(shapes.delivery)
    .length(1)
    .parse(await at.ledger.deliverable('twenty', [idOf(2)], 0));
  shapes.contactState.parse((await at.ledger.contacts([idOf(2)])).get(idOf(2)));
  const buried = await at.ledger.bury([undelivered(version(idOf(2), 2, null), 'twenty')]);
  z.array(shapes.deadLetter).length(1).parse(buried);
  z.array(shapes.deadLetter)
    .length(2)
    .parse(await at.ledger.deadLetters());
});
