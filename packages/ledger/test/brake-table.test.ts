/** Echo storms: each cell of the table in the ledger itself, as everybody who asks for deliveries sees it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
// The tables are no part of what the package offers to programs.
import { BRAKED, GAINED, type Gained, WRITTEN_THERE, type WrittenThere } from '../../sync/spec/delivery.ts';
import { keysOf } from '../../sync/spec/words.ts';
import { type OpenLedger, openLedger } from '../src/index.ts';
import { commit, headed, idOf, type Rig, receiptOf, rig, row, version } from './rig.ts';

const LIMIT = 3;
const A = idOf(1);
const OTHER = idOf(2);

let at: Rig;
let ledger: OpenLedger;
beforeAll(async () => {
  at = await rig();
  ledger = openLedger(at.hubUrl, { max: 2, storm: LIMIT });
});
afterAll(async () => {
  await ledger.close();
  await at.close();
});
beforeEach(() => at.empty());

/** The numbers of the versions that a contact gained, the head's last: accepted, superseded, accepted and long ago. */
const HISTORY: Readonly<Record<Gained, { accepted: number[]; superseded?: number[]; older?: number[] }>> = {
  fewer: { accepted: [1, 2] },
  as_many: { accepted: [1, 2, 3] },
  with_superseded: { accepted: [1, 3], superseded: [2] },
  with_older: { older: [1], accepted: [2, 3] },
};

async function stand(gained: Gained, written: WrittenThere): Promise<number> {
  const { accepted, superseded = [], older = [] } = HISTORY[gained];
  const head = version(A, Math.max(...accepted), 'head');
  const rowOf = (number: number) => row(version(A, number, `edit ${number}`));
  const history = [
    ...[...older, ...accepted.filter((number) => number !== head.version)].map(rowOf),
    ...superseded.map((number) => ({ ...rowOf(number), status: 'superseded' as const })),
  ];
  const first = version(A, 1, 'edit 1');
  await ledger.commit([commit(A, 0, { head: first, history: [...history, row(first)] })], []);
  if (written !== 'never') await ledger.delivered('local', [receiptOf(first, 'r1')]);
  await ledger.commit([headed(head, 1)], []);
  const long = `- interval '61 seconds'`;
  await at.sql(`update versions set committed_at = committed_at ${long} where version = any ($1)`, [older]);
  if (written === 'longer_ago') await at.sql(`update deliveries set written_at = written_at ${long}`);
  return head.version;
}

describe.each(keysOf(GAINED))('a contact that has gained: %s', (gained) => {
  it.each(keysOf(WRITTEN_THERE))('and whose target was: %s', async (written) => {
    const isBraked = BRAKED[gained][written];
    const head = await stand(gained, written);
    const going = isBraked ? [] : [{ contact_id: A, version: head }];
    expect(await ledger.deliverable('local', [A], 0)).toMatchObject(going);
    expect(await ledger.deliverable('local', [OTHER], 10)).toMatchObject(going);
    expect(await ledger.pending('local', 0, 10)).toEqual(isBraked ? [] : [A]);
    const { systems } = await ledger.status();
    expect(systems.find(({ system }) => system === 'local')).toMatchObject({ pending: 1 });
    expect(await ledger.standings({ contact_ids: [A], limit: 1 })).toMatchObject({ contacts: [{ state: 'pending' }] });
    expect(await ledger.deliverable('local', [A], 0, true)).toMatchObject([{ contact_id: A, version: head }]);
  });
});

describe('a contact that is braked', () => {
  it('goes as it stands, once the minute is over, though nobody told of it meanwhile', async () => {
    await stand('as_many', 'within');
    expect(await ledger.pending('local', 0, 10)).toEqual([]);
    await at.sql(`update versions set committed_at = committed_at - interval '50 seconds'`);
    expect(await ledger.pending('local', 0, 10)).toEqual([]);
    await at.sql(`update versions set committed_at = committed_at - interval '10 seconds'`);
    expect(await ledger.pending('local', 0, 10)).toEqual([A]);
    const [delivery] = await ledger.deliverable('local', [A], 0);
    expect(delivery).toMatchObject({ version: 3, held: { version: 1 } });
  });

  it('holds back nobody else, whoever is asked for', async () => {
    await stand('as_many', 'within');
    const other = version(OTHER, 1, 'head');
    await ledger.commit([headed(other, 0)], []);
    expect(await ledger.deliverable('local', [A, OTHER], 10)).toMatchObject([{ contact_id: OTHER }]);
    expect(await ledger.pending('local', 0, 1)).toEqual([OTHER]);
  });

  it('goes to the targets that were not written to', async () => {
    await stand('as_many', 'within');
    expect(await ledger.deliverable('twenty', [A], 0)).toMatchObject([{ version: 3, held: null }]);
  });
});
