/** How far each contact has come, and what comes first where several things are true of one. */
import { TARGETS } from '@contact-sync/sync';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  born,
  change,
  commit,
  eventOf,
  headed,
  idOf,
  type Rig,
  receiptOf,
  rig,
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
const stateOf = async (id = A) =>
  (await at.ledger.standings({ contact_ids: [id], limit: 1 })).contacts.map(({ state }) => state)[0];
const delivered = async (first: Awaited<ReturnType<typeof born>>) => {
  for (const target of TARGETS) await at.ledger.delivered(target, [receiptOf(first, `of ${target}`)]);
};

it('is in step once BigQuery and every target have its head', async () => {
  const first = await born(at.ledger, A);
  expect(await stateOf()).toBe('pending');
  await delivered(first);
  expect(await stateOf()).toBe('in_step');
  await at.sql('update versions set appended_at = null');
  expect(await stateOf()).toBe('pending');
});

it('is pending while an edit of one of its records is undecided, and no more once that is a dead letter', async () => {
  await delivered(await born(at.ledger, A));
  await at.ledger.receive('local', [change('k', 'of local')], null);
  expect(await stateOf()).toBe('pending');
  await at.sql('update inbox set done_at = now()');
  expect(await stateOf()).toBe('in_step');
});

it('has a dead letter once nothing else is to be done', async () => {
  const first = await born(at.ledger, A);
  await at.ledger.bury([undelivered(first, 'twenty')]);
  expect(await stateOf()).toBe('pending');
  for (const target of ['local', 'supabase'] as const) await at.ledger.delivered(target, [receiptOf(first, 'r')]);
  expect(await stateOf()).toBe('dead_letter');
});

it('is in conflict, whatever else is true of it', async () => {
  const first = await born(at.ledger, A);
  await at.ledger.bury([undelivered(first, 'twenty')]);
  const conflict = tied(first, version(A, 1, 'rival'));
  await at.ledger.commit([commit(A, 1, { conflict, events: [eventOf(conflict, 'opened')] })], []);
  expect(await stateOf()).toBe('conflict');
});

it('gives contacts in the order of their ids, page by page, those alone that changed since or are not in step', async () => {
  const firsts = [];
  for (const n of [3, 1, 2]) firsts.push(await born(at.ledger, idOf(n)));
  for (const first of firsts) await delivered(first);
  const ids = async (query: Partial<Parameters<typeof at.ledger.standings>[0]>) =>
    (await at.ledger.standings({ limit: 10, ...query })).contacts.map(({ contact_id }) => contact_id);
  expect(await ids({ limit: 2 })).toEqual([idOf(1), idOf(2)]);
  expect(await ids({ after: idOf(2) })).toEqual([idOf(3)]);
  const { now: since } = await at.ledger.standings({ limit: 0 });
  expect(await ids({ since })).toEqual([]);
  await at.ledger.commit([headed(version(idOf(2), 2, 'second'), 1)], []);
  expect(await ids({ since })).toEqual([idOf(2)]);
  await at.sql(`update heads set changed_at = changed_at - interval '1 hour'`);
  expect(await ids({ since })).toEqual([idOf(2)]);
});
