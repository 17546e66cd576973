import { bucketOf } from '@contact-sync/sync';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Rig, rig } from './rig.ts';

/** Read in four pieces. */
const ROWS = 6_001;

let db: Rig;
beforeAll(async () => {
  db = await rig();
  const rows = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})`;
  // As the hub, so that no trigger tells of each.
  db.user.exec(`BEGIN; INSERT INTO contact_sync_origin (origin) VALUES ('hub');
    INSERT INTO contacts (id, canonical_name, version, last_updated, last_updated_by)
    ${rows} SELECT i, 'P' || i, 1, '2024-05-01T12:00:00.123456Z', 'x' FROM n;
    DELETE FROM contact_sync_origin WHERE origin = 'hub'; COMMIT`);
});
afterAll(() => db.close());

const digests = async () => (await db.hub.digests?.()) ?? [];

it('digests cover a table of many pieces, each record once', async () => {
  const expected = new Map<number, number>();
  for (let id = 1; id <= ROWS; id++) expected.set(bucketOf(`${id}`), (expected.get(bucketOf(`${id}`)) ?? 0) + 1);
  expect(new Map((await digests()).map(({ bucket, records }) => [bucket, records]))).toEqual(expected);
});

it('other calls are served before the digests are there', async () => {
  const answered: string[] = [];
  await Promise.all([
    digests().then(() => answered.push('digests')),
    db.hub.changes(null, 1).then(() => answered.push('changes')),
  ]);
  expect(answered).toEqual(['changes', 'digests']);
});

it('a digest tells of what a row lacks, and of the rank of one that is gone', async () => {
  const before = new Map((await digests()).map(({ bucket, digest }) => [bucket, digest]));
  const buckets = Array.from({ length: ROWS }, (_, index) => bucketOf(`${index + 1}`));
  // Followed by another of its bucket, which does not hide it.
  const lacking = String(buckets.findIndex((bucket, at) => buckets.includes(bucket, at + 1)) + 1);
  db.user.exec(`INSERT INTO contact_sync_incomplete (record_id, fields) VALUES (${lacking}, '["job_title"]');
    INSERT INTO contact_sync_tombstones (record_id, version, last_updated, last_updated_by)
    VALUES (9000, 1, '2024-05-01T12:00:00.123456Z', 'x')`);
  const between = await digests();
  expect(between.filter(({ bucket, digest }) => before.get(bucket) !== digest).map(({ bucket }) => bucket)).toEqual(
    [bucketOf(lacking), bucketOf('9000')].toSorted((one, other) => one - other),
  );
  db.user.exec('UPDATE contact_sync_tombstones SET version = 2');
  const after = await digests();
  const changed = after.filter(({ digest }, index) => between[index]?.digest !== digest);
  expect(changed.map(({ bucket }) => bucket)).toEqual([bucketOf('9000')]);
});

it('a page of buckets goes on over pieces in which there is nothing of them', async () => {
  const bucket = bucketOf(`${ROWS}`);
  const page = await db.hub.scanBuckets?.([bucket], '10', 1_000);
  const ids = Array.from({ length: ROWS - 10 }, (_, index) => `${index + 11}`).filter((id) => bucketOf(id) === bucket);
  expect(page?.records.map(({ record_id }) => record_id)).toEqual([
    ...ids,
    ...(bucketOf('9000') === bucket ? ['9000'] : []),
  ]);
  expect(page?.cursor).toBeNull();
});
