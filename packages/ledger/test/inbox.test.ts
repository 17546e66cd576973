import type { SystemRecord } from '@contact-sync/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { born, change, commit, decided, idOf, type Rig, rig } from './rig.ts';

let at: Rig;
beforeAll(async () => {
  at = await rig();
});
beforeEach(() => at.empty());
afterAll(() => at.close());

const entries = async () => Number((await at.sql<{ n: string }>('select count(*) as n from inbox'))[0]?.n);
/** Lets time pass for what was told. */
const later = (interval: string) => at.sql('update inbox set told_at = told_at - $1::interval', [interval]);

describe('an edit that is told', () => {
  it('again under the same key is kept once, and told of once', async () => {
    expect(await at.ledger.receive('local', [change('k1', 'r1')], null)).toEqual(['r1']);
    expect(await at.ledger.receive('local', [change('k1', 'r1'), change('k2', 'r2')], null)).toEqual(['r2']);
    expect(await entries()).toBe(2);
  });

  it('twice within one batch is kept once, as it was told first', async () => {
    const told = [change('k1', 'r1', null, 'first'), change('k1', 'r1', null, 'again')];
    expect(await at.ledger.receive('local', told, null)).toEqual(['r1']);
    const { inbox } = await at.ledger.snapshot('local', ['r1'], []);
    expect(inbox.map(({ record }) => record.fields.job_title)).toEqual(['first']);
  });

  it('by many at once, in different orders, is kept once and told of by one of them', async () => {
    const changes = Array.from({ length: 40 }, (_, n) => change(`k${n}`, `r${n}`));
    const tellings = Array.from({ length: 6 }, (_, n) => (n % 2 ? changes : changes.toReversed()));
    const told = await Promise.all(tellings.map((each) => at.ledger.receive('local', each, null)));
    expect(told.flat().toSorted()).toEqual(changes.map(({ record_id }) => record_id).toSorted());
    expect(await entries()).toBe(40);
  });

  it('is written in the order of the keys, so that two who tell the same never wait in a circle', async () => {
    const changes = ['z', 'k', 'a', 'y', 'b', 'x'].map((key) => change(key, 'r'));
    const insert = 'insert into inbox (system, key, record_id, record) values ($1, $2, $3, $4)';
    const told = await at.transaction(async (first) => {
      await first.query(insert, ['local', 'a', 'r', '{}']);
      const second = at.ledger.receive('local', changes, null);
      await at.blocked();
      await at.transaction(async (third) => {
        await third.query(`set local lock_timeout = '1s'`);
        for (const key of ['b', 'k', 'x', 'y', 'z']) await third.query(insert, ['local', key, 'r', '{}']);
      });
      await first.query('rollback');
      return second;
    });
    expect(told).toEqual(['r']);
  });

  it('keeps its place among the edits of its batch, whatever its key', async () => {
    await at.ledger.receive(
      'local',
      ['z', 'a', 'm'].map((key) => change(key, 'r1', null, key)),
      null,
    );
    const { inbox } = await at.ledger.snapshot('local', ['r1'], []);
    expect(inbox.map(({ record }) => record.fields.job_title)).toEqual(['z', 'a', 'm']);
  });

  it('under a key that another system uses is an edit of its own', async () => {
    await at.ledger.receive('local', [change('1', '1')], null);
    expect(await at.ledger.receive('supabase', [change('1', '1')], null)).toEqual(['1']);
    expect((await at.ledger.snapshot('local', ['1'], [])).inbox).toHaveLength(1);
  });

  it('names each record once, however many edits of it are new', async () => {
    expect(await at.ledger.receive('local', [change('a', 'r1'), change('b', 'r1')], null)).toEqual(['r1']);
  });

  it('comes back as it was, with what no database text can hold', async () => {
    const odd: SystemRecord = {
      ...change('k', 'r1').record,
      last_updated_by: 'half \ud83d of a pair',
      fields: {
        nul: 'a\u0000b',
        half: '\udc00x\ud800',
        'key\u0000\ud800': 'kept',
        backslash: '\\u0000 is text',
        emoji: '👩🏽‍🚀',
        number: 1e21,
        nothing: null,
        list: ['', {}, [0.1]],
      },
    };
    await at.ledger.receive('twenty', [{ key: 'k', record_id: 'r1', record: odd }], null);
    const { inbox } = await at.ledger.snapshot('twenty', ['r1'], []);
    expect(inbox).toEqual([{ inbox_id: expect.any(String), record: odd, dead_letter_id: null }]);
  });
});

describe('the cursor', () => {
  it('is null at first, each system’s own, and stays where it is without a new one', async () => {
    expect(await at.ledger.cursor('twenty')).toBeNull();
    await at.ledger.receive('twenty', [], 'c1');
    await at.ledger.receive('twenty', [change('k', 'r')], null);
    expect(await at.ledger.cursor('twenty')).toBe('c1');
    expect(await at.ledger.cursor('bigquery')).toBeNull();
  });

  it('moves only if the edits before it are kept', async () => {
    await at.ledger.receive('twenty', [], 'c1');
    const broken = { ...change('k', 'r'), record: { ...change('k', 'r').record, contact_id: idOf(1) } };
    const refused = { ...broken, record_id: 'r2', key: null as unknown as string };
    await expect(at.ledger.receive('twenty', [broken, refused], 'c2')).rejects.toMatchObject({ code: '23502' });
    expect(await at.ledger.cursor('twenty')).toBe('c1');
    expect(await entries()).toBe(0);
  });
});

describe('a snapshot', () => {
  it('holds the undecided edits, and the contacts they are linked to, say they are, or are claimed to be', async () => {
    for (const n of [1, 2, 3, 4]) await born(at.ledger, idOf(n));
    await at.ledger.commit([commit(idOf(1), 1, { links: [{ system: 'local', record_id: 'r1' }] })], []);
    await at.ledger.receive('local', [change('a', 'r1'), change('b', 'r2', idOf(2)), change('c', 'other')], null);
    const found = await at.ledger.snapshot('local', ['r1', 'r2'], [idOf(3), idOf(99)]);
    expect(found.inbox.map(({ record }) => record.record_id)).toEqual(['r1', 'r2']);
    expect([...found.links]).toEqual([['r1', idOf(1)]]);
    expect([...found.contacts.keys()].toSorted()).toEqual([1, 2, 3].map(idOf));
  });
});

describe('records with undecided edits', () => {
  it('are left to their queue for a while, then told again, at growing intervals', async () => {
    await at.ledger.receive('local', [change('k', 'r1')], null);
    const pending = () => at.ledger.pendingInbox('local', 60_000, 10);
    expect(await pending()).toEqual([]);
    let wait = 1;
    for (const _ of Array(4)) {
      await later(`${wait} minutes`);
      expect(await pending()).toEqual(['r1']);
      wait *= 2;
      await later(`${wait - 1} minutes`);
      expect(await pending()).toEqual([]);
    }
  });

  it('are told again at the latest after 16 times the grace, and at once without grace', async () => {
    await at.ledger.receive('local', [change('k', 'r1')], null);
    await at.sql('update inbox set tells = 40');
    await later('15 minutes');
    expect(await at.ledger.pendingInbox('local', 60_000, 10)).toEqual([]);
    await later('1 minute');
    expect(await at.ledger.pendingInbox('local', 60_000, 10)).toEqual(['r1']);
    expect(await at.ledger.pendingInbox('local', 0, 10)).toEqual(['r1']);
  });

  it('are told longest waiting first, no more than asked for, and only those of the system', async () => {
    for (const n of [1, 2, 3]) {
      await at.ledger.receive('local', [change(`k${n}`, `r${n}`)], null);
      await later('1 hour');
    }
    await at.ledger.receive('supabase', [change('k', 's')], null);
    expect((await at.ledger.pendingInbox('local', 1000, 2)).toSorted()).toEqual(['r1', 'r2']);
    expect(await at.ledger.pendingInbox('local', 1000, 2)).toEqual(['r3']);
  });

  it('are told by one of two sweepers, never by both at once', async () => {
    const changes = Array.from({ length: 60 }, (_, n) => change(`k${n}`, `r${n}`));
    await at.ledger.receive('local', changes, null);
    await later('1 hour');
    const told = await Promise.all(Array.from({ length: 4 }, () => at.ledger.pendingInbox('local', 60_000, 40)));
    const all = told.flat();
    expect(new Set(all).size).toBe(all.length);
    // Whoever found rows locked took fewer; a last sweep takes the rest.
    const rest = await at.ledger.pendingInbox('local', 60_000, 100);
    expect([...all, ...rest].toSorted()).toEqual(changes.map(({ record_id }) => record_id).toSorted());
  });

  it('are not waited for while somebody decides over them', async () => {
    await at.ledger.receive('local', [change('k1', 'r1'), change('k2', 'r2')], null);
    await later('1 hour');
    await at.transaction(async (worker) => {
      await worker.query(`select from inbox where key = 'k1' for update`);
      expect(await at.ledger.pendingInbox('local', 60_000, 10)).toEqual(['r2']);
    });
  });

  it('are no more once decided over or dead-lettered', async () => {
    await at.ledger.receive('local', [change('k1', 'r1'), change('k2', 'r2')], null);
    await later('1 hour');
    const { inbox } = await at.ledger.snapshot('local', ['r1', 'r2'], []);
    const [one, two] = inbox.map(({ inbox_id }) => inbox_id);
    if (one === undefined || two === undefined) throw new Error('two edits were received');
    await at.ledger.commit(
      [commit(idOf(1), 0, { inbox_done: decided(one) })],
      [
        {
          contact_id: null,
          inbox_ids: [two],
          letter: {
            queue: 'ingest',
            system: 'local',
            key: 'r2',
            contact_id: null,
            version: null,
            code: 'REQUIRED',
            field: 'canonical_name',
            reason: 'is required',
            advice: 'fill it in',
            attempts: 1,
          },
        },
      ],
    );
    expect(await at.ledger.pendingInbox('local', 0, 10)).toEqual([]);
    const left = await at.ledger.snapshot('local', ['r1', 'r2'], []);
    expect(left.inbox).toMatchObject([{ inbox_id: two, dead_letter_id: expect.any(String) }]);
  });
});
