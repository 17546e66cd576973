import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAYS, decisions, make, world } from './retention-world.ts';
import { change, decided, headed, idOf, type Rig, rig, tied, version } from './rig.ts';

const PAGE = 5;
let at: Rig;
beforeAll(async () => {
  at = await rig();
});
beforeEach(() => at.empty());
afterAll(() => at.close());

const retention = () => at.ledger.watching.retention;
/** Everything, page by page. @returns how many rows of each kind */
async function forgetAll(page = PAGE): Promise<Readonly<Record<string, number>>> {
  const all: Record<string, number> = {};
  for (let more = true; more; ) {
    more = false;
    for (const [kind, rows] of Object.entries(await retention().forget(DAYS, page))) {
      expect(rows).toBeLessThanOrEqual(page);
      all[kind] = (all[kind] ?? 0) + rows;
      more ||= rows > 0;
    }
  }
  return all;
}

describe('what the ledger forgets', { timeout: 60_000 }, () => {
  it('changes nothing that anybody decides by, delivers, counts or shows as open, and a second time finds nothing', async () => {
    let most = 0;
    await fc.assert(
      fc.asyncProperty(world, async (made) => {
        await at.empty();
        await make(at, made);
        const before = await decisions(at, made.contacts.length);
        const all = await forgetAll(15);
        expect(await decisions(at, made.contacts.length)).toEqual(before);
        expect(Object.values(await forgetAll(15)).every((rows) => rows === 0)).toBe(true);
        most = Math.max(most, all.versions ?? 0);
        const [left] = await at.sql<{ versions: string; old: string; receipts: string; closed: string; done: string }>(`
          select (select count(*) from versions where appended_at is null)::text as versions,
            (select count(*) from versions)::text as old,
            (select count(distinct contact_id) from receipts)::text as receipts,
            (select count(*) from dead_letters d where status <> 'open' and closed_at < now() - interval '${DAYS} days'
              and not exists (select from deliveries x where x.dead_letter_id = d.dead_letter_id))::text as closed,
            (select count(*) from inbox where done_at < now() - interval '${DAYS} days' and not exists (
              select from dead_letters where status = 'open'))::text as done`);
        expect(left).toMatchObject({
          versions: String(made.contacts.flatMap(({ versions }) => versions).filter((one) => !one.appended).length),
          receipts: String(made.contacts.filter(({ receipts }) => receipts.length > 0).length),
          closed: '0',
          done: '0',
        });
      }),
      { numRuns: 12, endOnFailure: true },
    );
    // It is no law of nothing.
    expect(most).toBeGreaterThan(0);
  });

  it('is all that is old of a contact beyond its newest twenty versions, and of what is closed and done', async () => {
    const versions = Array.from({ length: 25 }, () => ({ age: DAYS + 1, status: true, appended: true }));
    const contact = { versions, held: [24, 24, 24], behind: false, ofRecord: false, age: DAYS + 1 } as const;
    await make(at, {
      contacts: [
        { ...contact, conflict: 'closed', letter: 'replayed', edits: [DAYS + 1, 1], receipts: [DAYS + 1, DAYS + 1] },
      ],
    });
    await at.sql('update conflict_events set appended_at = now()');
    await at.sql(`insert into actions (kind, subjects, by, via, digest, ended_at, outcome) values
      ('replay', '{}', 'ada', 'cli', 'd', now() - interval '31 days', 'done'),
      ('replay', '{}', 'ada', 'cli', 'd', null, null),
      ('drift', '{system:local}', 'ada', 'cli', 'd', now() - interval '40 days', 'done'),
      ('drift', '{system:local}', 'ada', 'cli', 'd', now() - interval '31 days', 'done')`);
    await at.sql(`insert into alerts (code, subject, severity, state, message, advice, since, fired_at, resolved_at) values
      ('STALLED', 'hub', 'warning', 'resolved', 'm', 'a', now(), now(), now() - interval '31 days'),
      ('STALLED', 'hub', 'warning', 'resolved', 'm', 'a', now(), now(), now()),
      ('STALLED', 'hub', 'warning', 'firing', 'm', 'a', now() - interval '90 days', now() - interval '90 days', null)`);
    expect(await forgetAll()).toEqual({
      inbox: 1,
      versions: 5,
      receipts: 1,
      dead_letters: 1,
      conflicts: 1,
      actions: 2,
      alerts: 1,
    });
    const numbers = await at.sql<{ version: string }>('select version from versions order by version');
    expect(numbers.map((row) => Number(row.version))).toEqual(Array.from({ length: 20 }, (_, n) => n + 6));
    expect(await at.sql('select from conflict_events')).toEqual([]);
  });

  it('leaves the edit that answers a letter about its record, until the letter is closed', async () => {
    const versions = [{ age: 1, status: true, appended: true }];
    const contact = { versions, held: [0, 0, 0], behind: false, conflict: null, receipts: [] } as const;
    await make(at, {
      contacts: [{ ...contact, letter: 'open', ofRecord: true, edits: [DAYS + 1], age: DAYS * 2 }],
    });
    expect(await retention().forget(DAYS, PAGE)).toMatchObject({ inbox: 0 });
    expect(await at.ledger.closeAnswered()).toBe(1);
    expect(await retention().forget(DAYS, PAGE)).toMatchObject({ inbox: 1 });
  });

  it('waits for a contact that is being decided over, and for nobody else', async () => {
    const versions = Array.from({ length: 25 }, () => ({ age: DAYS + 1, status: true, appended: true }));
    const contact = { versions, held: [24, 24, 24], behind: false, ofRecord: false, age: DAYS + 1 } as const;
    const one = { ...contact, conflict: null, letter: null, edits: [DAYS + 1], receipts: [] } as const;
    await make(at, { contacts: [one] });
    const forgetting = await at.transaction(async (client) => {
      await client.query('select contact_sync_ledger.lock_heads($1)', [['1']]);
      await client.query('select from contact_sync_ledger.inbox for update');
      const forgotten = retention().forget(DAYS, PAGE);
      await at.blocked();
      return { forgotten };
    });
    expect(await forgetting.forgotten).toMatchObject({ inbox: 0, versions: 5 });
    expect(await retention().forget(DAYS, PAGE)).toMatchObject({ inbox: 1, versions: 0 });
  });

  it('goes on beside a flow that commits, delivers and opens conflicts, and nobody is in anybody’s way', async () => {
    const id = idOf(1);
    await at.ledger.commit([headed(version(id, 1, 'title 1'), 0)], []);
    const flow = async () => {
      for (let number = 2; number <= 40; number++) {
        const next = version(id, number, `title ${number}`);
        await at.ledger.receive('local', [change(`key-${number}`, 'r1', id)], null);
        const { inbox } = await at.ledger.snapshot('local', ['r1'], []);
        const conflict = number % 10 === 0 ? tied(next, version(id, number, 'rival')) : null;
        const closed =
          number % 10 === 1
            ? [{ conflict_id: `${id}-${number - 1}`, status: 'superseded', by: null, chosen: null } as const]
            : [];
        const more = { conflict, closed, inbox_done: decided(...inbox.map(({ inbox_id }) => inbox_id)) };
        const { lost } = await at.ledger.commit([headed(next, number - 1, more)], []);
        expect(lost.size).toBe(0);
        await at.ledger.delivered('local', [
          { contact_id: id, version: number, content_hash: next.content_hash, record_id: 'r1' },
        ]);
      }
    };
    let flowing = true;
    const forget = async () => {
      while (flowing) await retention().forget(0, PAGE);
    };
    await Promise.all([flow().finally(() => (flowing = false)), forget(), forget()]);
    await retention().forget(0, 1_000);
    const [left] = await at.sql<{ versions: number; receipts: number; inbox: number }>(
      'select (select count(*)::int from versions) as versions, (select count(*)::int from receipts) as receipts, (select count(*)::int from inbox) as inbox',
    );
    expect(left).toMatchObject({ receipts: 1, inbox: 0 });
    expect(left?.versions).toBeLessThan(25);
  });
});
