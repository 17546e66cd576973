/** Keys from jobs and people, as a real Postgres answers them: what is no id is no record, and fails no other. */
import { SyncError } from '@contact-sync/sync';
import { ABSURD_VERSIONS, CANARY, hostileText, type TestDatabase, testDatabase } from '@contact-sync/testkit';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPostgres } from '../src/index.ts';

let database: TestDatabase;
let adapter: ReturnType<typeof createPostgres>;
beforeAll(async () => {
  database = await testDatabase();
  adapter = createPostgres({ url: database.url });
  await adapter.install();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`insert into contacts (canonical_name) values ('Ada'), ('Grace')`);
  await client.end();
});
afterAll(async () => {
  await adapter.close();
  await database.close();
});

it('keys, ids and cursors of any kind find nothing, and hide nothing', async () => {
  const ids = fc.array(fc.oneof(hostileText, fc.constantFrom(...ABSURD_VERSIONS)), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(ids, async (texts) => {
      expect((await adapter.fetch([...texts, '1'])).map(({ record_id }) => record_id)).toEqual(['1']);
      await adapter.ack(texts.filter((text) => text !== '1' && text !== '2'));
      const scanned = await adapter.scan(texts[0] ?? null, 10).catch((error: unknown) => error);
      if (!(scanned instanceof Error)) return;
      expect(scanned).toBeInstanceOf(SyncError);
      expect(String(scanned)).not.toContain(CANARY);
    }),
    { numRuns: 80, endOnFailure: true },
  );
  expect((await adapter.changes(null, 10)).changes).toHaveLength(2);
});
