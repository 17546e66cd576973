import type { CanonicalAdapter, TargetAdapter } from '@contact-sync/sync';
import { afterAll, beforeAll, describe } from 'vitest';
import { registerBatches } from './batches.ts';
import { Bench } from './bench.ts';
import { registerBuckets } from './buckets.ts';
import { registerClock } from './clock.ts';
import { registerDeletes } from './deletes.ts';
import { registerEdits } from './edits.ts';
import { registerFaults } from './faults.ts';
import { registerGuard } from './guard.ts';
import { registerIdentity } from './identity.ts';
import { registerInstall } from './install.ts';
import { registerLens } from './lens.ts';
import { registerReading } from './reading.ts';
import { registerFor } from './register.ts';
import type { Rig, Traits } from './rig.ts';
import { registerScanning } from './scanning.ts';
import { registerSizes } from './sizes.ts';
import { registerWriters } from './writers.ts';

export { describeDeliveries } from './delivery-table.ts';
export { type HttpSystem, httpFaults } from './http-faults.ts';
export type { Ability, Faults, Requests, Rig, Traits, User } from './rig.ts';

/**
 * Registers the cases that every system passes; one that is new to the hub is ready when it does. Each case is named
 * under the system's name, also those that it cannot have, with the reason.
 *
 * @param traits of the system, known before it is opened
 * @param open a fresh one, nothing installed; asked for once
 */
export function describeConformance(
  system: string,
  traits: Traits & { readonly half: 'target' },
  open: () => Promise<Rig<TargetAdapter>>,
): void;
export function describeConformance(
  system: string,
  traits: Traits & { readonly half: 'canonical' },
  open: () => Promise<Rig<CanonicalAdapter>>,
): void;
export function describeConformance(system: string, traits: Traits, open: () => Promise<Rig>): void {
  describe(system, () => {
    let opened: Bench | undefined;
    const bench = () => {
      if (opened === undefined) throw new Error('the rig did not open');
      return opened;
    };
    const register = registerFor(traits, bench);

    beforeAll(async () => {
      opened = new Bench(traits, await open());
    });
    afterAll(() => opened?.rig.close());

    describe('before it is installed', () => registerInstall(register));

    describe('installed', () => {
      beforeAll(async () => {
        await bench().adapter.install();
      });
      describe('lens', () => registerLens(register));
      describe('reading', () => registerReading(register));
      describe('guard', () => registerGuard(register));
      describe('edits', () => registerEdits(register));
      describe('deletes', () => registerDeletes(register));
      describe('identity', () => registerIdentity(register));
      describe('scan', () => registerScanning(register));
      describe('buckets', () => registerBuckets(register));
      describe('clock', () => registerClock(register));
      describe('writers', () => registerWriters(register));
      describe('batches', () => registerBatches(register));
      describe('faults', () => registerFaults(register));
      describe('sizes', () => registerSizes(register));
    });
  });
}
