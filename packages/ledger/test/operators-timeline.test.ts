import type { TimelineFact } from '@contact-sync/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_PLACES, toTheEnd } from './operators-pages.ts';
import { fact } from './operators-shapes.ts';
import {
  born,
  change,
  commit,
  decided,
  eventOf,
  failure,
  headed,
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
const story = (limit = 100) => toTheEnd((page) => at.ledger.timeline(A, page), limit);
const kinds = (facts: readonly TimelineFact[]) => facts.map(({ kind }) => kind);

/** Everything that can happen to a contact, beside a neighbour to whom as much happens. */
async function eventful(): Promise<void> {
  for (const [n, id] of [idOf(2), A].entries()) {
    const record_id = `r${n}`;
    await at.ledger.receive('local', [change(`of nobody ${n}`, record_id), change(`k${n}`, record_id, id)], null);
    const { inbox } = await at.ledger.snapshot('local', [record_id], []);
    const first = version(id, 1, 'first');
    const links = [{ system: 'local', record_id }] as const;
    const inbox_done = decided(...inbox.map(({ inbox_id }) => inbox_id));
    await at.ledger.commit([headed(first, 0, { links, inbox_done })], []);
    await at.ledger.delivered('twenty', [receiptOf(first, `p${n}`)]);
    const [parked] = await at.ledger.bury([undelivered(first, 'local')]);
    await at.ledger.bury([failure({ queue: 'ingest', system: 'local', key: record_id })]);
    const conflict = tied(first, version(id, 1, 'rival'));
    await at.ledger.commit([commit(id, 1, { conflict, events: [eventOf(conflict, 'opened')] })], []);
    const second = version(id, 2, 'second');
    const closed = [
      { conflict_id: conflict.conflict_id, status: 'resolved', by: 'ada', chosen: second.content_hash },
    ] as const;
    const events = [eventOf({ ...conflict, events: conflict.events + 1 }, 'resolved')];
    await at.ledger.commit([headed(second, 2, { closed, events, history: [row(second, { appended: false })] })], []);
    const asked = { by: 'ada', via: 'cli', reason: null, key: null, digest: 'd' } as const;
    await at.ledger.beginAction({ ...asked, kind: 'sync', subjects: [`contact:${id}`] });
    await at.ledger.beginAction({ ...asked, kind: 'resolve', subjects: [`conflict:${conflict.conflict_id}`] });
    await at.ledger.beginAction({ ...asked, kind: 'discard', subjects: [`dead-letter:${parked?.dead_letter_id}`] });
  }
}

describe('what happened to a contact', () => {
  it('is told of every kind, newest first, and nothing that happened to another', async () => {
    await eventful();
    const facts = await story();
    for (const one of facts) fact.parse(one);
    expect(kinds(facts)).toEqual([
      'action',
      'action',
      'action',
      'conflict',
      'version',
      'conflict',
      'dead_letter',
      'dead_letter',
      'receipt',
      'version',
      'notification',
      'notification',
    ]);
    expect(facts.map((one) => one.at)).toEqual(
      facts
        .map((one) => one.at)
        .toSorted()
        .toReversed(),
    );
    expect(JSON.stringify(facts)).not.toContain(idOf(2));
  });

  it('comes each once, however long a page is', async () => {
    await eventful();
    const whole = await story();
    for (const limit of [1, 2, 5, 11]) expect(await story(limit)).toEqual(whole);
    for (const after of NO_PLACES)
      expect((await at.ledger.timeline(A, { after, limit: 1 })).items).toEqual(whole.slice(0, 1));
  });

  it('comes each once also where all of it is of one instant', async () => {
    await eventful();
    // Of a record that is nobody's yet.
    await at.ledger.receive('supabase', [change('s1', 's', A), change('s2', 's', A)], null);
    await at.sql(`update inbox set received_at = '2026-01-01'; update versions set committed_at = '2026-01-01';
      update receipts set at = '2026-01-01'; update dead_letters set created_at = '2026-01-01';
      update conflict_events set committed_at = '2026-01-01'; update actions set begun_at = '2026-01-01'`);
    const whole = await story();
    expect(whole).toHaveLength(14);
    for (const limit of [1, 5]) expect(await story(limit)).toEqual(whole);
  });

  it('says of an edit who made it and what came of it, and not what it says', async () => {
    await at.ledger.receive('local', [change('k', 'r', A)], null);
    const odd = {
      ...change('odd', 'o', A),
      record: { ...change('odd', 'o', A).record, last_updated_by: 'NUL \0 \ud800' },
    };
    await at.ledger.receive('local', [odd], null);
    const [one] = (await at.ledger.snapshot('local', ['r'], [])).inbox;
    await at.ledger.commit([commit(A, 0, { inbox_done: [{ inbox_id: one?.inbox_id ?? '', outcome: 'echo' }] })], []);
    const facts = await story();
    expect(facts).toMatchObject([
      { kind: 'notification', record_id: 'o', last_updated_by: 'NUL \0 \ud800', outcome: null, decided_at: null },
      {
        kind: 'notification',
        record_id: 'r',
        last_updated_by: 'somebody',
        outcome: 'echo',
        decided_at: expect.any(String),
      },
    ]);
    expect(JSON.stringify(facts)).not.toContain('edited');
  });

  it('says of a version what came before it, and whether BigQuery has it', async () => {
    const first = await born(at.ledger, A);
    const second = version(A, 4, 'second');
    const loser = row(version(A, 2, 'loser'), { status: 'superseded' });
    await at.ledger.commit([headed(second, 1, { history: [loser, row(second, { appended: false })] })], []);
    const versions = (await story()).flatMap((one) => (one.kind === 'version' ? [one] : []));
    const byNumber = new Map(versions.map((one) => [one.version.version, one]));
    expect(byNumber.get(1)).toMatchObject({ before: null, appended_at: expect.any(String) });
    expect(byNumber.get(2)).toMatchObject({ version: { status: 'superseded' }, before: first });
    expect(byNumber.get(4)).toMatchObject({ version: second, before: first, appended_at: null });
  });

  it('is nothing for a contact that nobody knows', async () => {
    expect(await at.ledger.timeline(idOf(77), { limit: 5 })).toEqual({ items: [], next: null });
  });
});
