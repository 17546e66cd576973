import { describe, expect, it } from 'vitest';
import { type Action, play, type Script, scriptOf, simulate } from '../src/index.ts';

const STILL = { bigquery: 0, supabase: 0, local: 0, twenty: 0, hub: 0 };

const scripted = (...steps: readonly (Action & { readonly wait?: number })[]): Script => ({
  chance: 1,
  skews: STILL,
  storm: 60,
  away: null,
  steps: steps.map(({ wait = 0, ...action }) => ({ wait, action: action as Action })),
});

describe('every promise is kept', () => {
  // Some forty seconds of CPU in CI; here enough to see that the machine of it works.
  it('in twenty-five histories of any kind', { timeout: 120_000 }, async () => {
    const { failures, reached } = await simulate({ first: 500, step: 1, histories: 25, failures: 1 });
    expect(failures).toEqual([]);
    expect(reached.histories).toBe(25);
    expect(reached.conflicts).toBeGreaterThan(0);
    expect(reached.dead_letters).toBeGreaterThan(0);
  });

  it('when the queue forgets everything, again and again', async () => {
    const { breaches } = await play(
      scripted(
        { kind: 'edit', system: 'local', which: 0, field: 'job_title' },
        { kind: 'edit', system: 'supabase', which: 1, field: 'job_title' },
        { kind: 'edit', system: 'twenty', which: 0, field: 'job_title' },
        { kind: 'create', system: 'local' },
        ...Array.from({ length: 80 }, (_, step) => ({ kind: 'empty', wait: 2 + ((step * 7) % 17) }) as const),
      ),
    );
    expect(breaches).toEqual([]);
  });

  it('when a process dies at each of the requests that follow an edit', { timeout: 60_000 }, async () => {
    for (let requests = 0; requests < 24; requests++)
      for (const after of [false, true]) {
        const { breaches } = await play(
          scripted(
            { kind: 'crash', process: 'a', requests, after },
            { kind: 'crash', process: 'b', requests, after },
            { kind: 'edit', system: 'local', which: 0, field: 'job_title' },
            { kind: 'edit', system: 'twenty', which: 0, field: 'job_title', wait: 10 },
          ),
        );
        expect(breaches, `at request ${requests}, ${after ? 'after' : 'before'} its effect`).toEqual([]);
      }
  });

  it('when the only process dies at each of its requests, and the queue forgets what it was doing', {
    timeout: 60_000,
  }, async () => {
    for (let requests = 0; requests < 60; requests++) {
      const { breaches } = await play(
        scripted(
          { kind: 'freeze', process: 'b', seconds: 30 },
          { kind: 'crash', process: 'a', requests, after: true },
          { kind: 'edit', system: 'local', which: 0, field: 'job_title' },
          { kind: 'edit', system: 'local', which: 0, field: 'job_title' },
          { kind: 'empty', wait: 1_000 },
        ),
      );
      expect(breaches, `at request ${requests}`).toEqual([]);
    }
  });

  it('by a tie of each two systems: one conflict, which holds both', async () => {
    for (const systems of [
      ['local', 'supabase'],
      ['local', 'bigquery'],
      ['twenty', 'local'],
    ] as const) {
      const { breaches, counts } = await play(scripted({ kind: 'tie', systems, which: 0 }));
      expect(breaches).toEqual([]);
      expect(counts.conflicts).toBe(1);
    }
  });

  it('when a contact is deleted while the receipt of its first delivery is lost', async () => {
    const { breaches } = await play(
      scripted(
        { kind: 'create', system: 'bigquery' },
        { kind: 'lossy', part: 'ledger', seconds: 40, percent: 60, wait: 19_000 },
        { kind: 'remove', system: 'bigquery', which: 2, wait: 2_000 },
      ),
    );
    expect(breaches).toEqual([]);
  });

  it('when a person of Twenty is destroyed unheard, and the receipt of the next one is lost', {
    timeout: 60_000,
  }, async () => {
    for (let chance = 60; chance < 90; chance++) {
      const { steps } = scripted(
        { kind: 'post', fate: 'lost', seconds: 60, percent: 100 },
        { kind: 'destroy', system: 'twenty', which: 0 },
        { kind: 'edit', system: 'supabase', which: 0, field: 'job_title', wait: 10 },
        { kind: 'edit', system: 'local', which: 1, field: 'job_title', wait: 20 },
        { kind: 'lossy', part: 'ledger', seconds: 60, percent: 50 },
        { kind: 'mend', system: 'local', which: 0, wait: 60_000 },
      );
      expect(
        (await play({ chance, skews: STILL, storm: 60, away: null, steps })).breaches,
        `by chance ${chance}`,
      ).toEqual([]);
    }
  });

  it('by two programs that answer each delivery with an edit, and they make no more of them than the brake allows', async () => {
    for (const systems of [
      ['local', 'supabase'],
      ['twenty', 'local'],
    ] as const) {
      const storm = (limit: number) =>
        play({
          ...scripted(
            { kind: 'storm', systems, which: 0, seconds: 90 },
            { kind: 'create', system: 'local', wait: 90_000 },
          ),
          storm: limit,
        });
      const [braked, free] = [await storm(10), await storm(1_000_000)];
      expect([braked.breaches, free.breaches]).toEqual([[], []]);
      // An edit of each may be on its way when it is reached.
      expect(braked.counts.fastest).toBeLessThanOrEqual(10 + 2);
      // It goes on in the next minute.
      expect(braked.counts.versions).toBeGreaterThan(10 + 4);
      expect(free.counts.fastest).toBeGreaterThan(5 * 10);
    }
  });

  it('by an edit of a record that was dead-lettered, once it is mended', async () => {
    const { breaches, counts } = await play(
      scripted(
        { kind: 'spoil', system: 'supabase', which: 0 },
        { kind: 'mend', system: 'supabase', which: 0, wait: 30_000 },
        { kind: 'replay', process: 'a', wait: 1_000 },
      ),
    );
    expect(breaches).toEqual([]);
    expect(counts.dead_letters).toBeGreaterThan(0);
  });
});

describe('a seed', () => {
  it('decides everything: the same history, event by event', async () => {
    const script = scriptOf(77);
    expect(scriptOf(77)).toEqual(script);
    const first = await play(script);
    expect(await play(script)).toEqual(first);
  });

  it('that is another is another history', async () => {
    expect((await play(scriptOf(78))).fingerprint).not.toBe((await play(scriptOf(77))).fingerprint);
  });
});
