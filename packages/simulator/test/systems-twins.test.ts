import type { Change } from '@contact-sync/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { postgres, sqlModel, twenty, twentyModel } from './systems-stages.ts';
import { Playing, type Stage, scripts } from './systems-twins.ts';

/** What is told of the script's records, in order. */
async function told(playing: Playing, { adapter }: Stage) {
  const { changes } = await adapter.changes(null, 10_000);
  await adapter.ack(changes.map(({ key }) => key));
  return changes.filter(playing.isOurs).map(({ record }) => playing.seen(record));
}

/** In no order, as webhooks come. */
const sorted = (playing: Playing, changes: readonly Change[]) =>
  changes
    .map(({ record }) => JSON.stringify(playing.seen(record)))
    .sort()
    .map((text) => JSON.parse(text));

describe('whatever users and the hub do', () => {
  it('the model of a database answers, stands and tells as Postgres does', { timeout: 60_000 }, async () => {
    const real = await postgres();
    const model = sqlModel();
    let run = 0;
    try {
      await fc.assert(
        fc.asyncProperty(scripts, async (script) => {
          run += 1;
          const [a, b] = [new Playing(real, run), new Playing(model, run)];
          for (const step of script) expect(await b.play(step)).toEqual(await a.play(step));
          expect(await told(b, model)).toEqual(await told(a, real));
        }),
        { numRuns: 15 },
      );
    } finally {
      await real.close();
    }
  });

  it('the model of Twenty answers, stands and tells as the sandbox does', { timeout: 60_000 }, async () => {
    const real = await twenty();
    const model = twentyModel();
    let run = 0;
    try {
      await fc.assert(
        fc.asyncProperty(scripts, async (script) => {
          run += 1;
          const [a, b] = [new Playing(real, run), new Playing(model, run)];
          const before = model.heard.length;
          for (const step of script) expect(await b.play(step)).toEqual(await a.play(step));
          await expect.poll(() => real.heard.length, { timeout: 5_000 }).toBe(model.heard.length);
          expect(sorted(b, model.heard.slice(before))).toEqual(sorted(a, real.heard.slice(before)));
        }),
        { numRuns: 10 },
      );
    } finally {
      await real.close();
    }
  });
});
