import {
  BigQuerySyncService,
  type Parts,
  type SourceAdapter,
  SYSTEMS,
  type SyncSummary,
  type System,
} from '@contact-sync/sync';
import { withHub } from './configuration.ts';
import { interruptible } from './interrupt.ts';
import { printJson } from './print.ts';
import { progressOf } from './progress.ts';
import type { ExitCode, Surroundings } from './surroundings.ts';
import { colour, table } from './table.ts';

/** Reads every record of a system, or of all, and brings it everywhere. Exits with 1 when something is not in step. */
export function backfill(
  around: Surroundings,
  name: string | undefined,
  options: { readonly json?: true },
): Promise<ExitCode> {
  const system = SYSTEMS.find((one) => one === name);
  return withHub(around, async ({ parts }) => {
    const systems = system === undefined ? SYSTEMS : [system];
    const { contacts } = await parts.ledger.status();
    const summary = await interruptible(async (signal) => {
      using progress = progressOf(around, contacts * systems.length, 'records');
      const read = new Map<System, number>();
      return await new BigQuerySyncService(readingOnly(parts, systems)).syncAllContacts({
        signal,
        onProgress(step) {
          if (step.phase === 'records') read.set(step.system, step.done);
          const note = step.phase === 'records' ? step.system : `${step.done} ${step.phase}, ${step.system}`;
          progress.show(
            [...read.values()].reduce((sum, done) => sum + done, 0),
            note,
          );
        },
      });
    });
    if (options.json) printJson(around, summary);
    else around.out(shown(summary));
    return summary.failed > 0 || Object.keys(summary.faults).length > 0 ? 1 : 0;
  });
}

/** The others are written to all the same, and what they told before is decided over; but nothing is read of them. */
function readingOnly(parts: Parts, systems: readonly System[]): Parts {
  const silent = <Adapter extends SourceAdapter>(adapter: Adapter): Adapter =>
    systems.includes(adapter.system)
      ? adapter
      : // Inherits whatever else the adapter is; its methods keep their own `this`, which none of them changes.
        Object.assign(Object.create(adapter) as Adapter, {
          scan: async () => ({ records: [], cursor: null }),
          changes: async () => ({ changes: [], cursor: null, more: false }),
        });
  const { supabase, local, twenty } = parts.targets;
  return {
    ...parts,
    canonical: silent(parts.canonical),
    targets: { supabase: silent(supabase), local: silent(local), twenty: silent(twenty) },
  };
}

function shown({ synced, skipped, failed, conflicts, faults }: SyncSummary): string {
  const counts = [
    `${synced} synced`,
    `${skipped} in step already`,
    colour(failed > 0 ? 'red' : 'dim', `${failed} failed`),
    colour(conflicts > 0 ? 'yellow' : 'dim', `${conflicts} conflicts`),
  ].join(', ');
  const rows = Object.entries(faults);
  return rows.length === 0 ? counts : `${table(['system', 'could not be read or written'], rows)}\n\n${counts}`;
}
