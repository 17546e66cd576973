import type { ContactCommit, OpenConflict } from '@contact-sync/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  born,
  change,
  commit,
  decided,
  eventOf,
  headed,
  heldOf,
  idOf,
  type Rig,
  rig,
  row,
  tied,
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
const stateOf = async (id: typeof A) => (await at.ledger.contacts([id])).get(id);
/** Which targets are behind. */
const behind = async (id: typeof A) =>
  (
    await at.sql<{ target: string }>('select target from deliveries where contact_id = $1 and behind order by 1', [id])
  ).map(({ target }) => target);
const count = async (table: string) =>
  Number((await at.sql<{ n: string }>(`select count(*) as n from ${table}`))[0]?.n);
const inboxIds = async (...records: readonly string[]) => {
  const { inbox } = await at.ledger.snapshot('local', records, []);
  return inbox.map(({ inbox_id }) => inbox_id);
};

describe('a commit', () => {
  it('decided on the newest state is written, and raises the revision', async () => {
    await born(at.ledger, A);
    const second = version(A, 2, 'second');
    const { lost } = await at.ledger.commit([headed(second, 1)], []);
    expect(lost.size).toBe(0);
    expect(await stateOf(A)).toMatchObject({ revision: 2, head: second });
  });

  it('decided on an older state is lost, and leaves nothing', async () => {
    const first = await born(at.ledger, A);
    await at.ledger.receive('local', [change('k', 'r')], null);
    const late = version(A, 2, 'late');
    const conflict = tied(first, version(A, 1, 'rival'));
    const stale: ContactCommit = headed(late, 7, {
      held: [heldOf('twenty', late)],
      links: [{ system: 'twenty', record_id: 't' }],
      conflict,
      events: [eventOf(conflict, 'opened')],
      inbox_done: decided(...(await inboxIds('r'))),
    });
    expect([...(await at.ledger.commit([stale], [])).lost]).toEqual([A]);
    expect(await stateOf(A)).toMatchObject({ revision: 1, head: first, held: {}, links: {}, conflict: null });
    expect(await count('versions')).toBe(1);
    expect(await count('conflict_events')).toBe(0);
    expect(await inboxIds('r')).toHaveLength(1);
  });

  it('of a contact that somebody else made known meanwhile is lost, and so is one that says it knew it', async () => {
    await born(at.ledger, A);
    const { lost } = await at.ledger.commit([headed(version(A, 1, 'x'), 0), headed(version(B, 2, 'x'), 1)], []);
    expect([...lost].toSorted()).toEqual([A, B]);
    expect(await count('heads')).toBe(1);
  });

  it('that is lost does not take the others of its batch along', async () => {
    await born(at.ledger, A);
    const { lost } = await at.ledger.commit([headed(version(A, 2, 'x'), 9), headed(version(B, 1, 'x'), 0)], []);
    expect([...lost]).toEqual([A]);
    expect((await stateOf(B))?.head?.version).toBe(1);
  });

  it('that only notes what a system holds does not make others lose theirs', async () => {
    const first = await born(at.ledger, A);
    await at.ledger.commit([commit(A, 1, { held: [heldOf('local', first)] })], []);
    expect((await stateOf(A))?.revision).toBe(1);
  });

  it('of the same rows of history and the same events twice writes them once', async () => {
    const first = await born(at.ledger, A);
    const again = commit(A, 1, { history: [row(first), row(version(A, 1, 'loser'), { status: 'superseded' })] });
    await at.ledger.commit([again], []);
    await at.ledger.commit([again], []);
    expect(await count('versions')).toBe(2);
    const conflict = tied(first, version(A, 1, 'rival'));
    const told = { conflict, events: [eventOf(conflict, 'opened')] };
    await at.ledger.commit([commit(A, 1, told)], []);
    await at.ledger.commit([commit(A, 2, told)], []);
    expect(await count('conflict_events')).toBe(1);
  });

  it('may carry names that no database text can hold', async () => {
    const head = { ...version(A, 1, 'x'), last_updated_by: 'NUL \u0000 half \ud800' };
    await at.ledger.commit([headed(head, 0)], []);
    expect((await stateOf(A))?.head?.last_updated_by).toBe('NUL \ufffd half \ufffd');
  });

  it('decides over its edits: they are done', async () => {
    await at.ledger.receive('local', [change('k1', 'r1'), change('k2', 'r1')], null);
    const [one, two] = await inboxIds('r1');
    if (one === undefined || two === undefined) throw new Error('two edits were received');
    await at.ledger.commit([headed(version(A, 1, 'x'), 0, { inbox_done: decided(one) })], []);
    expect(await inboxIds('r1')).toEqual([two]);
  });
});

describe('many commits at once', () => {
  it('decided on the same state: exactly one wins, the others leave nothing', async () => {
    await born(at.ledger, A);
    await at.ledger.receive(
      'local',
      Array.from({ length: 8 }, (_, n) => change(`k${n}`, 'r')),
      null,
    );
    const edits = await inboxIds('r');
    const results = await Promise.all(
      edits.map((inbox_id, n) => {
        const next = version(A, 2, `by ${n}`);
        return at.ledger.commit(
          [headed(next, 1, { held: [heldOf('local', next)], inbox_done: decided(inbox_id) })],
          [],
        );
      }),
    );
    const winners = results.flatMap(({ lost }, n) => (lost.has(A) ? [] : [n]));
    expect(winners).toHaveLength(1);
    const state = await stateOf(A);
    const [winner = -1] = winners;
    expect(state).toMatchObject({ revision: 2, head: version(A, 2, `by ${winner}`) });
    expect(state?.versions).toHaveLength(2);
    expect(state?.held.local?.content_hash).toBe(state?.head?.content_hash);
    expect(await inboxIds('r')).toEqual(edits.filter((_, n) => n !== winner));
  });

  it('of overlapping contacts in different orders never wait for each other in a circle', async () => {
    const ids = Array.from({ length: 12 }, (_, n) => idOf(n));
    await Promise.all(ids.slice(0, 8).map((id) => born(at.ledger, id)));
    const known = ids.map((_, n) => (n < 8 ? 1 : 0));
    const batches = Array.from({ length: 16 }, (_, n) => {
      const commits = ids.map((id, i) =>
        headed(version(id, 2, `by ${n}`), known[i] ?? 0, {
          links: [{ system: 'local', record_id: `r${(i * 5) % 12}` }],
          held: [heldOf('local', version(id, 2, `by ${n}`))],
        }),
      );
      const turned = [...commits.slice(n % 12), ...commits.slice(0, n % 12)];
      return n % 2 ? turned : turned.toReversed();
    });
    const results = await Promise.all(batches.map((commits) => at.ledger.commit(commits, [])));
    for (const id of ids) expect(results.filter(({ lost }) => !lost.has(id))).toHaveLength(1);
  });

  it('beside receipts, burials and replays of the same contacts never wait in a circle', async () => {
    const ids = Array.from({ length: 10 }, (_, n) => idOf(n));
    const first = await Promise.all(ids.map((id) => born(at.ledger, id)));
    const letterOf = (n: number) =>
      ({ queue: 'propagate-twenty', system: 'twenty', key: first[n]?.contact_id ?? '' }) as const;
    const letters = ids.map((id, n) => ({
      ...letterOf(n),
      contact_id: id,
      version: null,
      code: 'X',
      field: null,
      reason: 'r',
      advice: 'a',
      attempts: 1,
    }));
    const turn = <T>(items: readonly T[], n: number): T[] => {
      const turned = [...items.slice(n), ...items.slice(0, n)];
      return n % 2 ? turned : turned.toReversed();
    };
    for (let round = 0; round < 6; round++) {
      const revisions = await at.ledger.contacts(ids);
      const commits = ids.map((id) =>
        headed(version(id, round + 2, `round ${round}`), revisions.get(id)?.revision ?? 0),
      );
      const receipts = first.map(({ contact_id, content_hash }) => ({
        contact_id,
        content_hash,
        version: 1,
        record_id: `t${contact_id}`,
      }));
      const open = await at.ledger.deadLetters();
      await Promise.all([
        at.ledger.bury(turn(letters, round)),
        at.ledger.commit(turn(commits, round + 1), []),
        at.ledger.delivered('twenty', turn(receipts, round + 2)),
        at.ledger.closeDeadLetters(
          turn(open, round).map(({ dead_letter_id }) => dead_letter_id),
          'replayed',
          'me',
        ),
        at.ledger.bury(turn(letters, round + 3)),
        at.ledger.pending('twenty', 0, 100),
        at.ledger.commit(turn(commits, round + 4), []),
      ]);
    }
    for (const state of (await at.ledger.contacts(ids)).values()) expect(state.head?.version).toBe(7);
  });
});

describe('a record', () => {
  const link = { system: 'local', record_id: 'r' } as const;

  it('that two workers take for two new contacts becomes one, and the other leaves no head', async () => {
    const results = await Promise.all(
      [A, B].map((id) => at.ledger.commit([headed(version(id, 1, 'new'), 0, { links: [link] })], [])),
    );
    expect(results.map(({ lost }) => lost.size).toSorted()).toEqual([0, 1]);
    const winner = results[0]?.lost.size === 0 ? A : B;
    expect([...(await at.ledger.snapshot('local', ['r'], [])).links]).toEqual([['r', winner]]);
    expect([...(await at.ledger.contacts([A, B])).keys()]).toEqual([winner]);
    for (const table of ['heads', 'versions', 'links']) expect(await count(table)).toBe(1);
  });

  it('of another contact is not taken from it, and all that came with the claim is lost', async () => {
    await born(at.ledger, A, { links: [link] });
    await born(at.ledger, B);
    const claim = commit(B, 1, { links: [{ system: 'twenty', record_id: 't' }, link] });
    expect([...(await at.ledger.commit([claim], [])).lost]).toEqual([B]);
    expect((await stateOf(B))?.links).toEqual({});
  });

  it('replaces the record of a contact that was deleted', async () => {
    await born(at.ledger, A, { links: [{ system: 'local', record_id: 'before' }] });
    await at.ledger.commit([headed(version(A, 2, null), 1)], []);
    const again = headed(version(A, 3, 'again'), 2, { links: [link] });
    expect((await at.ledger.commit([again], [])).lost.size).toBe(0);
    expect((await stateOf(A))?.links).toEqual({ local: 'r' });
  });

  it('replaces the record that is named as no more, and no other', async () => {
    await born(at.ledger, A, { links: [{ system: 'local', record_id: 'before' }] });
    const replacing = (replaces: string) => commit(A, 1, { links: [{ ...link, replaces }] });
    expect([...(await at.ledger.commit([replacing('another')], [])).lost]).toEqual([A]);
    expect((await at.ledger.commit([replacing('before')], [])).lost.size).toBe(0);
    expect((await stateOf(A))?.links).toEqual({ local: 'r' });
  });

  it('does not replace the record that a living contact was linked to meanwhile', async () => {
    const first = await born(at.ledger, A);
    await at.ledger.delivered('twenty', [{ ...heldOf('twenty', first), contact_id: A, record_id: 'written' }]);
    const claim = commit(A, 1, { links: [{ system: 'twenty', record_id: 'another' }] });
    expect([...(await at.ledger.commit([claim], [])).lost]).toEqual([A]);
    expect((await stateOf(A))?.links).toEqual({ twenty: 'written' });
  });

  it('that a deleted contact cannot have leaves it the one it had', async () => {
    await born(at.ledger, A, { links: [{ system: 'local', record_id: 'before' }] });
    await at.ledger.commit([headed(version(A, 2, null), 1)], []);
    await born(at.ledger, B, { links: [link] });
    const again = headed(version(A, 3, 'again'), 2, { links: [link] });
    expect([...(await at.ledger.commit([again], [])).lost]).toEqual([A]);
    expect(await stateOf(A)).toMatchObject({ revision: 2, links: { local: 'before' } });
  });

  it('claims a contact that is being made known by another system: one commit is lost and leaves no link', async () => {
    const claims = (['local', 'supabase'] as const).map((system) =>
      at.ledger.commit([headed(version(A, 1, system), 0, { links: [{ system, record_id: 'r' }] })], []),
    );
    const results = await Promise.all(claims);
    expect(results.map(({ lost }) => lost.size).toSorted()).toEqual([0, 1]);
    expect(await count('links')).toBe(1);
  });
});

describe('a target is behind', () => {
  it('each of the three, once a contact has a head', async () => {
    await born(at.ledger, A);
    expect(await behind(A)).toEqual(['local', 'supabase', 'twenty']);
  });

  it('but not where the edit was made, and which therefore holds it', async () => {
    const first = version(A, 1, 'first');
    await at.ledger.commit([headed(first, 0, { held: [heldOf('local', first)] })], []);
    expect(await behind(A)).toEqual(['supabase', 'twenty']);
  });

  it('but not with a number above the head’s on the same content', async () => {
    const first = await born(at.ledger, A);
    await at.ledger.commit([commit(A, 1, { held: [{ ...heldOf('local', first), version: 5 }] })], []);
    expect(await behind(A)).toEqual(['supabase', 'twenty']);
  });

  it('with other content, and with the same content under a lower number', async () => {
    const first = await born(at.ledger, A);
    await at.ledger.commit([headed(version(A, 2, 'first'), 1, { held: [heldOf('local', first)] })], []);
    expect(await behind(A)).toContain('local');
    await at.ledger.commit([commit(A, 2, { held: [heldOf('twenty', version(A, 9, 'other'))] })], []);
    expect(await behind(A)).toContain('twenty');
  });

  it('after an echo that shows it holds an older version again', async () => {
    const first = await born(at.ledger, A);
    const second = version(A, 2, 'second');
    await at.ledger.commit([headed(second, 1, { held: [heldOf('twenty', second)] })], []);
    expect(await behind(A)).not.toContain('twenty');
    await at.ledger.commit([commit(A, 2, { held: [heldOf('twenty', first)] })], []);
    expect(await behind(A)).toContain('twenty');
  });

  it('by a tombstone also where nothing is known to be held', async () => {
    const first = await born(at.ledger, A);
    await at.ledger.commit([headed(version(A, 2, null), 1, { held: [heldOf('local', first)] })], []);
    expect(await behind(A)).toEqual(['local', 'supabase', 'twenty']);
  });

  it('since it fell behind first, however many heads follow', async () => {
    await born(at.ledger, A);
    const since = () => at.sql(`select behind_since from deliveries where target = 'twenty'`);
    const before = await since();
    await at.ledger.commit([headed(version(A, 2, 'second'), 1)], []);
    expect(await since()).toEqual(before);
  });
});

describe('a conflict', () => {
  const opened = async (): Promise<{ conflict: OpenConflict; revision: number }> => {
    const first = await born(at.ledger, A);
    const conflict = tied(first, version(A, 1, 'rival'));
    await at.ledger.commit([commit(A, 1, { conflict, events: [eventOf(conflict, 'opened')] })], []);
    return { conflict, revision: 2 };
  };

  it('opens with its candidates, and makes commits lose that did not know of it', async () => {
    const { conflict } = await opened();
    expect(await at.ledger.conflicts()).toEqual([conflict]);
    expect(await at.ledger.conflicts([conflict.conflict_id])).toEqual([conflict]);
    expect(await at.ledger.conflicts(['another'])).toEqual([]);
    expect((await stateOf(A))?.conflict).toEqual(conflict);
    expect((await at.ledger.commit([headed(version(A, 2, 'x'), 1)], [])).lost.has(A)).toBe(true);
  });

  it('grows, and is still one', async () => {
    const { conflict, revision } = await opened();
    const grown = tied(version(A, 1, 'first'), version(A, 1, 'rival'), version(A, 1, 'third'));
    await at.ledger.commit([commit(A, revision, { conflict: grown, events: [eventOf(grown, 'candidate_added')] })], []);
    expect(await at.ledger.conflicts()).toEqual([{ ...conflict, candidates: grown.candidates, events: 2 }]);
    expect((await stateOf(A))?.revision).toBe(3);
  });

  it('closes by whom and with what, and the next may open in the same commit', async () => {
    const { conflict, revision } = await opened();
    const head = version(A, 2, 'chosen');
    const next = tied(head, version(A, 2, 'again'));
    const closed = {
      conflict_id: conflict.conflict_id,
      status: 'resolved',
      by: 'me',
      chosen: head.content_hash,
    } as const;
    const events = [eventOf({ ...conflict, events: 2 }, 'resolved'), eventOf(next, 'opened')];
    await at.ledger.commit([headed(head, revision, { closed: [closed], conflict: next, events })], []);
    expect(await at.ledger.conflicts()).toEqual([next]);
    expect(
      await at.sql('select status, closed_by, chosen, closed_at is not null as at from conflicts order by opened_at'),
    ).toEqual([
      { status: 'resolved', closed_by: 'me', chosen: head.content_hash, at: true },
      { status: 'open', closed_by: null, chosen: null, at: false },
    ]);
  });

  it('is one a contact: a second open one is refused as a whole', async () => {
    const { revision } = await opened();
    const second = { ...tied(version(A, 1, 'first'), version(A, 1, 'x')), conflict_id: 'another' };
    const refused = at.ledger.commit([commit(A, revision, { conflict: second })], []);
    await expect(refused).rejects.toMatchObject({ name: 'TransientError', code: 'LEDGER_BUSY' });
    expect(await at.ledger.conflicts()).toHaveLength(1);
  });
});
