import { loadMapping } from '@contact-sync/config';
import {
  adaptersOf,
  createHub,
  createSystems,
  type Installed,
  installSystems,
  openLog,
  supabaseSql,
} from '@contact-sync/hub';
import { SYSTEMS } from '@contact-sync/sync';
import { configured } from './configuration.ts';
import { printJson } from './print.ts';
import { type ExitCode, type Surroundings, UsageError } from './surroundings.ts';
import { colour, table } from './table.ts';

/** Creates what is missing everywhere, or tells what would be. */
export async function init(
  around: Surroundings,
  options: { readonly dryRun?: true; readonly sql?: string; readonly json?: true },
): Promise<ExitCode> {
  if (options.sql !== undefined) {
    if (loadMapping(around.env).supabase !== undefined)
      throw new UsageError('a table that is there already has to be looked at: set SUPABASE_DB_URL and run init');
    around.out(supabaseSql());
    return 0;
  }
  const outcome = await install(around, options.dryRun ?? false);
  if (options.json)
    printJson(
      around,
      outcome.map(({ part, steps, error }) => ({
        part,
        steps: steps.map(({ what }) => what),
        error: error === null ? null : { code: error.code, message: error.message, advice: adviceOf(error) },
      })),
    );
  else around.out(shown(outcome, options.dryRun ?? false));
  return outcome.some(({ error }) => error !== null) ? 1 : 0;
}

async function install(around: Surroundings, dry_run: boolean): Promise<readonly Installed[]> {
  const given = await configured(around);
  const log = openLog(around.env.LOG_LEVEL?.trim() ? given.log_level : 'warn');
  const { ledger, queue, local } = given.databases;
  const config = {
    ...given,
    databases: { ledger: ledger ?? NOWHERE, queue: queue ?? NOWHERE, local: local ?? NOWHERE },
  };
  const only = SYSTEMS.filter((system) => system !== 'local' || local !== null);
  if (ledger !== null && !dry_run) {
    const hub = await createHub(config, log);
    return await hub.install({ only }).finally(hub.close);
  }
  // The hub would make the tables of the queues.
  const systems = createSystems(config, log);
  return await installSystems(systems, { dry_run, only }).finally(() =>
    Promise.all(adaptersOf(systems).map((adapter) => adapter.close())),
  );
}

/** Of an embedded database while `up` does not run, which gives it its tables: never connected to. */
const NOWHERE = 'postgres://127.0.0.1/';

function shown(outcome: readonly Installed[], dry: boolean): string {
  const rows = outcome.map(({ part, steps, error }) => [
    part,
    error !== null
      ? colour('red', error.code)
      : steps.length === 0
        ? colour('green', 'ready')
        : dry
          ? 'would do'
          : 'done',
    error !== null
      ? [error.message, adviceOf(error)].filter((text) => text !== undefined).join('\n')
      : steps.map(({ what }) => what).join('\n'),
  ]);
  return table(['part', 'result', 'what'], rows);
}

const adviceOf = (error: object): string | undefined =>
  'advice' in error && typeof error.advice === 'string' ? error.advice : undefined;
