export { type BigQuerySandbox, startBigQuery } from './bigquery/index.ts';
export { freePort } from './free-port.ts';
export { type PostgresOptions, type RunningPostgres, startPostgres } from './postgres/index.ts';
export { PARTS, type Part, type Sandbox, type SandboxOptions, startSandbox } from './sandbox.ts';
export { type LocalSupabase, startSupabase } from './supabase/index.ts';
export { startTwenty, type Twenty } from './twenty/index.ts';
