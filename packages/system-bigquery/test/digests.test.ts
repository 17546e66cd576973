import { bucketOf } from '@contact-sync/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWorld, type World } from './setup.ts';

const twin = Array.from({ length: 100_000 }, (_, n) => String(n + 2)).find((id) => bucketOf(id) === bucketOf('1'));
let world: World;
beforeAll(async () => {
  world = await startWorld();
  await world.adapter.install();
  for (const id of ['1', twin]) await insert(id);
});
afterAll(() => world.sandbox.close());

const insert = (id: string | undefined) =>
  world.run(
    `INSERT INTO crm.contact_versions (contact_id, version, last_updated, last_updated_by, canonical_name)
     VALUES (${id}, 1, TIMESTAMP '2024-05-01 10:00:00+00', 'eve', 'No. ${id}')`,
  );

/** Whether the digest of the one bucket differs after this was done to what lies in the table. */
async function changedBy(...statements: readonly string[]): Promise<boolean> {
  const before = await world.adapter.digests?.();
  for (const statement of statements) await world.run(statement);
  const after = await world.adapter.digests?.();
  expect(after).toMatchObject([{ bucket: bucketOf('1'), records: 2 }]);
  return after?.[0]?.digest !== before?.[0]?.digest;
}

test.each([
  'version = 2',
  "last_updated = TIMESTAMP '2024-05-01 10:00:00.000001+00'",
  "last_updated_by = 'ann'",
  'deleted = TRUE',
  "canonical_name = 'Other'",
  "given_name = ''",
  "family_name = 'F'",
  `emails = JSON '["a@x.org"]'`,
  `phones = JSON '["+441"]'`,
  "organization = 'O'",
  "job_title = 'J'",
  "linkedin_url = 'l'",
  "category_code = 'A'",
  "subcategory_code = 'A1'",
  `llm_context = JSON '{"emotional_depth": 3}'`,
])('a digest changes by: %s', async (change) => {
  expect(await changedBy(`UPDATE crm.contact_versions SET ${change} WHERE contact_id = 1`)).toBe(true);
});

test.each(["source = 'local'", "change_id = 'x'", 'recorded_at = CURRENT_TIMESTAMP()', "status = 'accepted'"])(
  'a digest stays by: %s',
  async (change) => {
    expect(await changedBy(`UPDATE crm.contact_versions SET ${change} WHERE contact_id = 1`)).toBe(false);
  },
);

test('a digest stays whichever contact came first, and by rows that are no heads', async () => {
  const again = async () => {
    await world.run(`DELETE FROM crm.contact_versions WHERE contact_id = ${twin}`);
    await insert(twin);
  };
  const before = await world.adapter.digests?.();
  await again();
  await world.run(
    `INSERT INTO crm.contact_versions (contact_id, version, last_updated, status)
     VALUES (1, 1, TIMESTAMP '2024-01-01 00:00:00+00', 'accepted'), (1, 9, TIMESTAMP '2024-01-01 00:00:00+00', 'superseded')`,
  );
  expect(await world.adapter.digests?.()).toEqual(before);
});
