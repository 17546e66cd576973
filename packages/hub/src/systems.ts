import type { ReadyConfig } from '@contact-sync/config';
import type { CanonicalAdapter, TargetAdapter } from '@contact-sync/sync';
import { createBigQuery } from '@contact-sync/system-bigquery';
import { createPostgres } from '@contact-sync/system-postgres';
import { createSupabase, type Supabase } from '@contact-sync/system-supabase';
import { createTwenty, type Twenty } from '@contact-sync/system-twenty';

/** Every system that takes part. A new one is a package and a line here. */
export interface Systems {
  readonly canonical: CanonicalAdapter;
  readonly targets: { readonly supabase: Supabase; readonly local: TargetAdapter; readonly twenty: Twenty };
}

export function createSystems(config: Omit<ReadyConfig, 'databases'> & { databases: { local: string } }): Systems {
  return {
    canonical: createBigQuery(config.bigquery),
    targets: {
      supabase: createSupabase(config.supabase),
      local: createPostgres({ url: config.databases.local }),
      twenty: createTwenty({ ...config.twenty, publicUrl: config.server.publicUrl }),
    },
  };
}

export const adaptersOf = ({ canonical, targets }: Systems) => [canonical, ...Object.values(targets)];
