import { contactId, parseContent } from '@contact-sync/contact';
import type { CanonicalAdapter, Change } from '@contact-sync/sync';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { failure, startWorld, version, type World } from './setup.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.adapter.install();
});
afterEach(() => world.sandbox.close());

const MINUTE = 60_000;

/** Polls to the end of what there is. */
async function poll(adapter: CanonicalAdapter, cursor: string | null, limit = 100) {
  const told: Change[] = [];
  let pages = 0;
  for (;;) {
    const page = await adapter.changes(cursor, limit);
    told.push(...page.changes);
    cursor = page.cursor;
    pages += 1;
    if (!page.more) return { told, cursor, pages };
  }
}

const insert = (values: string, columns = 'contact_id, version, last_updated, canonical_name') =>
  world.run(`INSERT INTO crm.contact_versions (${columns}) VALUES ${values}`);

describe('changes', () => {
  test("what the hub appended is not told, an analyst's edit is", async () => {
    await world.adapter.append([version('1', 1, { canonical_name: 'Ann', job_title: 'Cook' })]);
    await world.run(`CALL crm.edit_contact(1, JSON '{"job_title": "Chef"}', 'eve')`);
    const { told } = await poll(world.adapter, null);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ record_id: '1', record: { version: 2, last_updated_by: 'eve', deleted: false } });
    expect(world.adapter.lens.fromRecord(told[0]?.record.fields ?? {}, null)).toMatchObject({
      canonical_name: 'Ann',
      job_title: 'Chef',
    });
  });

  test('a bulk insert with one time for all its rows is paged through without loss, oldest first', async () => {
    await insert("(500, 1, TIMESTAMP '2020-01-01', 'Early')");
    const rows = Array.from({ length: 250 }, (_, n) => `(${n}, 1, TIMESTAMP '2024-01-01', 'N${n}')`);
    await insert(rows.join(', '));
    const { told, pages } = await poll(world.adapter, null, 40);
    expect(pages).toBe(7);
    expect(told[0]?.record_id).toBe('500');
    expect(new Set(told.map((change) => change.record_id)).size).toBe(251);
    expect(new Set(told.map((change) => change.key)).size).toBe(251);
  });

  test('polling again within the overlap tells it again under the same key', async () => {
    await insert("(1, 1, TIMESTAMP '2024-01-01', 'Ann')");
    const first = await poll(world.adapter, null);
    const second = await poll(world.adapter, first.cursor);
    expect(second.told).toEqual(first.told);
  });

  test('without an overlap nothing is told twice, and later edits are', async () => {
    const adapter = world.another({ overlapMs: 0 });
    await insert("(1, 1, TIMESTAMP '2024-01-01', 'Ann')");
    const first = await poll(adapter, null);
    expect((await poll(adapter, first.cursor)).told).toEqual([]);
    await insert("(2, 1, TIMESTAMP '2024-01-01', 'Bob')");
    expect((await poll(adapter, first.cursor)).told.map((change) => change.record_id)).toEqual(['2']);
  });

  test('a row that was committed late is told, though later ones were told before', async () => {
    await insert("(1, 1, TIMESTAMP '2024-01-01', 'Ann')");
    const { cursor } = await poll(world.adapter, null);
    await insert(
      "(2, 1, TIMESTAMP '2024-01-01', 'Late', TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 9 MINUTE))",
      'contact_id, version, last_updated, canonical_name, recorded_at',
    );
    expect((await poll(world.adapter, cursor)).told.map((change) => change.record_id)).toContain('2');
  });

  test('a row that appears behind the page a sweep has reached is told by the next sweep', async () => {
    await insert("(1, 1, TIMESTAMP '2024-01-01', 'Ann'), (2, 1, TIMESTAMP '2024-01-01', 'Bob')");
    const page = await world.adapter.changes(null, 1);
    expect(page.more).toBe(true);
    await insert(
      "(3, 1, TIMESTAMP '2024-01-01', 'Late', TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 9 MINUTE))",
      'contact_id, version, last_updated, canonical_name, recorded_at',
    );
    const rest = await poll(world.adapter, page.cursor, 1);
    expect(rest.told.map((change) => change.record_id)).not.toContain('3');
    expect((await poll(world.adapter, rest.cursor, 1)).told.map((change) => change.record_id)).toContain('3');
  });

  test('a sweep that takes long forgets nothing that was recorded since it began', async () => {
    const adapter = world.another({ overlapMs: 0 });
    const future = 'TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR)';
    await insert(
      `(1, 1, TIMESTAMP '2024-01-01', 'Ann', ${future}), (2, 1, TIMESTAMP '2024-01-01', 'Bob', ${future})`,
      'contact_id, version, last_updated, canonical_name, recorded_at',
    );
    const page = await adapter.changes(null, 1);
    await insert("(3, 1, TIMESTAMP '2024-01-01', 'Cy')");
    const rest = await poll(adapter, page.cursor, 1);
    const next = await poll(adapter, rest.cursor, 1);
    expect(next.told.map((change) => change.record_id)).toContain('3');
  });

  test('beyond the overlap nothing is read again', async () => {
    const adapter = world.another({ overlapMs: 5 * MINUTE });
    await insert(
      "(1, 1, TIMESTAMP '2024-01-01', 'Old', TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 6 MINUTE))",
      'contact_id, version, last_updated, canonical_name, recorded_at',
    );
    const first = await poll(adapter, null);
    expect(first.told).toHaveLength(1);
    expect((await poll(adapter, first.cursor)).told).toEqual([]);
  });

  test('two edits that share a change_id by mistake have two keys; one streamed twice has one', async () => {
    const columns = 'change_id, contact_id, version, last_updated, canonical_name';
    await insert("('x', 1, 1, TIMESTAMP '2024-01-01', 'Ann'), ('x', 1, 2, TIMESTAMP '2024-01-01', 'Anna')", columns);
    await insert("('x', 1, 2, TIMESTAMP '2024-01-01', 'Anna')", columns);
    const { told } = await poll(world.adapter, null);
    expect(new Set(told.map((change) => change.key)).size).toBe(2);
    expect(new Set(told.map((change) => change.record.version))).toEqual(new Set([1, 2]));
  });

  test('a row that no contact can be comes through with its problems, never as a crash', async () => {
    await insert(
      `(1, -5, TIMESTAMP '2024-01-01', NULL, JSON '"[1"', JSON '{"emotional_depth": 99}', 'Z', TRUE)`,
      'contact_id, version, last_updated, canonical_name, emails, llm_context, category_code, appended_by_hub',
    );
    await insert(
      `(1, 0, TIMESTAMP '2024-01-01', NULL, JSON '"[1"', JSON '{"emotional_depth": 99}', 'Z', NULL)`,
      'contact_id, version, last_updated, canonical_name, emails, llm_context, category_code, appended_by_hub',
    );
    const { told } = await poll(world.adapter, null);
    expect(told).toHaveLength(1);
    const parsed = parseContent(world.adapter.lens.fromRecord(told[0]?.record.fields ?? {}, null));
    const fields = parsed.ok ? [] : parsed.problems.map((problem) => problem.field);
    expect(new Set(fields)).toEqual(
      new Set(['canonical_name', 'emails', 'llm_context.emotional_depth', 'category_code']),
    );
  });

  test('a cursor that is not ours is a fault of the caller', async () => {
    expect(await failure(world.adapter.changes('{"since": 1}', 10))).toBeInstanceOf(RangeError);
  });
});

describe('edit_contact', () => {
  test('merges the given fields over the head, and null clears one', async () => {
    await world.adapter.append([
      version('7', 4, {
        canonical_name: 'Ann',
        job_title: 'Cook',
        emails: ['a@x.org'],
        llm_context: { how_met: 'rain' },
      }),
    ]);
    await world.run(`CALL crm.edit_contact(@id, PARSE_JSON(@edit), @who)`, {
      id: 7,
      edit: JSON.stringify({ emails: null, job_title: null, phones: ['+14155552671'], given_name: "d'Arc \\ “x”" }),
      who: 'eve',
    });
    const [head] = await world.adapter.heads([contactId('7')]);
    expect(head).toMatchObject({ version: 5, last_updated_by: 'eve' });
    expect(head?.content).toEqual({
      canonical_name: 'Ann',
      given_name: "d'Arc \\ “x”",
      phones: ['+14155552671'],
      llm_context: { how_met: 'rain' },
    });
  });

  test('makes version 1 of an unknown contact, beyond 2^53 too', async () => {
    await world.run(`CALL crm.edit_contact(9223372036854775807, JSON '{"canonical_name": "New"}', 'eve')`);
    const { told } = await poll(world.adapter, null);
    expect(told).toMatchObject([{ record_id: '9223372036854775807', record: { version: 1 } }]);
  });

  test.each([
    ['a field that contacts do not have', `{"canonical_name": "A", "nickname": "B"}`],
    ['a new contact without a name', `{"job_title": "Cook"}`],
    ['a name that is cleared', `{"canonical_name": null}`],
    ['a name that is no text', `{"canonical_name": ["A"]}`],
    ['an edit that is no object', `["canonical_name"]`],
  ])('refuses %s and writes nothing', async (_, edit) => {
    await expect(world.run(`CALL crm.edit_contact(1, JSON '${edit}', 'eve')`)).rejects.toMatchObject({ code: 400 });
    expect((await poll(world.adapter, null)).told).toEqual([]);
  });
});

describe('delete_contact', () => {
  test('is told as a deletion under the next version, and edit_contact brings the contact back', async () => {
    await world.adapter.append([version('1', 4, { canonical_name: 'Ann', job_title: 'Cook' })]);
    await world.run(`CALL crm.delete_contact(1, 'eve')`);
    const { told, cursor } = await poll(world.adapter, null);
    expect(told).toMatchObject([{ record: { version: 5, deleted: true, last_updated_by: 'eve' } }]);
    expect(await world.run('SELECT contact_id FROM crm.contacts')).toEqual([]);
    await world.run(`CALL crm.edit_contact(1, JSON '{"canonical_name": "Ann"}', 'eve')`);
    expect((await poll(world.adapter, cursor)).told.at(-1)).toMatchObject({ record: { version: 6, deleted: false } });
  });

  test('of a contact that is not there, or is deleted already, is refused', async () => {
    await expect(world.run(`CALL crm.delete_contact(1, 'eve')`)).rejects.toMatchObject({ code: 400 });
    await world.adapter.append([version('2', 1, null)]);
    await expect(world.run(`CALL crm.delete_contact(2, 'eve')`)).rejects.toMatchObject({ code: 400 });
    expect((await poll(world.adapter, null)).told).toEqual([]);
  });
});
