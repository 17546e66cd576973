import { type ReadyConfig, sqliteFile } from '@contact-sync/config';
import type { Ambient, CanonicalAdapter, Log, TargetAdapter } from '@contact-sync/sync';
import { createBigQuery } from '@contact-sync/system-bigquery';
import { createPostgres } from '@contact-sync/system-postgres';
import { createSqlite } from '@contact-sync/system-sqlite';
import { createSupabase, type Supabase } from '@contact-sync/system-supabase';
import { createTwenty, type TwentyAdapter } from '@contact-sync/system-twenty';

/** Every system that takes part. A new one is a package and a line here. */
export interface Systems {
  readonly canonical: CanonicalAdapter;
  readonly targets: { readonly supabase: Supabase; readonly local: TargetAdapter; readonly twenty: TwentyAdapter };
}

/**
 * Connects to nothing yet.
 *
 * @throws {TypeError} when the mapping of the people in Twenty is impossible; one that was read by `loadConfig` is
 *   possible
 */
export function createSystems(config: ReadyConfig, log: Log, ambient: Ambient = WORLD): Systems {
  const { mapping } = config;
  return {
    canonical: createBigQuery(config.bigquery),
    targets: {
      supabase: createSupabase({ ...config.supabase, mapping: mapping.supabase }),
      local: createLocal(config),
      twenty: createTwenty({
        ...config.twenty,
        mapping: mapping.twenty,
        publicUrl: config.server.publicUrl,
        now: ambient.now,
        onProblem: (problem) => log.warn(problem, 'a sync field in Twenty was written by hand: read as empty'),
      }),
    },
  };
}

function createLocal({ databases: { local }, mapping }: ReadyConfig): TargetAdapter {
  const path = sqliteFile(local);
  return path === null
    ? createPostgres({ url: local, mapping: mapping.local })
    : createSqlite({ path, mapping: mapping.local });
}

export const WORLD: Ambient = {
  now: () => Date.now(),
  random: () => Math.random(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** The adapter of every system, that of BigQuery first. */
export const adaptersOf = ({ canonical, targets }: Systems) => [canonical, ...Object.values(targets)];
