import type { ReadyConfig } from '@contact-sync/config';
import type { Ambient, CanonicalAdapter, Log, TargetAdapter } from '@contact-sync/sync';
import { createBigQuery } from '@contact-sync/system-bigquery';
import { createPostgres } from '@contact-sync/system-postgres';
import { createSupabase, type Supabase } from '@contact-sync/system-supabase';
import { createTwenty, type TwentyAdapter } from '@contact-sync/system-twenty';

/** Every system that takes part. A new one is a package and a line here. */
export interface Systems {
  readonly canonical: CanonicalAdapter;
  readonly targets: { readonly supabase: Supabase; readonly local: TargetAdapter; readonly twenty: TwentyAdapter };
}

/** Connects to nothing yet. */
export function createSystems(config: ReadyConfig, log: Log, ambient: Ambient = WORLD): Systems {
  return {
    canonical: createBigQuery(config.bigquery),
    targets: {
      supabase: createSupabase(config.supabase),
      local: createPostgres({ url: config.databases.local }),
      twenty: createTwenty({
        ...config.twenty,
        publicUrl: config.server.publicUrl,
        now: ambient.now,
        onProblem: (problem) => log.warn(problem, 'a sync field in Twenty was written by hand: read as empty'),
      }),
    },
  };
}

export const WORLD: Ambient = { now: () => Date.now(), random: () => Math.random() };

export const adaptersOf = ({ canonical, targets }: Systems) => [canonical, ...Object.values(targets)];
