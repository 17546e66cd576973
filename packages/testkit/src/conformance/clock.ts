import { expect } from 'vitest';
import type { Register } from './register.ts';
import { promised } from './rig.ts';

export function registerClock(register: Register): void {
  register(
    'it says how far its clock is from ours, both ways',
    async ({ rig }) => {
      const openAt = promised(rig.openAt?.bind(rig), 'clock');
      for (const wrong of [0, 120_000, -120_000]) {
        const { skew_ms, latency_ms } = await openAt(() => Date.now() - wrong).health();
        expect(Math.abs((skew_ms ?? Number.NaN) - wrong)).toBeLessThanOrEqual(latency_ms / 2 + 1_000);
      }
    },
    ['clock'],
  );
}
