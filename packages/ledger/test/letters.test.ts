import type { ContactId } from '@contact-sync/contact';
import type { NewDeadLetter, Rejection, Version } from '@contact-sync/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  born,
  change,
  commit,
  decided,
  failure,
  headed,
  heldOf,
  idOf,
  type Rig,
  receiptOf,
  rig,
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
const B = idOf(2);
const refusal = (key: string, more: Partial<NewDeadLetter> = {}) =>
  failure({ queue: 'ingest', system: 'local', key, code: 'REQUIRED', field: 'canonical_name', ...more });
const rejection = (key: string, inbox_ids: readonly string[], contact_id: ContactId | null = null): Rejection => ({
  contact_id,
  inbox_ids,
  letter: refusal(key),
});
const inboxOf = async (key: string) => (await at.ledger.snapshot('local', [key], [])).inbox;
const received = async (key: string, record_id: string): Promise<string> => {
  await at.ledger.receive('local', [change(key, record_id)], null);
  const entry = (await inboxOf(record_id)).at(-1);
  if (entry === undefined) throw new Error('the edit was received');
  return entry.inbox_id;
};
const sendable = async (id: ContactId) => (await at.ledger.deliverable('twenty', [id], 0)).length === 1;
/** Letters of every status. */
const all = () => at.sql('select queue, status, closed_by from dead_letters order by dead_letter_id');

describe('an edit that is refused', () => {
  it('stays in the inbox under one dead letter, which says where, what and why', async () => {
    const inbox_id = await received('k', 'r');
    const { letters } = await at.ledger.commit([], [rejection('r', [inbox_id])]);
    expect(letters).toEqual([
      { ...refusal('r'), dead_letter_id: expect.any(String), created_at: expect.stringMatching(/^2\d{3}-/) },
    ]);
    expect(await at.ledger.deadLetters()).toEqual(letters);
    expect(await inboxOf('r')).toMatchObject([{ inbox_id, dead_letter_id: letters[0]?.dead_letter_id }]);
  });

  it('again brings its dead letter up to date and joins the later edit to it', async () => {
    const one = await received('k1', 'r');
    const first = await at.ledger.commit([], [rejection('r', [one])]);
    const two = await received('k2', 'r');
    const later = { ...rejection('r', [one, two]), letter: refusal('r', { code: 'TOO_LARGE', field: 'emails' }) };
    const { letters } = await at.ledger.commit([], [later]);
    expect(letters).toMatchObject([
      { dead_letter_id: first.letters[0]?.dead_letter_id, code: 'TOO_LARGE', field: 'emails', attempts: 2 },
    ]);
    const under = (await inboxOf('r')).map(({ dead_letter_id }) => dead_letter_id);
    expect(new Set(under)).toEqual(new Set([letters[0]?.dead_letter_id]));
    expect(await at.ledger.deadLetters()).toHaveLength(1);
  });

  it('in two systems under the same record id has a dead letter in each', async () => {
    const own = await received('k', '1');
    await at.ledger.receive('supabase', [change('k', '1')], null);
    const [theirs] = (await at.ledger.snapshot('supabase', ['1'], [])).inbox;
    const other = {
      contact_id: null,
      inbox_ids: [theirs?.inbox_id ?? ''],
      letter: refusal('1', { system: 'supabase' }),
    };
    await at.ledger.commit([], [rejection('1', [own]), other]);
    const letters = await at.ledger.deadLetters();
    expect(letters.map(({ system }) => system).toSorted()).toEqual(['local', 'supabase']);
    const [under] = await inboxOf('1');
    expect(letters.find(({ dead_letter_id }) => dead_letter_id === under?.dead_letter_id)?.system).toBe('local');
  });

  it('over a state that had moved on is no dead letter: it is decided over anew', async () => {
    await born(at.ledger, A);
    const mine = await received('k1', 'r');
    const others = await received('k2', 'duplicate');
    const { lost, letters } = await at.ledger.commit(
      [commit(A, 7)],
      [rejection('r', [mine], A), rejection('duplicate', [others])],
    );
    expect([...lost]).toEqual([A]);
    expect(letters.map(({ key }) => key)).toEqual(['duplicate']);
    expect(await inboxOf('r')).toMatchObject([{ dead_letter_id: null }]);
  });

  it('by many at once, in different orders, ends in one dead letter a record', async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, (_, n) => received(`k${n}`, `r${n}`)));
    const rejections = ids.map((id, n) => rejection(`r${n}`, [id]));
    await Promise.all(
      Array.from({ length: 8 }, (_, n) => at.ledger.commit([], n % 2 ? rejections : rejections.toReversed())),
    );
    expect(await at.ledger.deadLetters()).toHaveLength(12);
  });

  it('that was decided over or discarded meanwhile is refused too late, and makes no letter', async () => {
    const [edit, discarded, left] = [await received('k1', 'r'), await received('k2', 'r'), await received('k3', 's')];
    const { letters } = await at.ledger.commit([], [rejection('r', [discarded])]);
    await at.ledger.commit([commit(A, 0, { inbox_done: decided(edit) })], []);
    await at.ledger.closeDeadLetters(
      letters.map(({ dead_letter_id }) => dead_letter_id),
      'discarded',
      'me',
    );
    const late = await at.ledger.commit([], [rejection('r', [edit, discarded]), rejection('s', [left])]);
    expect(late.letters.map(({ key }) => key)).toEqual(['s']);
    expect(await at.ledger.deadLetters()).toEqual(late.letters);
    expect(await inboxOf('r')).toEqual([]);
    expect(await inboxOf('s')).toMatchObject([{ dead_letter_id: late.letters[0]?.dead_letter_id }]);
  });

  it('too late leaves a letter as it is that had come before it', async () => {
    const standing: Rejection = { contact_id: null, inbox_ids: [], letter: refusal('r') };
    const [edit, kept] = [await received('k1', 'r'), await received('k2', 'kept')];
    const before = await at.ledger.commit([], [standing, rejection('kept', [kept])]);
    await at.ledger.commit([commit(A, 0, { inbox_done: decided(edit) })], []);
    const late = await at.ledger.commit([], [rejection('r', [edit])]);
    expect(late.letters).toMatchObject([{ key: 'r', attempts: 2 }]);
    expect((await at.ledger.deadLetters()).map(({ dead_letter_id }) => dead_letter_id)).toEqual(
      before.letters.map(({ dead_letter_id }) => dead_letter_id),
    );
  });

  it('as its record stood, keeping no edit, is answered by a later edit that was decided over, and by no other', async () => {
    const standing = (key: string): Rejection => ({ contact_id: null, inbox_ids: [], letter: refusal(key) });
    const before = await received('k1', 'r');
    await at.ledger.commit([commit(A, 0, { inbox_done: decided(before) })], []);
    const kept = await received('k2', 'kept');
    await at.ledger.commit([], [standing('r'), standing('other'), rejection('kept', [kept])]);
    expect(await at.ledger.closeAnswered()).toBe(0);
    const [later, beside] = [await received('k3', 'r'), await received('k4', 'kept')];
    expect(await at.ledger.closeAnswered()).toBe(0);
    await at.ledger.commit([commit(A, 0, { inbox_done: decided(later, beside) })], []);
    expect(await at.ledger.closeAnswered()).toBe(1);
    expect((await at.ledger.deadLetters()).map(({ key }) => key).sort()).toEqual(['kept', 'other']);
    expect(await all()).toContainEqual({ queue: 'ingest', status: 'superseded', closed_by: 'hub' });
  });

  it('that failed again, or in the very commit that decided over an earlier edit, is answered by no edit before', async () => {
    const standing: Rejection = { contact_id: null, inbox_ids: [], letter: refusal('r') };
    const before = await received('k1', 'r');
    await at.ledger.commit([commit(A, 0, { inbox_done: decided(before) })], [standing]);
    expect(await at.ledger.closeAnswered()).toBe(0);
    const later = await received('k2', 'r');
    await at.ledger.commit([commit(A, 0, { inbox_done: decided(later) })], []);
    await at.ledger.commit([], [standing]);
    expect(await at.ledger.closeAnswered()).toBe(0);
  });

  it('says so in text that a database can hold', async () => {
    const letter = refusal('r', { field: 'llm_context.a\u0000\ud800', reason: 'a\u0000 is too large' });
    const { letters } = await at.ledger.commit([], [{ contact_id: null, inbox_ids: [], letter }]);
    expect(letters).toMatchObject([{ field: 'llm_context.a\ufffd\ufffd', reason: 'a\ufffd is too large' }]);
  });
});

describe('a delivery that failed', () => {
  it('at the head is parked: nothing is sent until somebody acts', async () => {
    const first = await born(at.ledger, A);
    expect(await sendable(A)).toBe(true);
    const letters = await at.ledger.bury([undelivered(first, 'twenty')]);
    expect(letters).toMatchObject([{ key: A, version: 1, queue: 'propagate-twenty' }]);
    expect(await sendable(A)).toBe(false);
    expect(await at.ledger.pending('twenty', 0, 10)).toEqual([]);
    expect(await at.ledger.deliverable('local', [A], 0)).toHaveLength(1);
  });

  it('whose version nobody knows any more counts as the head’s', async () => {
    const first = await born(at.ledger, A);
    expect(await at.ledger.bury([undelivered(first, 'twenty', { version: null })])).toMatchObject([{ version: 1 }]);
  });

  it('at a version that was overtaken is history, and parks nothing', async () => {
    const first = await born(at.ledger, A);
    await at.ledger.commit([headed(version(A, 2, 'second'), 1)], []);
    expect(await at.ledger.bury([undelivered(first, 'twenty')])).toEqual([]);
    expect(await sendable(A)).toBe(true);
  });

  it('while the head moves parks nothing for good: one or the other comes first', async () => {
    for (let n = 0; n < 10; n++) {
      const first = await born(at.ledger, idOf(n));
      await Promise.all([
        at.ledger.bury([undelivered(first, 'twenty')]),
        at.ledger.commit([headed(version(idOf(n), 2, 'second'), 1)], []),
      ]);
      expect(await sendable(idOf(n))).toBe(true);
    }
    expect(await at.ledger.deadLetters()).toEqual([]);
  });

  it('waits for a head that is being moved, to learn that it is overtaken', async () => {
    const first = await born(at.ledger, A);
    await at.transaction(async (worker) => {
      // A commit that has not ended, as far as its lock goes.
      await worker.query('select from heads for no key update');
      const buried = at.ledger.bury([undelivered(first, 'twenty')]);
      await at.blocked();
      await worker.query('update heads set version = 2');
      await worker.query('commit');
      expect(await buried).toEqual([]);
    });
  });

  it('is brought up to date when it fails again, and told apart by target', async () => {
    const first = await born(at.ledger, A);
    await at.ledger.bury([undelivered(first, 'twenty')]);
    const again = await at.ledger.bury([undelivered(first, 'twenty', { attempts: 4 }), undelivered(first, 'local')]);
    expect(again.map(({ queue, attempts }) => [queue, attempts])).toEqual(
      expect.arrayContaining([
        ['propagate-twenty', 5],
        ['propagate-local', 1],
      ]),
    );
    expect(await at.ledger.deadLetters()).toHaveLength(2);
  });

  it('is closed by a new head, which reports it as overtaken and may go; an edit’s dead letter is not', async () => {
    const first = await born(at.ledger, A);
    const other = await born(at.ledger, B);
    const buried = await at.ledger.bury([
      undelivered(first, 'twenty'),
      undelivered(first, 'local'),
      undelivered(other, 'twenty'),
      refusal('r', { contact_id: A }),
    ]);
    const { overtaken } = await at.ledger.commit([headed(version(A, 2, 'second'), 1)], []);
    const closed = buried.filter(({ queue, key }) => queue !== 'ingest' && key === A);
    expect(overtaken).toHaveLength(2);
    expect(overtaken).toEqual(
      expect.arrayContaining(closed.map(({ queue, dead_letter_id }) => ({ queue, dead_letter_id }))),
    );
    expect((await at.ledger.deadLetters()).map(({ key }) => key).toSorted()).toEqual([B, 'r']);
    expect(await sendable(A)).toBe(true);
    expect(await sendable(B)).toBe(false);
  });

  it('is not closed by a commit that leaves the head', async () => {
    const first = await born(at.ledger, A);
    await at.ledger.bury([undelivered(first, 'twenty')]);
    const { overtaken } = await at.ledger.commit(
      [commit(A, 1, { held: [heldOf('twenty', version(A, 1, 'other'))] })],
      [],
    );
    expect(overtaken).toEqual([]);
    expect(await sendable(A)).toBe(false);
  });
});

describe('open dead letters', () => {
  it('are found by id and by queue; what is no id finds nothing', async () => {
    const first = await born(at.ledger, A);
    const [one] = await at.ledger.bury([undelivered(first, 'twenty')]);
    const [two] = await at.ledger.bury([undelivered(first, 'local')]);
    const id = one?.dead_letter_id ?? '';
    expect(await at.ledger.deadLetters({ ids: [id] })).toEqual([one]);
    expect(await at.ledger.deadLetters({ queue: 'propagate-local' })).toEqual([two]);
    expect(await at.ledger.deadLetters({ ids: [id], queue: 'propagate-local' })).toEqual([]);
    expect(await at.ledger.deadLetters({ ids: ['x', '', '1e3', '-1', '99999999999999999999'] })).toEqual([]);
    await at.ledger.closeDeadLetters(['x'], 'discarded', 'me');
    expect(await at.ledger.deadLetters()).toHaveLength(2);
  });

  it.each(['replayed', 'superseded', 'discarded'] as const)('closed as %s are closed for good', async (status) => {
    const first = await born(at.ledger, A);
    const inbox_id = await received('k', 'r');
    const { letters } = await at.ledger.commit([], [rejection('r', [inbox_id])]);
    const buried = await at.ledger.bury([undelivered(first, 'twenty')]);
    const ids = [...letters, ...buried].map(({ dead_letter_id }) => dead_letter_id);
    await at.ledger.closeDeadLetters(ids, status, 'me');
    await at.ledger.closeDeadLetters(ids, 'superseded', 'somebody else');
    expect(await at.ledger.deadLetters()).toEqual([]);
    expect(await all()).toEqual([
      { queue: 'ingest', status, closed_by: 'me' },
      { queue: 'propagate-twenty', status, closed_by: 'me' },
    ]);
    // The delivery may go, at once, and the edit is decided over again: unless a person wanted them gone.
    expect(await at.ledger.pending('twenty', 60_000, 10)).toEqual(status === 'discarded' ? [] : [A]);
    const left = (await inboxOf('r')).map((entry) => [entry.inbox_id, entry.dead_letter_id]);
    expect(left).toEqual(status === 'discarded' ? [] : [[inbox_id, null]]);
  });

  it('that were closed make room for the next failure of the same key', async () => {
    const first = await born(at.ledger, A);
    const [one] = await at.ledger.bury([undelivered(first, 'twenty')]);
    await at.ledger.closeDeadLetters([one?.dead_letter_id ?? ''], 'replayed', 'me');
    const [two] = await at.ledger.bury([undelivered(first, 'twenty')]);
    expect(two?.dead_letter_id).not.toBe(one?.dead_letter_id);
    expect(two?.attempts).toBe(1);
    expect(await sendable(A)).toBe(false);
  });

  it('of an edit that was decided over meanwhile do not bring it back', async () => {
    const inbox_id = await received('k', 'r');
    const { letters } = await at.ledger.commit([], [rejection('r', [inbox_id])]);
    await at.ledger.commit([headed(version(A, 1, 'corrected'), 0, { inbox_done: decided(inbox_id) })], []);
    await at.ledger.closeDeadLetters([letters[0]?.dead_letter_id ?? ''], 'replayed', 'me');
    expect(await inboxOf('r')).toEqual([]);
  });
});

describe('a delivery that was discarded', () => {
  const discarded = async () => {
    const first = await born(at.ledger, A);
    const [letter] = await at.ledger.bury([undelivered(first, 'twenty')]);
    await at.ledger.closeDeadLetters([letter?.dead_letter_id ?? ''], 'discarded', 'me');
    return { first, id: letter?.dead_letter_id ?? '' };
  };
  const parkedUnder = async () =>
    (
      await at.sql<{ id: string | null }>(`select dead_letter_id::text as id from deliveries where target = 'twenty'`)
    )[0]?.id;

  it('is not sent to that target any more, and nothing counts as left to do', async () => {
    const { first } = await discarded();
    for (const target of ['local', 'supabase'] as const) await at.ledger.delivered(target, [receiptOf(first, 'r')]);
    expect(await sendable(A)).toBe(false);
    expect(await at.ledger.pending('twenty', 0, 10)).toEqual([]);
    const { systems } = await at.ledger.status();
    expect(systems.find(({ system }) => system === 'twenty')).toMatchObject({ pending: 0, dead_letters: 0 });
    expect((await at.ledger.standings({ limit: 1 })).contacts).toMatchObject([{ state: 'in_step' }]);
  });

  it('goes once the head moves', async () => {
    await discarded();
    const { overtaken } = await at.ledger.commit([headed(version(A, 2, 'second'), 1)], []);
    expect(overtaken).toEqual([]);
    expect(await sendable(A)).toBe(true);
  });

  it('stays parked while the target is found with something else', async () => {
    await discarded();
    await at.ledger.commit([commit(A, 1, { held: [heldOf('twenty', version(A, 1, 'other'))] })], []);
    expect(await sendable(A)).toBe(false);
  });

  it('is let go of where a receipt, or what is seen there, brings the target in step', async () => {
    for (const inStep of [
      (first: Version) => at.ledger.delivered('twenty', [receiptOf(first, 'person')]),
      (first: Version) => at.ledger.commit([commit(A, 1, { held: [heldOf('twenty', first)] })], []),
    ]) {
      await at.empty();
      const { first, id } = await discarded();
      expect(await parkedUnder()).toBe(id);
      await inStep(first);
      expect(await parkedUnder()).toBeNull();
      // Somebody edited it there, and lost: the head has to go back.
      await at.ledger.commit([commit(A, 1, { held: [heldOf('twenty', version(A, 1, 'other'))] })], []);
      expect(await sendable(A)).toBe(true);
    }
  });

  it('stays what it is, whoever closes it again', async () => {
    const { id } = await discarded();
    await at.ledger.closeDeadLetters([id], 'replayed', 'somebody else');
    expect(await sendable(A)).toBe(false);
    expect(await all()).toEqual([{ queue: 'propagate-twenty', status: 'discarded', closed_by: 'me' }]);
  });

  it('that fails once more, having been under way, waits for a person under a letter of its own', async () => {
    const { first, id } = await discarded();
    const [again] = await at.ledger.bury([undelivered(first, 'twenty')]);
    expect(again?.dead_letter_id).not.toBe(id);
    await at.ledger.closeDeadLetters([again?.dead_letter_id ?? ''], 'replayed', 'me');
    expect(await sendable(A)).toBe(true);
  });

  it('leaves an open letter in place where a receipt brings the target in step', async () => {
    const first = await born(at.ledger, A);
    const [letter] = await at.ledger.bury([undelivered(first, 'twenty')]);
    await at.ledger.delivered('twenty', [receiptOf(first, 'person')]);
    expect(await parkedUnder()).toBe(letter?.dead_letter_id);
  });
});
