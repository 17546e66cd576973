import { SyncError } from '../errors.ts';
import type { System } from '../ports.ts';

/** Why a system could not be read, or not be written to. What it misses stays pending in the ledger. */
export type Faults = ReadonlyMap<System, SyncError>;

/** One system's fault is not the others': it is noted, and the errand goes on. */
export async function noting(
  faults: Map<System, SyncError>,
  system: System,
  run: () => Promise<unknown>,
): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    faults.set(system, error);
  }
}
