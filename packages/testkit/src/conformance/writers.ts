import type { ContactId } from '@contact-sync/contact';
import type { Version } from '@contact-sync/sync';
import fc from 'fast-check';
import { expect } from 'vitest';
import { type Bench, later, named } from './bench.ts';
import type { Register } from './register.ts';
import { can } from './register.ts';

const WRITERS = 8;
/** The last two differ only in time, where that counts. */
const VERSIONS = 5;

/** The same chance in every run: what a failure shows can be seen again. */
const SEED = 20_260_102;

function versionsOf(bench: Bench, id: ContactId): Version[] {
  const rising = Array.from({ length: VERSIONS }, (_, n) =>
    bench.version(id, n + 1, n === 2 ? null : named(`Version ${n + 1} of ${id}`), later(-n)),
  );
  return can(bench.traits, 'ranks')
    ? [...rising, bench.version(id, VERSIONS, named(`Last of ${id}`), later(1))]
    : rising;
}

/** Every version of every contact once, in batches that hold each contact at most once, all in an order of its own. */
const plans = (versions: readonly (readonly Version[])[]): readonly (readonly Version[])[][] =>
  fc.sample(
    fc
      .tuple(...versions.map((some) => fc.shuffledSubarray([...some], { minLength: some.length })))
      .map((orders) => (orders[0] ?? []).map((_, round) => orders.flatMap((order) => order[round] ?? [])))
      .chain((rounds) => fc.tuple(...rounds.map((batch) => fc.shuffledSubarray(batch, { minLength: batch.length })))),
    { numRuns: WRITERS, seed: SEED },
  );

/** The hub hears where the record stands, by the number it carries, and delivers the head upon that. */
async function heal(bench: Bench, all: readonly Version[], heads: readonly Version[]): Promise<void> {
  for (const record of await bench.recordsOf(heads.map(({ contact_id }) => contact_id))) {
    const stood = all.find(
      ({ contact_id, version, content }) =>
        contact_id === record.contact_id &&
        version === record.version &&
        (content === null ? record.deleted : bench.adapter.lens.same(record.fields, content)),
    );
    if (stood) bench.heard(stood);
  }
  await bench.write(heads);
}

export function registerWriters(register: Register): void {
  register('eight at once, in any order, leave one record of each contact with its highest rank', async (bench) => {
    const versions = bench.ids(12).map((id) => versionsOf(bench, id));
    const heads = versions.flatMap((some) => some.at(-1) ?? []);
    const outcomes = await Promise.all(
      plans(versions).map(async (batches) => {
        const adapter = bench.rig.open();
        const told = [];
        for (const batch of batches) told.push(...(await bench.writeUntilDone(batch, adapter)).values());
        return told;
      }),
    );
    expect(outcomes.flat().filter(({ outcome }) => outcome === 'rejected')).toEqual([]);
    if (!can(bench.traits, 'ranks')) await heal(bench, versions.flat(), heads);
    const records = await bench.recordsOf(heads.map(({ contact_id }) => contact_id));
    expect(records).toHaveLength(heads.length);
    for (const head of heads)
      bench.expectIs(
        records.find(({ contact_id }) => contact_id === head.contact_id),
        head,
      );
    if ('history' in bench.adapter) {
      const history = await bench.adapter.history(heads.map(({ contact_id }) => contact_id));
      expect(history).toHaveLength(versions.flat().length);
    }
    await bench.news();
  });

  register('eight that bring the same new contacts make one record of each', async (bench) => {
    const versions = bench.ids(9).map((id) => bench.version(id, 1));
    const turned = (by: number) => [...versions.slice(by), ...versions.slice(0, by)];
    const outcomes = await Promise.all(
      Array.from({ length: WRITERS }, (_, writer) => bench.writeUntilDone(turned(writer), bench.rig.open())),
    );
    const told = outcomes.flatMap((some) => [...some.values()]).map(({ outcome }) => outcome);
    expect(told.filter((outcome) => outcome !== 'applied' && outcome !== 'unchanged')).toEqual([]);
    expect(await bench.recordsOf(versions.map(({ contact_id }) => contact_id))).toHaveLength(versions.length);
    for (const version of versions) await bench.expectStands(version);
    await bench.news();
  });
}
