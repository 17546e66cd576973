import { adapterOf, compareIds, deleteMissing, SYSTEMS } from '@contact-sync/sync';
import { withHub } from './configuration.ts';
import { printJson } from './print.ts';
import { type ExitCode, type Surroundings, UsageError } from './surroundings.ts';
import { table } from './table.ts';

/** Records that are linked and not in the system any more. Exits with 1 while there are some that were left as they are. */
export function listMissing(
  around: Surroundings,
  name: string,
  options: { readonly delete?: true; readonly json?: true },
): Promise<ExitCode> {
  return withHub(around, async ({ parts }) => {
    const compared = SYSTEMS.filter((system) => adapterOf(parts, system).forgets_removed);
    const system = compared.find((one) => one === name);
    if (system === undefined)
      throw new UsageError(`only of ${compared.join(', ')}: the others tell by themselves what is removed`);
    const found = await compareIds(parts, system);
    if (found === null) throw new Error('nobody gave the comparison up');
    if (options.delete) await deleteMissing(parts, system, found, { all: true });
    const { linked, missing } = found;
    if (options.json) printJson(around, { system, linked, missing, deleted: options.delete ?? false });
    else {
      const rows = missing.map(({ contact_id, record_id, version, seen_at }) => [
        contact_id,
        record_id,
        String(version),
        seen_at,
      ]);
      if (rows.length > 0) around.out(table(['contact', 'record', 'version', 'last known to be there'], rows));
      const told = options.delete ? ', taken for deleted' : '';
      around.out(
        `${missing.length} of ${linked} linked records are not in ${system} any more${missing.length > 0 ? told : ''}`,
      );
    }
    return missing.length === 0 || options.delete ? 0 : 1;
  });
}
