/** What programs use of the hub: services to call, with or without the hub's own workers. */
export { AlignmentValidator, type ContactAlignment, type SystemAlignment } from './alignment-validator.ts';
export { BigQuerySyncService } from './bigquery-sync-service.ts';
export { ConflictResolver, type Resolution } from './conflict-resolver.ts';
export { type ContactSource, contactSources } from './contact-source.ts';
export { noQueues } from './no-queues.ts';
export type { ContactOutcome, SystemOutcome } from './outcome.ts';
export { CrmTwentySyncService, LocalSyncService, SupabaseSyncService } from './source-sync-services.ts';
export type { SyncAllOptions, SyncProgress, SyncSummary } from './sync-all.ts';
export type { ServiceOptions, Via } from './way.ts';
