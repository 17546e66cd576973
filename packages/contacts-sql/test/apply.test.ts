import { contactId, type Timestamp } from '@contact-sync/contact';
import { PermanentError, TransientError } from '@contact-sync/sync';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { applyWith, delivery, named, type Rig, rig, T0, T1 } from './rig.ts';

let db: Rig;
beforeAll(async () => {
  db = await rig();
});
afterAll(() => db.close());
afterEach(async () => {
  await db.sql('truncate public.contacts');
  await db.sql('truncate contact_sync.tombstones, contact_sync.outbox');
});

const rows = () =>
  db.sql(
    'select contact_id, version::int, canonical_name as name, deleted_at is not null as gone from contacts order by 1',
  );
const later = (time: Timestamp) => ({ last_updated: time });

describe('a delivery', () => {
  it('inserts, once, and tells nobody', async () => {
    expect(await db.outcomes(delivery('5'), delivery('-9223372036854775808'))).toEqual({
      '5': 'applied',
      '-9223372036854775808': 'applied',
    });
    expect(await db.outcomes(delivery('5'))).toEqual({ '5': 'unchanged' });
    expect(await db.changes()).toEqual([]);
  });

  it('holds every field, 64 bits of id and six digits of time exactly', async () => {
    const content = {
      canonical_name: 'Ada “Å” \\ "L"',
      given_name: 'Ada',
      family_name: 'L',
      emails: ['a@x.org', 'b@x.org'],
      phones: ['+14155552671'],
      organization: 'O',
      job_title: 'J',
      linkedin_url: 'https://x.org',
      category_code: 'B' as const,
      subcategory_code: 'B2',
      llm_context: { z: 1.5, a: [1, { b: null }], key_interests: ['x'], emotional_depth: 3 },
    };
    const id = '9223372036854775807';
    const [outcome] = await db.apply(delivery(id, { content, version: Number.MAX_SAFE_INTEGER }));
    if (outcome?.outcome !== 'applied') throw new Error('not applied');
    const [record] = await db.fetch(outcome.record_id);
    expect(record).toEqual({
      record_id: outcome.record_id,
      contact_id: id,
      version: Number.MAX_SAFE_INTEGER,
      last_updated: T0,
      last_updated_by: 'hub',
      deleted: false,
      fields: content,
    });
    expect(await db.outcomes(delivery(id, { content, version: Number.MAX_SAFE_INTEGER }))).toEqual({
      [id]: 'unchanged',
    });
  });

  it('overwrites a lower rank alone: an older version, or an earlier time by a microsecond', async () => {
    await db.apply(delivery('5', { version: 3 }));
    expect(await db.outcomes(delivery('5', { version: 2, content: named('old'), ...later(T1) }))).toEqual({
      '5': 'ahead',
    });
    expect(await db.outcomes(delivery('5', { version: 3, content: named('tie') }))).toEqual({ '5': 'ahead' });
    expect(await db.outcomes(delivery('5', { version: 3, content: named('later'), ...later(T1) }))).toEqual({
      '5': 'applied',
    });
    expect(await db.outcomes(delivery('5', { version: 4, content: named('higher') }))).toEqual({ '5': 'applied' });
    expect(await rows()).toEqual([{ contact_id: '5', version: 4, name: 'higher', gone: false }]);
  });

  it('does not overwrite an edit that the hub has not heard of', async () => {
    await db.apply(delivery('5', { version: 3 }));
    await db.sql(`update contacts set canonical_name = 'mine'`);
    expect(await db.outcomes(delivery('5', { version: 4, content: named('late') }))).toEqual({ '5': 'ahead' });
    expect(await rows()).toMatchObject([{ version: 4, name: 'mine' }]);
  });

  it('empties the fields that its content does not have', async () => {
    await db.apply(delivery('5', { content: { canonical_name: 'Ada', emails: ['a@x.org'], organization: 'O' } }));
    await db.apply(delivery('5', { version: 2 }));
    expect(await db.sql('select emails, organization from contacts')).toEqual([{ emails: null, organization: null }]);
  });

  it('given twice in one call counts as the highest ranked', async () => {
    expect(
      await db.apply(delivery('5', { version: 2, content: named('high') }), delivery('5', { content: named('low') })),
    ).toMatchObject([{ contact_id: '5', outcome: 'applied' }]);
    expect(await rows()).toMatchObject([{ version: 2, name: 'high' }]);
  });
});

describe('a record that was born here', () => {
  const born = async () => {
    const [row] = await db.sql<{ id: string; last_updated: Timestamp }>(
      `insert into contacts (canonical_name) values ('Ada')
       returning id::text, contact_sync.utc(last_updated) as last_updated`,
    );
    if (!row) throw new Error('nothing inserted');
    return row;
  };

  it('is given its contact_id, and is not told back', async () => {
    const { id, last_updated } = await born();
    await db.drain();
    expect(await db.outcomes(delivery('5', { record_id: id, last_updated }))).toEqual({ '5': 'unchanged' });
    expect(await rows()).toEqual([{ contact_id: '5', version: 1, name: 'Ada', gone: false }]);
    expect(await db.changes()).toEqual([]);
  });

  it('is given its contact_id even when it was edited again meanwhile', async () => {
    const { id, last_updated } = await born();
    await db.sql(`update contacts set canonical_name = 'Eve'`);
    expect(await db.outcomes(delivery('5', { record_id: id, last_updated }))).toEqual({ '5': 'ahead' });
    expect(await rows()).toEqual([{ contact_id: '5', version: 2, name: 'Eve', gone: false }]);
  });

  it('and deleted before it got one is not revived by it', async () => {
    const { id, last_updated } = await born();
    await db.sql('delete from contacts');
    expect(await db.apply(delivery('5', { record_id: id, last_updated }))).toEqual([
      { contact_id: '5', outcome: 'ahead', record_id: id },
    ]);
    expect(await db.outcomes(delivery('5', { record_id: id, version: 2, last_updated: T0 }))).toEqual({ '5': 'ahead' });
    expect(await rows()).toEqual([]);
  });

  it('keeps the contact it stands for when another one claims it', async () => {
    const { id } = await born();
    await db.apply(delivery('5', { record_id: id, version: 2 }));
    await db.apply(delivery('6', { record_id: id, version: 9, content: named('Eve') }));
    expect(await rows()).toMatchObject([
      { contact_id: '5', name: 'Ada' },
      { contact_id: '6', name: 'Eve' },
    ]);
  });

  it('goes to one of two contacts that claim it in one call', async () => {
    const { id } = await born();
    expect(
      await db.outcomes(delivery('6', { record_id: id, version: 2 }), delivery('7', { record_id: id, version: 2 })),
    ).toEqual({ '6': 'applied', '7': 'applied' });
    expect((await rows()).length).toBe(2);
  });
});

describe('a tombstone', () => {
  it('marks the row and keeps its content; a higher version brings it back', async () => {
    await db.apply(delivery('5', { version: 2 }));
    expect(await db.outcomes(delivery('5', { version: 3, content: null }))).toEqual({ '5': 'applied' });
    expect(await db.outcomes(delivery('5', { version: 3, content: null }))).toEqual({ '5': 'unchanged' });
    expect(await rows()).toEqual([{ contact_id: '5', version: 3, name: 'Ada', gone: true }]);
    expect(await db.outcomes(delivery('5', { version: 2, ...later(T1) }))).toEqual({ '5': 'ahead' });
    expect(await db.outcomes(delivery('5', { version: 4, content: named('back') }))).toEqual({ '5': 'applied' });
    expect(await rows()).toEqual([{ contact_id: '5', version: 4, name: 'back', gone: false }]);
  });

  it('for a contact that never was here leaves no row, and its rank', async () => {
    const [outcome] = await db.apply(delivery('5', { version: 3, content: null }));
    expect(outcome).toMatchObject({ outcome: 'applied' });
    expect(await rows()).toEqual([]);
    expect(await db.outcomes(delivery('5', { version: 3, content: null }))).toEqual({ '5': 'unchanged' });
    expect(await db.outcomes(delivery('5', { version: 2, ...later(T1) }))).toEqual({ '5': 'ahead' });
    expect(await db.outcomes(delivery('5', { version: 4 }))).toEqual({ '5': 'applied' });
    expect(await rows()).toMatchObject([{ contact_id: '5', version: 4, gone: false }]);
    expect(await db.changes()).toEqual([]);
  });

  it('of a user who removed the row is a guard too, and a higher version comes back under the old record id', async () => {
    const [first] = await db.apply(delivery('5', { version: 3 }));
    await db.sql('delete from contacts');
    expect(await db.outcomes(delivery('5', { version: 3, ...later(T1) }))).toEqual({ '5': 'ahead' });
    expect(await db.outcomes(delivery('5', { version: 5, content: null }))).toEqual({ '5': 'applied' });
    expect(await db.outcomes(delivery('5', { version: 5, ...later(T0) }))).toEqual({ '5': 'ahead' });
    expect(await db.apply(delivery('5', { version: 6 }))).toEqual([{ ...first, outcome: 'applied' }]);
    expect(await db.sql('select * from contact_sync.tombstones')).toEqual([]);
  });
});

describe('one bad row', () => {
  it('never fails the others, and is named with what refused it', async () => {
    await db.sql(`alter table contacts add constraint polite check (canonical_name <> 'bad')`);
    await db.apply(delivery('4'));
    const outcomes = await db.apply(
      delivery('3'),
      delivery('4', { version: 2, content: named('bad') }),
      delivery('5', { content: named('bad') }),
      delivery('6'),
    );
    expect(Object.fromEntries(outcomes.map((row) => [row.contact_id, row.outcome]))).toEqual({
      '3': 'applied',
      '4': 'rejected',
      '5': 'rejected',
      '6': 'applied',
    });
    const refused = outcomes.find((row) => row.contact_id === '5');
    if (refused?.outcome !== 'rejected') throw new Error('not rejected');
    expect(refused.error).toBeInstanceOf(PermanentError);
    expect(refused.error.message).toContain('polite');
    expect(refused.error.message).not.toContain('bad');
    expect(await db.changes()).toEqual([]);
    await db.sql('alter table contacts drop constraint polite');
  });

  it('that a user has locked is left for later, the others are written', async () => {
    await db.apply(delivery('5'));
    const user = await db.another();
    await user.query('begin');
    await user.query(`update contacts set canonical_name = 'mine' where contact_id = '5'`);
    await expect(
      db.apply(delivery('5', { version: 2, content: named('late') }), delivery('6'), delivery('7')),
    ).rejects.toBeInstanceOf(TransientError);
    await user.query('commit');
    expect(await rows()).toMatchObject([{ name: 'mine' }, { contact_id: '6' }, { contact_id: '7' }]);
  });
});

describe('at the same time', () => {
  it('eight writers of overlapping contacts leave the highest rank of each, without a deadlock', async () => {
    const KEYS = 40;
    const writers = await Promise.all(Array.from({ length: 8 }, () => db.another()));
    // Each rank has one content, as in the hub; every writer brings its share in an order of its own.
    const versions = Array.from({ length: 24 }, (_, n) => n + 1);
    let state = 7;
    const random = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    await Promise.all(
      writers.map(async (writer, w) => {
        for (const version of versions.filter((v) => v % 4 === w % 4).sort(() => random() - 0.5)) {
          const batch = Array.from({ length: KEYS }, (_, key) =>
            delivery(String(key), { version, content: version % 5 === 0 ? null : named(`v${version}`) }),
          ).sort(() => random() - 0.5);
          await applyWith(writer, batch);
        }
      }),
    );
    const { length: count } = await db.sql(`select from contacts where version = 24 and canonical_name = 'v24'`);
    expect(count).toBe(KEYS);
    expect(await db.sql('select * from contact_sync.tombstones')).toEqual([]);
    expect(await db.changes()).toEqual([]);
  });

  it('deletions of users and late writes of the hub never bring a contact back', async () => {
    const KEYS = Array.from({ length: 20 }, (_, n) => String(n));
    const [user, hub] = [await db.another(), await db.another()];
    // In the order in which the rows lie, which may be another than the hub's: again, if it was the victim.
    const deleting = async (): Promise<unknown> =>
      user.query('delete from contacts').catch((error: { code?: string }) => {
        if (error.code === '40P01') return deleting();
        throw error;
      });
    for (let round = 0; round < 12; round++) {
      const at = (version: number) => KEYS.map((key) => delivery(key, { version: round * 10 + version }));
      await db.apply(...at(1));
      await Promise.all([
        deleting(), // rank +2
        applyWith(hub, at(1)),
        db.apply(...at(2).map((one) => ({ ...one, last_updated: T0 }))), // below the deletion, or what it deletes
      ]);
      const { length: rowsLeft } = await db.sql('select from contacts');
      const { length: tombstones } = await db.sql('select from contact_sync.tombstones');
      expect(rowsLeft).toBe(0);
      expect(tombstones).toBe(KEYS.length);
    }
  });

  it("an insert of the hub that waited for a user's deletion sees it", async () => {
    const user = await db.another();
    await user.query('begin');
    await user.query(`insert into contacts (contact_id, canonical_name) values ('5', 'Ada')`);
    await user.query(`delete from contacts where contact_id = '5'`);
    const hub = await db.another();
    await hub.query(`set application_name = 'waiting hub'`);
    const write = applyWith(hub, [delivery('5', { version: 1 })]);
    await expect
      .poll(() =>
        db.sql(`select from pg_stat_activity where application_name = 'waiting hub' and wait_event_type = 'Lock'`),
      )
      .toHaveLength(1);
    await user.query('commit');
    expect(await write).toMatchObject([{ contact_id: contactId('5'), outcome: 'ahead' }]);
    expect(await rows()).toEqual([]);
  });
});
