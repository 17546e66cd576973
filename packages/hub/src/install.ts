import { faultFields, type InstallStep, type Ledger, type Log, SyncError, type System } from '@contact-sync/sync';
import { adaptersOf, type Systems } from './systems.ts';

/** What installing did in one place, or would do on a dry run. */
export interface Installed {
  readonly part: System | 'ledger';
  readonly steps: readonly InstallStep[];
  /** Why it could not; the other places are installed all the same. */
  readonly error: SyncError | null;
}

/** The systems' own tables, functions, fields and webhooks, everywhere at once. */
export function installSystems(
  systems: Systems,
  options: { readonly dry_run?: boolean; readonly only?: readonly System[] } = {},
): Promise<readonly Installed[]> {
  const { dry_run = false, only } = options;
  const chosen = adaptersOf(systems).filter(({ system }) => only?.includes(system) ?? true);
  return Promise.all(chosen.map((adapter) => attempt(adapter.system, () => adapter.install({ dry_run }))));
}

export const installLedger = (ledger: Ledger): Promise<Installed> =>
  attempt('ledger', async () => {
    await ledger.install();
    return [];
  });

async function attempt(part: Installed['part'], run: () => Promise<readonly InstallStep[]>): Promise<Installed> {
  try {
    return { part, steps: await run(), error: null };
  } catch (error) {
    if (error instanceof SyncError) return { part, steps: [], error };
    throw error;
  }
}

/** Logs what was installed. @returns the systems that were not */
export function logInstalled(log: Log, installed: readonly Installed[]): readonly System[] {
  for (const { part, steps, error } of installed) {
    if (error !== null) log.error({ part, ...faultFields(error) }, 'cannot be installed');
    else if (steps.length > 0) log.info({ part, steps: steps.map(({ what }) => what) }, 'installed');
  }
  return installed.flatMap(({ part, error }) => (error !== null && part !== 'ledger' ? [part] : []));
}
