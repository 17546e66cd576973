import { BUCKETS, type BucketDigest, bucketOf, type RecordId, type SystemRecord } from '@contact-sync/sync';
import { expect } from 'vitest';
import { type Bench, named } from './bench.ts';
import type { Register } from './register.ts';
import { promised, type Subject } from './rig.ts';

const digestsOf = async ({ adapter }: Bench): Promise<readonly BucketDigest[]> =>
  promised(adapter.digests?.bind(adapter), 'digests')();

const byBucket = (digests: readonly BucketDigest[]): ReadonlyMap<number, string> =>
  new Map(digests.map(({ bucket, records, digest }) => [bucket, `${records} ${digest}`]));

/** The buckets that differ after this was done. */
async function changedBy(bench: Bench, work: () => Promise<unknown>): Promise<readonly number[]> {
  const before = byBucket(await digestsOf(bench));
  await work();
  const after = byBucket(await digestsOf(bench));
  const all = [...new Set([...before.keys(), ...after.keys()])];
  return all.filter((bucket) => before.get(bucket) !== after.get(bucket)).sort((a, b) => a - b);
}

const bucketsOf = (...ids: readonly RecordId[]): readonly number[] =>
  [...new Set(ids.map(bucketOf))].sort((a, b) => a - b);

/** A page at a time, none larger than asked for. */
async function readBuckets({ adapter }: Bench, buckets: readonly number[], limit: number): Promise<SystemRecord[]> {
  const scanBuckets = promised(adapter.scanBuckets?.bind(adapter), 'digests');
  const records: SystemRecord[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Subject['scan']>> = await scanBuckets(buckets, cursor, limit);
    expect(page.records.length).toBeLessThanOrEqual(limit);
    records.push(...page.records);
    cursor = page.cursor;
  } while (cursor !== null);
  return records;
}

/** Contacts that were written and stand; the last is deleted again. */
async function some(bench: Bench, count: number): Promise<readonly RecordId[]> {
  const ids = bench.ids(count);
  await bench.write(ids.map((id) => bench.version(id, 3, named(`Digested ${id}`))));
  const last = ids.at(-1);
  if (last !== undefined) await bench.write([bench.version(last, 4, null)]);
  return ids.map((id) => bench.recordIdOf(id));
}

export function registerBuckets(register: Register): void {
  const law = (sentence: string, run: (bench: Bench) => Promise<void>) => register(sentence, run, ['digests']);

  law(
    'digests cover just the records that a scan gives, and are the same however often they are asked',
    async (bench) => {
      await some(bench, 30);
      const digests = await digestsOf(bench);
      const counts = new Map<number, number>();
      for (const { record_id } of await bench.everything()) {
        const bucket = bucketOf(record_id);
        counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
      }
      expect(new Map(digests.map(({ bucket, records }) => [bucket, records]))).toEqual(counts);
      expect(digests).toHaveLength(counts.size);
      expect(await digestsOf(bench)).toEqual(digests);
      const another = bench.rig.open();
      expect(await promised(another.digests?.bind(another), 'digests')()).toEqual(digests);
    },
  );

  law('whatever users or the hub do to a record changes the digest of its bucket, and no other', async (bench) => {
    const { user } = bench.rig;
    const ids = bench.ids(4);
    const first = ids.map((id) => bench.version(id, 1, named(`Changed ${id}`)));
    await bench.write(first);
    const [one, two, three, four] = ids.map((id) => bench.recordIdOf(id));
    if (one === undefined || two === undefined || three === undefined || four === undefined) throw new Error('four');
    expect(await changedBy(bench, () => user.edit(one, 'edited'))).toEqual(bucketsOf(one));
    expect(await changedBy(bench, () => user.edit(two, 'edited'))).toEqual(bucketsOf(two));
    let born: RecordId = '';
    const inserted = await changedBy(bench, async () => {
      born = await user.create(named('Just born'));
    });
    expect(inserted).toEqual(bucketsOf(born));
    expect(await changedBy(bench, () => user.remove(three))).toEqual(bucketsOf(three));
    expect(await changedBy(bench, () => user.revive(three))).toEqual(bucketsOf(three));
    const versions = [ids[3]].flatMap((id) => (id === undefined ? [] : [bench.version(id, 2, named('By the hub'))]));
    expect(await changedBy(bench, () => bench.write(versions))).toEqual(bucketsOf(four));
    // Again, as a queue may: nothing is written.
    expect(await changedBy(bench, () => bench.write(versions))).toEqual([]);
    await bench.news();
  });

  register(
    'a record that is removed for good changes the digest of its bucket, and no other',
    async (bench) => {
      const [gone] = await some(bench, 2);
      const destroy = promised(bench.rig.user.destroy?.bind(bench.rig.user), 'destruction');
      expect(await changedBy(bench, () => destroy(gone ?? ''))).toEqual(bucketsOf(gone ?? ''));
      await bench.news();
    },
    ['digests', 'destruction'],
  );

  register(
    'an edit that the system itself did not notice changes the digest of its bucket, and no other',
    async (bench) => {
      const [edited = '', ...others] = await some(bench, 3);
      const secretly = promised(bench.rig.secretly?.bind(bench.rig), 'secret_edits');
      const [before] = await bench.adapter.fetch([edited]);
      expect(await changedBy(bench, () => secretly(edited, 'in secret'))).toEqual(bucketsOf(edited));
      expect(await bench.adapter.fetch([edited])).toMatchObject([{ version: before?.version }]);
      expect(await changedBy(bench, () => secretly(edited, 'in secret'))).toEqual([]);
      expect(others).not.toContain(edited);
      await bench.news();
    },
    ['digests', 'secret_edits'],
  );

  law('all buckets give what a scan gives, some give theirs alone, none gives nothing', async (bench) => {
    const [first = '', second = ''] = await some(bench, 20);
    const everything = await bench.everything();
    const all = Array.from({ length: BUCKETS }, (_, bucket) => bucket);
    expect(await readBuckets(bench, all, 500)).toEqual(everything);
    const wanted = new Set([bucketOf(first), bucketOf(second), ...all.slice(0, BUCKETS / 8)]);
    const theirs = everything.filter(({ record_id }) => wanted.has(bucketOf(record_id)));
    expect(theirs.length).toBeGreaterThan(2);
    const read = await readBuckets(bench, [...wanted], Math.ceil(theirs.length / 3));
    expect(read).toEqual(theirs);
    const ids = read.map(({ record_id }) => BigInt(record_id));
    expect(ids).toEqual(ids.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(await readBuckets(bench, [], 10)).toEqual([]);
  });

  law('a page ends with its last record, also when it is just full', async (bench) => {
    const [record_id = ''] = await some(bench, 1);
    const bucket = bucketOf(record_id);
    const theirs = (await bench.everything()).filter((record) => bucketOf(record.record_id) === bucket);
    expect(await readBuckets(bench, [bucket], theirs.length)).toEqual(theirs);
    expect(await readBuckets(bench, [bucket], 1)).toEqual(theirs);
  });

  law('a bucket that cannot be is as one without records', async (bench) => {
    const [record_id = ''] = await some(bench, 2);
    const bucket = bucketOf(record_id);
    const strangers = [-1, BUCKETS, BUCKETS + bucket, 65_536 + bucket, 2 ** 53, 0.5 + bucket];
    expect(await readBuckets(bench, strangers, 10)).toEqual([]);
    const theirs = (await bench.everything()).filter((record) => bucketOf(record.record_id) === bucket);
    expect(await readBuckets(bench, [...strangers, bucket, bucket], 10)).toEqual(theirs);
  });
}
