import { expect } from 'vitest';
import type { Register } from './register.ts';

export function registerInstall(register: Register): void {
  register('says that it is not ready, without throwing', async ({ adapter }) => {
    const health = await adapter.health();
    // Some systems serve from the start; what they lack, the next case installs.
    if (!health.ok) expect(health.detail).toEqual(expect.stringMatching(/\S/));
    expect(health.latency_ms).toBeGreaterThanOrEqual(0);
  });

  register('a dry run names the steps and takes none of them', async ({ adapter }) => {
    const planned = await adapter.install({ dry_run: true });
    expect(planned.length).toBeGreaterThan(0);
    expect(await adapter.install({ dry_run: true })).toEqual(planned);
  });

  register('two hubs install at once, and a third time nothing is left to do', async ({ adapter, rig }) => {
    const planned = await adapter.install({ dry_run: true });
    const done = await Promise.all([adapter.install(), rig.open().install()]);
    const steps = new Set(done.flat().map(({ what }) => what));
    for (const { what } of planned) expect(steps).toContain(what);
    expect(await adapter.install()).toEqual([]);
    expect(await adapter.install({ dry_run: true })).toEqual([]);
    expect(await adapter.health()).toMatchObject({ ok: true, detail: null });
  });
}
