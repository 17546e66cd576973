import { openLedger } from '@contact-sync/ledger';
import type { Ledger } from '@contact-sync/sync';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Rig, rig } from '../../ledger/test/rig.ts';
import { createModelLedger, overRpc } from '../src/ledger/index.ts';
import { anyAsked, askAll } from './ledger-asked.ts';
import { anyCourse } from './ledger-courses.ts';
import { anyFlow } from './ledger-flow.ts';
import { pairOf, STORM } from './ledger-pair.ts';
import { anyUnruly } from './ledger-unruly.ts';

let at: Rig;
let real: Ledger;
beforeAll(async () => {
  at = await rig();
  // Nothing here survives a crash; and who comes later to the database does not wait for the disk.
  await at.sql(
    `do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$`,
  );
  real = openLedger(at.url, { max: 2, storm: STORM });
});
afterAll(async () => {
  await real.close();
  await at.close();
});

describe('the ledger in memory', () => {
  it('answers whatever it is asked, in whatever order, as the real one on Postgres does', async () => {
    const any = fc.oneof(
      { weight: 5, arbitrary: anyFlow },
      { weight: 3, arbitrary: anyUnruly },
      { weight: 2, arbitrary: anyCourse },
      { weight: 2, arbitrary: anyAsked },
    );
    const commands = fc.array(any, { minLength: 15, maxLength: 40, size: 'max' });
    await fc.assert(
      fc.asyncProperty(commands, async (sequence) => {
        const pair = await pairOf(at, real);
        for (const command of sequence) {
          pair.step();
          await command.run(pair);
        }
        await askAll(pair);
        await pair.compareTables();
      }),
      { numRuns: Number(process.env.LEDGER_RUNS ?? 30) },
    );
  }, 120_000);
});

describe('over requests', () => {
  it('each call is one request, named after it, which is answered as the model answers', async () => {
    const names: string[] = [];
    const ledger = overRpc(
      createModelLedger(() => 0),
      async (name, effect) => {
        names.push(name);
        return effect();
      },
    );
    await ledger.receive('twenty', [], 'c');
    expect(await ledger.cursor('twenty')).toBe('c');
    expect(names).toEqual(['ledger.receive', 'ledger.cursor']);
  });
});
