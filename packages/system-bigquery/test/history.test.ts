import { contactId, timestamp } from '@contact-sync/contact';
import { PermanentError } from '@contact-sync/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { failure, startWorld, TIME, version, type World } from './setup.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await world.adapter.install();
});
afterAll(() => world.sandbox.close());

let id: string;
let next = 1_000;
beforeEach(() => {
  next += 1;
  id = String(next);
});

const AWKWARD = {
  canonical_name: 'Žofie 😀 "quoted" \\ back',
  emails: ['a@x.org', 'b@x.org'],
  phones: ['+14155552671'],
  category_code: 'B',
  subcategory_code: 'B2',
  llm_context: {
    how_met: "it's\nover\ttwo lines",
    'odd.key $[0] "é"': { nested: [1.5, true, { '': 'empty key' }], big: 1e21 },
    emotional_depth: 7,
  },
};

describe('append', () => {
  test('what was appended is the head, byte for byte', async () => {
    const row = version(id, 3, AWKWARD);
    await world.adapter.append([row]);
    const [head] = await world.adapter.heads([row.contact_id]);
    expect(head).toEqual({
      contact_id: row.contact_id,
      version: 3,
      last_updated: TIME,
      last_updated_by: 'ann',
      content: row.content,
      content_hash: row.content_hash,
    });
  });

  test('appending twice is the same as once, in the view and in history', async () => {
    const row = version(id, 1, { canonical_name: 'Ann' });
    await world.adapter.append([row]);
    await world.adapter.append([row]);
    expect(await world.adapter.history([row.contact_id])).toEqual([row]);
    const [count] = await world.run(`SELECT COUNT(*) AS n FROM crm.contacts WHERE contact_id = ${id}`);
    expect(String(count?.n)).toBe('1');
  });

  test('the same change recorded twice in the table is shown once, as first recorded', async () => {
    const row = version(id, 1, { canonical_name: 'Ann' });
    const again = { ...row, recorded_at: timestamp('2024-06-01T00:00:00Z') };
    await world.adapter.append([row]);
    await world.run(
      `INSERT INTO crm.contact_versions (change_id, contact_id, version, last_updated, last_updated_by, source,
         canonical_name, content_hash, appended_by_hub, recorded_at)
       VALUES ('${again.change_id}', ${id}, 1, TIMESTAMP '${TIME}', 'ann', 'supabase', 'Ann', '${row.content_hash}', TRUE,
         TIMESTAMP '${again.recorded_at}')`,
    );
    expect(await world.adapter.history([row.contact_id])).toEqual([row]);
    const heads = await world.run(`SELECT recorded_at FROM crm.contacts WHERE contact_id = ${id}`);
    expect(heads).toHaveLength(1);
  });

  test('an invalid row is refused for good with its field, and the good ones beside it are appended', async () => {
    const good = version(id, 1, { canonical_name: 'Good' });
    // Nothing typed can be invalid: this is what a broken caller would do.
    const bad = { ...version(`${id}1`, 1, { canonical_name: 'Bad' }), last_updated: 'yesterday' as typeof TIME };
    const error = await failure(world.adapter.append([bad, good]));
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ code: 'BIGQUERY_INVALID_ROW', field: 'last_updated' });
    expect(await world.adapter.heads([good.contact_id, bad.contact_id])).toHaveLength(1);
  });
});

describe('heads', () => {
  test('superseded rows are history and never the head', async () => {
    const rows = [
      version(id, 2, { canonical_name: 'Head' }),
      version(id, 9, { canonical_name: 'Loser' }, { status: 'superseded' }),
    ];
    await world.adapter.append(rows);
    expect((await world.adapter.heads([contactId(id)])).map((head) => head.version)).toEqual([2]);
    expect((await world.adapter.history([contactId(id)])).map((row) => row.status).sort()).toEqual([
      'accepted',
      'superseded',
    ]);
  });

  test.each([
    ['the higher version', { version: 3, at: '2020-01-01T00:00:00Z' }, { version: 2, at: '2024-01-01T00:00:00Z' }],
    [
      'on equal versions the later update',
      { version: 2, at: '2024-01-01T00:00:00.000002Z' },
      { version: 2, at: '2024-01-01T00:00:00.000001Z' },
    ],
  ])('the head is %s, in whatever order they came', async (_, winner, loser) => {
    const w = version(id, winner.version, { canonical_name: 'W' }, {}, timestamp(winner.at));
    const l = version(id, loser.version, { canonical_name: 'L' }, {}, timestamp(loser.at));
    await world.adapter.append([w, l]);
    const other = `${id}7`;
    await world.adapter.append([
      version(other, loser.version, { canonical_name: 'L' }, {}, timestamp(loser.at)),
      version(other, winner.version, { canonical_name: 'W' }, {}, timestamp(winner.at)),
    ]);
    const names = (await world.adapter.heads([contactId(id), contactId(other)])).map((h) => h.content?.canonical_name);
    expect(names).toEqual(['W', 'W']);
  });

  test('on an exact tie the earlier recorded stays, in heads, scan, fetch and the view alike', async () => {
    const first = version(id, 2, { canonical_name: 'First' });
    const second = version(id, 2, { canonical_name: 'Second' }, { recorded_at: timestamp('2024-06-01T00:00:00Z') });
    await world.adapter.append([second, first]);
    const [head] = await world.adapter.heads([first.contact_id]);
    const [record] = await world.adapter.fetch([id]);
    const view = await world.run(`SELECT canonical_name FROM crm.contacts WHERE contact_id = ${id}`);
    expect(head?.content?.canonical_name).toBe('First');
    expect(record?.fields.canonical_name).toBe('First');
    expect(view).toEqual([{ canonical_name: 'First' }]);
  });

  test('a tombstone is the head, is fetched as deleted, and is not in the view', async () => {
    await world.adapter.append([version(id, 1, { canonical_name: 'Ann' }), version(id, 2, null)]);
    const [head] = await world.adapter.heads([contactId(id)]);
    const [record] = await world.adapter.fetch([id]);
    expect(head).toMatchObject({ version: 2, content: null });
    expect(record).toMatchObject({ version: 2, deleted: true });
    expect(await world.run(`SELECT * FROM crm.contacts WHERE contact_id = ${id}`)).toEqual([]);
    expect(await world.run(`SELECT deleted FROM crm.contacts_all WHERE contact_id = ${id}`)).toEqual([
      { deleted: true },
    ]);
  });

  test('where an analyst wrote nonsense the head is the best version that a contact can be', async () => {
    await world.adapter.append([version(id, 1, { canonical_name: 'Ann' })]);
    await world.run(
      `INSERT INTO crm.contact_versions (contact_id, version, last_updated, canonical_name, emails)
       VALUES (${id}, 2, CURRENT_TIMESTAMP(), NULL, JSON '{"not": "a list"}')`,
    );
    expect(await world.adapter.heads([contactId(id)])).toMatchObject([
      { version: 1, content: { canonical_name: 'Ann' } },
    ]);
  });

  test('contacts that do not exist are left out, and nobody is asked about nobody', async () => {
    expect(await world.adapter.heads([contactId(id)])).toEqual([]);
    world.sandbox.setDown(true);
    expect(await world.adapter.heads([])).toEqual([]);
    world.sandbox.setDown(false);
  });
});

test('scan tells every head once, in pages, from the lowest id to the highest', async () => {
  const ids = ['-9223372036854775808', '-3', '0', '77', '9223372036854775807'];
  await world.adapter.append(ids.map((each) => version(each, 1, { canonical_name: each })));
  await world.adapter.append([version('77', 2, null)]);
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await world.adapter.scan(cursor, 400);
    seen.push(...page.records.map((record) => record.record_id));
    cursor = page.cursor;
  } while (cursor !== null);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toEqual([...seen].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)));
  expect(seen).toEqual(expect.arrayContaining(ids));
});

test('conflicts are events, and the view shows the open ones as they stand', async () => {
  const row = version(id, 2, { canonical_name: 'Ann' });
  const event = {
    conflict_id: `c${id}`,
    contact_id: row.contact_id,
    version: 2,
    last_updated: TIME,
    candidates: [
      {
        system: 'twenty',
        record_id: 'r',
        content: row.content,
        content_hash: row.content_hash,
        last_updated_by: 'ann',
      },
    ],
    chosen: null,
    by: null,
    recorded_at: TIME,
  } as const;
  const open = () => world.run(`SELECT candidates FROM crm.sync_conflicts_open WHERE conflict_id = 'c${id}'`);
  const opened = { ...event, event_id: `c${id}:1`, event: 'opened' } as const;
  await world.adapter.appendConflicts([opened]);
  await world.adapter.appendConflicts([opened, { ...event, event_id: `c${id}:2`, event: 'candidate_added' }]);
  const shown = await open();
  expect(shown.map((each) => JSON.parse(String(each.candidates)))).toEqual([event.candidates]);
  await world.adapter.appendConflicts([
    { ...event, event_id: `c${id}:10`, event: 'resolved', chosen: row.content_hash, by: 'ann' },
  ]);
  expect(await open()).toEqual([]);
});
